//! Scalar fields on a cubic lattice, x fastest, and the few things that are done to them.

use super::chance::Chance;

/// Voxels along x, y, z and the distance between them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Lattice {
    pub(super) dims: [usize; 3],
    pub(super) step_mm: f32,
}

impl Lattice {
    pub(super) fn len(&self) -> usize {
        self.dims.iter().product()
    }

    /// Distance in the data from a voxel to its neighbour along each axis.
    pub(super) fn strides(&self) -> [usize; 3] {
        [1, self.dims[0], self.dims[0] * self.dims[1]]
    }

    /// The voxel at a place in the data.
    pub(super) fn voxel(&self, offset: usize) -> [usize; 3] {
        let [nx, ny, _] = self.dims;
        [offset % nx, offset / nx % ny, offset / (nx * ny)]
    }

    /// A smooth random field of mean 0 and standard deviation 1 whose features are about `cell_mm`
    /// wide: random numbers on a coarse lattice, interpolated by cubic B-splines.
    pub(super) fn smooth(&self, chance: &mut Chance, cell_mm: f32) -> Vec<f32> {
        let cell = (cell_mm / self.step_mm).max(1.0);
        let coarse = self.dims.map(|n| (n as f32 / cell).ceil() as usize + 4);
        let count: usize = coarse.iter().product();
        let mut data: Vec<f32> = (0..count).map(|_| chance.normal()).collect();
        let mut dims = coarse;
        for axis in 0..3 {
            data = spline_axis(&data, &mut dims, axis, self.dims[axis], cell);
        }
        let n = data.len().max(1) as f32;
        let mean = data.iter().sum::<f32>() / n;
        let sd = (data.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / n).sqrt();
        let gain = 1.0 / sd.max(1e-6);
        data.iter_mut().for_each(|v| *v = (*v - mean) * gain);
        data
    }

    /// Gaussian blur with a standard deviation of `sd_mm` along the axes in `axes`.
    pub(super) fn blur(&self, data: &mut Vec<f32>, sd_mm: f32, axes: &[usize]) {
        let sd = sd_mm / self.step_mm;
        if sd < 0.15 {
            return;
        }
        let radius = (3.0 * sd).ceil() as usize;
        let mut taps: Vec<f32> = (0..=radius)
            .map(|i| (-0.5 * (i as f32 / sd).powi(2)).exp())
            .collect();
        let sum = taps[0] + 2.0 * taps[1..].iter().sum::<f32>();
        taps.iter_mut().for_each(|t| *t /= sum);
        for &axis in axes {
            *data = self.convolve(data, &taps, axis);
        }
    }

    /// A symmetric kernel (its middle first) along one axis; the outermost values go on outside.
    fn convolve(&self, data: &[f32], taps: &[f32], axis: usize) -> Vec<f32> {
        let (n, stride) = (self.dims[axis], self.strides()[axis]);
        let block = stride * n;
        let mut out = vec![0.0; data.len()];
        for (from, to) in data.chunks_exact(block).zip(out.chunks_exact_mut(block)) {
            for i in 0..n {
                let row = &mut to[i * stride..(i + 1) * stride];
                for (t, tap) in taps.iter().enumerate() {
                    let low = i.saturating_sub(t) * stride;
                    let high = (i + t).min(n - 1) * stride;
                    let weight = if t == 0 { tap * 0.5 } else { *tap };
                    let pair = from[low..low + stride]
                        .iter()
                        .zip(&from[high..high + stride]);
                    for (v, (a, b)) in row.iter_mut().zip(pair) {
                        *v += weight * (a + b);
                    }
                }
            }
        }
        out
    }

    /// Distance in mm from each voxel inside to the nearest one outside, by two chamfer sweeps (within
    /// 8 % of the straight line). Outside it is 0; beyond the lattice counts as outside.
    pub(super) fn depth_mm(&self, inside: impl Fn(usize) -> bool) -> Vec<f32> {
        let [nx, ny, nz] = self.dims;
        let [_, sy, sz] = self.strides();
        let mut depth: Vec<f32> = (0..self.len())
            .map(|o| if inside(o) { f32::MAX } else { 0.0 })
            .collect();
        // The outermost layer lies beside the outside; with it settled, no neighbour below is missing.
        for (o, d) in depth.iter_mut().enumerate() {
            let at = self.voxel(o);
            if (0..3).any(|a| at[a] == 0 || at[a] + 1 == self.dims[a]) {
                *d = d.min(self.step_mm);
            }
        }
        // The 13 neighbours that come before a voxel in the data, as steps back.
        let [one, two, three] = [1.0f32, 2.0, 3.0].map(|square| self.step_mm * square.sqrt());
        let before = [
            (1, one),
            (sy, one),
            (sz, one),
            (sy - 1, two),
            (sy + 1, two),
            (sz - 1, two),
            (sz + 1, two),
            (sz - sy, two),
            (sz + sy, two),
            (sz - sy - 1, three),
            (sz - sy + 1, three),
            (sz + sy - 1, three),
            (sz + sy + 1, three),
        ];
        let rows: Vec<usize> = (1..nz.saturating_sub(1))
            .flat_map(|z| (1..ny.saturating_sub(1)).map(move |y| y * sy + z * sz))
            .collect();
        for row in &rows {
            for o in row + 1..row + nx - 1 {
                if depth[o] > 0.0 {
                    let best = before.iter().map(|(back, w)| depth[o - back] + w);
                    depth[o] = best.fold(depth[o], f32::min);
                }
            }
        }
        for row in rows.iter().rev() {
            for o in (row + 1..row + nx - 1).rev() {
                if depth[o] > 0.0 {
                    let best = before.iter().map(|(back, w)| depth[o + back] + w);
                    depth[o] = best.fold(depth[o], f32::min);
                }
            }
        }
        depth
    }
}

