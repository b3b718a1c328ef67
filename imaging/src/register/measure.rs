//! How much a moved scan tells of a still one, and how that changes with the move.

use super::joint::{BINS, Joint};
use super::points::Point;
use super::scan::Scan;
use super::slices::Slices;
use crate::{Affine, Volume, parallel};

/// Points that one thread takes at a time. Sums are joined in the points' order, so that the answer does not hang on how
/// many threads there are.
const CHUNK: usize = 1 << 13;

/// Fewer points than this on the moving scan tell nothing.
const FEWEST: f64 = 64.0;

/// The scan that is moved, at one level.
pub(crate) struct Moving<'a> {
    volume: &'a Volume,
    /// RAS mm to voxels.
    pub(crate) inverse: Affine,
    low_value: f32,
    per_value: f32,
    /// Voxel coordinates between which something is known of the scan; beyond the outermost centres it is air.
    known: [[f32; 2]; 3],
}

/// What was found at one move.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    /// Normalised mutual information, 1 to 2.
    pub(crate) likeness: f64,
    /// What part of the points lies on the moving scan.
    pub(crate) overlap: f64,
    /// How `likeness` changes with the twelve numbers that take mm about the still scan's middle to RAS mm.
    pub(crate) slope: [[f64; 4]; 3],
}

impl Found {
    /// What the scans tell of each other, less where fewer points than `least_overlap` of all lie on both.
    pub(crate) fn score(&self, least_overlap: f64) -> f64 {
        (self.likeness - 1.0) * (self.overlap / least_overlap).min(1.0)
    }
}

/// What one point saw.
#[derive(Clone, Copy)]
struct Seen {
    /// By voxel.
    slope: [f32; 3],
    /// The same, weighed by how far through the slice it is taken.
    through: [f32; 3],
    /// Place in the joint histogram; the point counts there and, in part, in the next.
    at: u16,
    point: u32,
}

impl<'a> Moving<'a> {
    pub(crate) fn of(scan: &'a Scan<'_>, level: usize) -> Option<Self> {
        let volume: &Volume = &scan.levels[level];
        let dims = volume.grid.dims;
        let end = |air: bool, at: f32, beyond: f32| if air { beyond } else { at };
        let slack = 1e-3;
        Some(Self {
            volume,
            inverse: volume.grid.affine.inverse()?,
            low_value: scan.scale.low,
            per_value: scan.scale.per_value,
            known: std::array::from_fn(|axis| {
                let last = (dims[axis] - 1) as f32;
                let [low, high] = scan.air_beyond[axis];
                [
                    end(low, -slack, f32::NEG_INFINITY),
                    end(high, last + slack, f32::INFINITY),
                ]
            }),
        })
    }

    /// The likeness where `map` takes the points' millimetres to voxels; each point sees the mean through its slice.
    pub(crate) fn look(&self, points: &[Point], slices: &Slices, map: &Affine) -> Found {
        let rows = map.0.map(|row| row.map(|v| v as f32));
        let chunks: Vec<&[Point]> = points.chunks(CHUNK).collect();
        let seen = parallel::map(chunks, |chunk| match slices.offsets_mm.len() {
            1 => self.see::<1>(chunk, slices, &rows),
            3 => self.see::<3>(chunk, slices, &rows),
            _ => self.see::<5>(chunk, slices, &rows),
        });
        let mut joint = Joint::empty();
        for (part, _) in &seen {
            joint.add(part);
        }
        let count: f64 = seen.iter().map(|(_, seen)| seen.len() as f64).sum();
        let overlap = count / points.len().max(1) as f64;
        if count < FEWEST {
            return Found {
                likeness: 1.0,
                overlap,
                slope: [[0.0; 4]; 3],
            };
        }
        let (likeness, by_count) = joint.smooth();
        let pairs = points.chunks(CHUNK).zip(&seen).collect();
        let sums = parallel::map(pairs, |(chunk, (_, seen))| {
            slopes(chunk, seen, slices, &by_count)
        });
        let mut by_voxel = [[0.0; 4]; 3];
        for sum in sums {
            for (total, part) in by_voxel.iter_mut().flatten().zip(sum.iter().flatten()) {
                *total += f64::from(*part);
            }
        }
        let columns = &self.inverse.0;
        let slope = std::array::from_fn(|r| {
            std::array::from_fn(|c| (0..3).map(|k| columns[k][r] * by_voxel[k][c]).sum())
        });
        Found {
            likeness,
            overlap,
            slope,
        }
    }

