//! Trilinear interpolation, a row of the target at a time.
//!
//! Positions are computed in f64 from the row's start, not summed up, so that the last voxel of a
//! row is as exact as the first; values are mixed in f32.

use crate::{Affine, Grid, Volume, parallel};

/// How far beyond a voxel's face still counts as inside it: rounding of affines, not a margin.
const SLACK: f64 = 1e-6;

/// The volume's values on another grid; 0 where the volume has no voxel.
#[must_use]
pub fn linear(volume: &Volume, grid: &Grid) -> Volume {
    let mut out = Volume::filled(*grid, 0.0);
    linear_into(volume, grid, &mut out.data);
    out
}

/// As [`linear`], into memory that is there already: `grid.voxel_count()` values, x fastest. What
/// `out` has beyond that is left alone.
pub fn linear_into(volume: &Volume, grid: &Grid, out: &mut [f32]) {
    let source = Source::new(volume, grid);
    let width = grid.dims[0].max(1);
    let planes = out
        .chunks_mut(source.plane())
        .enumerate()
        .take(grid.dims[2]);
    parallel::map(planes.collect(), |(z, plane)| {
        for (row, to) in source.rows(z).zip(plane.chunks_exact_mut(width)) {
            row.fill(to);
        }
    });
}

/// As [`linear`], handing every value to `each` with its place in the data, in order, so that
/// nothing of the target's size is held.
pub fn linear_each(volume: &Volume, grid: &Grid, mut each: impl FnMut(usize, f32)) {
    let width = grid.dims[0];
    let source = Source::new(volume, grid);
    let mut values = vec![0.0; width];
    let rows = (0..grid.dims[2]).flat_map(|z| source.rows(z));
    for (number, row) in rows.enumerate() {
        row.fill(&mut values);
        for (x, value) in values.iter().enumerate() {
            each(number * width + x, *value);
        }
    }
}

/// Hands every value of `volume` on `grid` to `each`, with the value of `first` and of `second` at its place; all
/// cores share the planes.
pub(super) fn linear_with<A: Send, B: Send>(
    volume: &Volume,
    grid: &Grid,
    (first, second): (&mut [A], &mut [B]),
    each: impl Fn(f32, &mut A, &mut B) + Send + Sync,
) {
    let source = Source::new(volume, grid);
    let (width, plane) = (grid.dims[0].max(1), source.plane());
    let planes = first.chunks_mut(plane).zip(second.chunks_mut(plane));
    parallel::map(planes.enumerate().collect(), |(z, (first, second))| {
        let mut values = vec![0.0; width];
        let places = first.chunks_mut(width).zip(second.chunks_mut(width));
        for (row, (first, second)) in source.rows(z).zip(places) {
            row.fill(&mut values);
            for (value, (first, second)) in values.iter().zip(first.iter_mut().zip(second)) {
                each(*value, first, second);
            }
        }
    });
}

/// A volume as it is seen from another grid.
struct Source<'a> {
    volume: &'a Volume,
    /// Target voxel coordinates to source voxel coordinates.
    map: Affine,
    dims: [usize; 3],
}

impl<'a> Source<'a> {
    fn new(volume: &'a Volume, grid: &Grid) -> Self {
        // A source without an inverse has no voxel anywhere: its rows all lie outside.
        let nowhere = Affine([[0.0, 0.0, 0.0, f64::NEG_INFINITY]; 3]);
        let inverse = volume.grid.affine.inverse();
        let map = inverse.map_or(nowhere, |inverse| snapped(inverse.compose(&grid.affine)));
        Self {
            volume,
            map,
            dims: grid.dims,
        }
    }

    /// Voxels of a plane of the target, one at least.
    fn plane(&self) -> usize {
        (self.dims[0] * self.dims[1]).max(1)
    }

    /// The target's rows at `z`, in order.
    fn rows(&self, z: usize) -> impl Iterator<Item = Row<'a>> {
        let (volume, map) = (self.volume, self.map);
        (0..self.dims[1]).map(move |y| Row {
            volume,
            start: map.map([0.0, y as f64, z as f64]),
            step: [0, 1, 2].map(|axis| map.0[axis][0]),
        })
    }
}