/// Resamples one axis to `n` values by cubic B-splines, `cell` of the new ones to an old one.
fn spline_axis(data: &[f32], dims: &mut [usize; 3], axis: usize, n: usize, cell: f32) -> Vec<f32> {
    let stride: usize = dims[..axis].iter().product();
    let from_block = stride * dims[axis];
    let to_block = stride * n;
    let blocks = data.len() / from_block;
    let mut out = vec![0.0; blocks * to_block];
    for (from, to) in data
        .chunks_exact(from_block)
        .zip(out.chunks_exact_mut(to_block))
    {
        for i in 0..n {
            let place = i as f32 / cell;
            let first = place.floor() as usize;
            let t = place - place.floor();
            let s = 1.0 - t;
            let taps = [
                s * s * s / 6.0,
                (3.0 * t * t * t - 6.0 * t * t + 4.0) / 6.0,
                (3.0 * s * s * s - 6.0 * s * s + 4.0) / 6.0,
                t * t * t / 6.0,
            ];
            let row = &mut to[i * stride..(i + 1) * stride];
            for (k, tap) in taps.iter().enumerate() {
                let start = (first + k) * stride;
                for (v, f) in row.iter_mut().zip(&from[start..start + stride]) {
                    *v += tap * f;
                }
            }
        }
    }
    dims[axis] = n;
    out
}

/// The eight voxels around a place and their weights; `None` outside.
pub(super) fn corners(dims: [usize; 3], at: [f32; 3]) -> Option<([usize; 8], [f32; 8])> {
    let mut low = [0; 3];
    let mut t = [0.0; 3];
    for a in 0..3 {
        if !(at[a] >= 0.0 && at[a] <= (dims[a] - 1) as f32) {
            return None;
        }
        low[a] = (at[a] as usize).min(dims[a].saturating_sub(2));
        t[a] = at[a] - low[a] as f32;
    }
    let base = low[0] + dims[0] * (low[1] + dims[1] * low[2]);
    let strides = [1, dims[0], dims[0] * dims[1]];
    let mut offsets = [0; 8];
    let mut weights = [0.0; 8];
    for c in 0..8 {
        let mut weight = 1.0;
        let mut offset = base;
        for a in 0..3 {
            if c >> a & 1 == 1 {
                weight *= t[a];
                offset += strides[a];
            } else {
                weight *= 1.0 - t[a];
            }
        }
        offsets[c] = offset;
        weights[c] = weight;
    }
    Some((offsets, weights))
}

#[cfg(test)]
mod tests {
    use super::super::chance::Part;
    use super::*;

    #[test]
    fn depth_in_a_ball_is_its_radius_in_the_middle_and_0_outside() {
        let lattice = Lattice {
            dims: [41, 37, 39],
            step_mm: 1.5,
        };
        let away = |o: usize| {
            let at = lattice.voxel(o);
            let square: f32 = [20, 18, 19]
                .iter()
                .zip(at)
                .map(|(c, i)| (i as f32 - *c as f32).powi(2))
                .sum();
            1.5 * square.sqrt()
        };
        let depth = lattice.depth_mm(|o| away(o) < 21.0);
        for (o, d) in depth.iter().enumerate() {
            let expected = (21.0 - away(o)).max(0.0);
            assert!((d - expected).abs() < 3.2, "{d} for {expected}");
            assert_eq!(*d > 0.0, away(o) < 21.0);
        }
    }

    #[test]
    fn smooth_fields_are_standard_and_smooth() {
        let lattice = Lattice {
            dims: [40, 44, 36],
            step_mm: 2.0,
        };
        let field = lattice.smooth(&mut Chance::new(1, Part::Anatomy), 16.0);
        let n = field.len() as f32;
        let mean = field.iter().sum::<f32>() / n;
        let square = field.iter().map(|v| v * v).sum::<f32>() / n;
        assert!(mean.abs() < 1e-3 && (square - 1.0).abs() < 1e-3);
        let steps = field.windows(2).map(|w| (w[1] - w[0]).abs());
        assert!(steps.take(39).all(|s| s < 0.6));
    }

    #[test]
    fn blurring_keeps_the_sum() {
        let lattice = Lattice {
            dims: [21, 21, 21],
            step_mm: 1.0,
        };
        let mut data = vec![0.0; lattice.len()];
        data[10 + 21 * (10 + 21 * 10)] = 1.0;
        lattice.blur(&mut data, 1.5, &[0, 1, 2]);
        assert!((data.iter().sum::<f32>() - 1.0).abs() < 1e-4);
    }
}