    fn see<const TAPS: usize>(
        &self,
        points: &[Point],
        slices: &Slices,
        rows: &[[f32; 4]; 3],
    ) -> (Joint, Vec<Seen>) {
        let normal = &slices.normal;
        let along = rows.map(|row| row[0] * normal[0] + row[1] * normal[1] + row[2] * normal[2]);
        let offsets: [f32; TAPS] =
            std::array::from_fn(|tap| slices.offsets_mm.get(tap).copied().unwrap_or(0.0));
        let dims = self.volume.grid.dims;
        let mut joint = Joint::empty();
        let mut seen = Vec::with_capacity(points.len());
        for (number, point) in points.iter().enumerate() {
            let p = &point.mm;
            let at = rows.map(|row| row[0] * p[0] + row[1] * p[1] + row[2] * p[2] + row[3]);
            let known =
                |axis: usize| at[axis] >= self.known[axis][0] && at[axis] <= self.known[axis][1];
            if !(known(0) && known(1) && known(2)) {
                continue;
            }
            let (mut value, mut slope, mut through) = (0.0, [0.0; 3], [0.0; 3]);
            for mm in offsets {
                let at = [0, 1, 2].map(|axis| at[axis] + mm * along[axis]);
                let (one, by) = sample(&self.volume.data, dims, at);
                value += one;
                for axis in 0..3 {
                    slope[axis] += by[axis];
                    through[axis] += mm * by[axis];
                }
            }
            let each = 1.0 / TAPS as f32;
            let place = (value * each - self.low_value) * self.per_value;
            let inside = place > 0.0 && place < (BINS - 1) as f32;
            let place = place.clamp(0.0, (BINS - 1) as f32);
            let low = (place as usize).min(BINS - 2);
            let part = place - low as f32;
            let at = usize::from(point.bin) * BINS + low;
            joint.0[at] += 1.0 - part;
            joint.0[at + 1] += part;
            let per_value = if inside { self.per_value * each } else { 0.0 };
            seen.push(Seen {
                slope: slope.map(|s| s * per_value),
                through: through.map(|s| s * per_value),
                at: at as u16,
                point: number as u32,
            });
        }
        (joint, seen)
    }
}

/// The likeness by the twelve numbers that take mm to voxels.
fn slopes(points: &[Point], seen: &[Seen], slices: &Slices, by_count: &[f32]) -> [[f32; 4]; 3] {
    let mut sums = [[0.0f32; 4]; 3];
    let mut through = [0.0f32; 3];
    for seen in seen {
        let at = usize::from(seen.at);
        let by_place = by_count[at + 1] - by_count[at];
        let p = &points[seen.point as usize].mm;
        for axis in 0..3 {
            let by_voxel = by_place * seen.slope[axis];
            let sum = &mut sums[axis];
            sum[0] += by_voxel * p[0];
            sum[1] += by_voxel * p[1];
            sum[2] += by_voxel * p[2];
            sum[3] += by_voxel;
            through[axis] += by_place * seen.through[axis];
        }
    }
    for (sum, through) in sums.iter_mut().zip(through) {
        for (sum, normal) in sum.iter_mut().zip(slices.normal) {
            *sum += through * normal;
        }
    }
    sums
}

/// Trilinear, with its slope along each axis; beyond the outermost centres as at them.
#[inline(always)]
fn sample(data: &[f32], dims: [usize; 3], at: [f32; 3]) -> (f32, [f32; 3]) {
    let mut low = [0usize; 3];
    let mut part = [0.0f32; 3];
    let mut is_inside = [1.0f32; 3];
    for axis in 0..3 {
        let last = (dims[axis] - 1) as f32;
        let place = at[axis].clamp(0.0, last);
        low[axis] = (place as usize).min(dims[axis].saturating_sub(2));
        part[axis] = place - low[axis] as f32;
        is_inside[axis] = if place == at[axis] { 1.0 } else { 0.0 };
    }
    let [nx, ny, _] = dims;
    let step = |axis: usize, by: usize| if dims[axis] > 1 { by } else { 0 };
    let (dx, dy, dz) = (step(0, 1), step(1, nx), step(2, nx * ny));
    let base = low[0] + nx * (low[1] + ny * low[2]);
    let near = &data[base..=base + dx + dy];
    let far = &data[base + dz..=base + dz + dx + dy];
    let [u, v, w] = part;
    let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
    let (n0, n1) = (near[dx] - near[0], near[dx + dy] - near[dy]);
    let (f0, f1) = (far[dx] - far[0], far[dx + dy] - far[dy]);
    let (a, b) = (near[0] + n0 * u, near[dy] + n1 * u);
    let (c, d) = (far[0] + f0 * u, far[dy] + f1 * u);
    let (front, back) = (mix(a, b, v), mix(c, d, v));
    let slope = [
        mix(mix(n0, n1, v), mix(f0, f1, v), w) * is_inside[0],
        mix(b - a, d - c, w) * is_inside[1],
        (back - front) * is_inside[2],
    ];
    (mix(front, back, w), slope)
}