/// Exact turns and whole shifts lose their last digit in an inverse; give it back, so that a volume
/// on its own grid is itself.
fn snapped(map: Affine) -> Affine {
    Affine(map.0.map(|row| {
        row.map(|v| {
            let whole = v.round();
            if (v - whole).abs() < 1e-9 { whole } else { v }
        })
    }))
}

/// One row of the target: source positions `start + x · step`.
struct Row<'a> {
    volume: &'a Volume,
    start: [f64; 3],
    step: [f64; 3],
}

impl Row<'_> {
    fn fill(&self, out: &mut [f32]) {
        let (first, end) = self.inside(out.len());
        out[..first].fill(0.0);
        out[end..].fill(0.0);
        if first == end {
            return;
        }
        let [along_x, along_y, along_z] = self.step;
        if along_y == 0.0 && along_z == 0.0 {
            // Grids that are turned alike: what lies between the source's rows is the same for all of the target's.
            let row = self.between_rows();
            for (x, value) in (first..).zip(&mut out[first..end]) {
                let x = Between::new(self.start[0] + x as f64 * along_x, row.len());
                *value = x.mix(row[x.low], row[x.high]);
            }
            return;
        }
        for (x, value) in (first..).zip(&mut out[first..end]) {
            *value =
                self.sample([0, 1, 2].map(|axis| self.start[axis] + x as f64 * self.step[axis]));
        }
    }

    /// The source along x where all of this row's positions lie.
    fn between_rows(&self) -> Vec<f32> {
        let [nx, ny, nz] = self.volume.grid.dims;
        let (y, z) = (
            Between::new(self.start[1], ny),
            Between::new(self.start[2], nz),
        );
        let row = |y: usize, z: usize| &self.volume.data[nx * (y + ny * z)..][..nx];
        let (a, b) = (row(y.low, z.low), row(y.high, z.low));
        let (c, d) = (row(y.low, z.high), row(y.high, z.high));
        let blend = |x: usize| z.mix(y.mix(a[x], b[x]), y.mix(c[x], d[x]));
        (0..nx).map(blend).collect()
    }

    /// The part of the row whose positions lie in the source's voxels, as a half-open range.
    fn inside(&self, width: usize) -> (usize, usize) {
        let (mut first, mut last) = (0.0_f64, width as f64 - 1.0);
        for axis in 0..3 {
            let low = -0.5 - SLACK - self.start[axis];
            let high = self.volume.grid.dims[axis] as f64 - 0.5 + SLACK - self.start[axis];
            let step = self.step[axis];
            if step == 0.0 {
                if low > 0.0 || high < 0.0 {
                    return (width, width);
                }
            } else {
                let (a, b) = (low / step, high / step);
                first = first.max(a.min(b).ceil());
                last = last.min(a.max(b).floor());
            }
        }
        // Written so that a NaN anywhere leaves the range empty.
        if first <= last {
            (first as usize, last as usize + 1)
        } else {
            (width, width)
        }
    }

    fn sample(&self, position: [f64; 3]) -> f32 {
        let dims = self.volume.grid.dims;
        let [x, y, z] = [0, 1, 2].map(|axis| Between::new(position[axis], dims[axis]));
        let along_x = |y: usize, z: usize| {
            let row = &self.volume.data[dims[0] * (y + dims[1] * z)..][..dims[0]];
            x.mix(row[x.low], row[x.high])
        };
        let along_y = |z: usize| y.mix(along_x(y.low, z), along_x(y.high, z));
        z.mix(along_y(z.low), along_y(z.high))
    }
}

/// A place between two voxels of an axis.
#[derive(Clone, Copy)]
pub(crate) struct Between {
    pub(crate) low: usize,
    pub(crate) high: usize,
    /// How far it is from one to the other.
    weight: f32,
}

impl Between {
    /// `position` on an axis of so many voxels; beyond the last voxel's centre it is that voxel.
    #[inline(always)]
    pub(crate) fn new(position: f64, voxels: usize) -> Self {
        let last = voxels - 1;
        let place = position.clamp(0.0, last as f64);
        let low = place as usize;
        Self {
            low,
            high: (low + 1).min(last),
            weight: (place - low as f64) as f32,
        }
    }

    #[inline(always)]
    pub(crate) fn mix(self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.weight
    }
}
