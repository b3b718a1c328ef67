//! Closing by a ball: fills furrows and folds narrower than twice its radius.

use crate::Mask;

/// Farther than any voxel from any other, squared; still exact in f32.
const FAR: f32 = 1e7;

/// Grows the mask by `radius` voxels and shrinks it again by as much. What lies beyond the grid counts
/// as the mask itself does at the border, so that a mask that leaves the grid is not rounded there.
pub(super) fn close(mask: &mut Mask, radius: f32) {
    let squared = radius * radius;
    let grown: Vec<bool> = squared_distance(mask, true)
        .iter()
        .map(|d| *d <= squared)
        .collect();
    mask.data.copy_from_slice(&grown);
    for (inside, d) in squared_distance(mask, false).iter().zip(&mut mask.data) {
        *d = *inside > squared;
    }
}

/// For each voxel the squared distance in voxels to the nearest one that is `value`, after
/// P. F. Felzenszwalb and D. P. Huttenlocher, "Distance transforms of sampled functions" (2012): one
/// axis after the other, each line in one pass.
pub(super) fn squared_distance(mask: &Mask, value: bool) -> Vec<f32> {
    let [nx, ny, nz] = mask.grid.dims;
    let mut field: Vec<f32> = mask
        .data
        .iter()
        .map(|v| if *v == value { 0.0 } else { FAR })
        .collect();
    let mut line = Line::new(nx.max(ny).max(nz));
    for row in 0..ny * nz {
        line.pass(&mut field, row * nx, 1, nx);
    }
    for z in 0..nz {
        for x in 0..nx {
            line.pass(&mut field, x + nx * ny * z, nx, ny);
        }
    }
    for column in 0..nx * ny {
        line.pass(&mut field, column, nx * ny, nz);
    }
    field
}

/// Room for the lower envelope of one line's parabolas.
struct Line {
    values: Vec<f32>,
    roots: Vec<usize>,
    ends: Vec<f32>,
}

impl Line {
    fn new(longest: usize) -> Self {
        Self {
            values: vec![0.0; longest],
            roots: vec![0; longest],
            ends: vec![0.0; longest + 1],
        }
    }

    /// Replaces `count` values, `stride` apart, by the least of value + squared distance.
    fn pass(&mut self, field: &mut [f32], start: usize, stride: usize, count: usize) {
        for i in 0..count {
            self.values[i] = field[start + i * stride];
        }
        let mut last = 0;
        self.roots[0] = 0;
        self.ends[0] = f32::NEG_INFINITY;
        self.ends[1] = f32::INFINITY;
        for q in 1..count {
            let mut meet = self.meet(self.roots[last], q);
            while meet <= self.ends[last] {
                last -= 1;
                meet = self.meet(self.roots[last], q);
            }
            last += 1;
            self.roots[last] = q;
            self.ends[last] = meet;
            self.ends[last + 1] = f32::INFINITY;
        }
        let mut part = 0;
        for q in 0..count {
            while self.ends[part + 1] < q as f32 {
                part += 1;
            }
            let root = self.roots[part];
            let away = q as f32 - root as f32;
            field[start + q * stride] = away * away + self.values[root];
        }
    }

    /// Where the parabolas of two places cross.
    fn meet(&self, p: usize, q: usize) -> f32 {
        let (a, b) = (p as f32, q as f32);
        ((self.values[q] + b * b) - (self.values[p] + a * a)) / (2.0 * (b - a))
    }
}

/// How deep each voxel lies in the mask, in voxels; negative outside. The surface runs between voxels.
pub(super) fn depth(mask: &Mask) -> Vec<f32> {
    let (to_inside, to_outside) = (squared_distance(mask, true), squared_distance(mask, false));
    let both = to_inside.iter().zip(&to_outside);
    both.map(|(outer, inner)| {
        if *inner > 0.0 {
            inner.sqrt() - 0.5
        } else {
            0.5 - outer.sqrt()
        }
    })
    .collect()
}
