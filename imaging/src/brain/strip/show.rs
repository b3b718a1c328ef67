//! What a voxel shows in every scan, and around it, in numbers that a classifier can use.

use crate::Volume;
use crate::blur::blur;
use crate::quantile::quantile;

/// Kinds of measure of each scan: the voxel itself, around it, outward of it and inward.
const KINDS: usize = 4;

/// How far outward and inward is looked, in voxels.
const ASIDE: f32 = 2.5;

/// Standard deviations beyond which a measure says no more.
const MOST: f32 = 3.0;

/// The scans' brightness on a logarithmic scale, and who shows what.
pub(super) struct Shown {
    dims: [usize; 3],
    /// For each scan each voxel and its surroundings.
    scans: Vec<[Vec<f32>; 2]>,
    /// For each scan where it has voxels.
    seen: Vec<Vec<bool>>,
    /// The way out of the average brain, unit vectors in voxels.
    out: Vec<[f32; 3]>,
    scale: Vec<(f32, f32)>,
}

impl Shown {
    /// `scans` on one upright grid, exactly 0 where they have no voxel; `depth` as the average brain has it.
    pub(super) fn of(scans: &[Volume], depth: &Volume) -> Self {
        let dims = depth.grid.dims;
        let mut seen = Vec::new();
        let mut logs = Vec::new();
        for scan in scans {
            let bright = scan.data.iter().zip(&depth.data);
            let mut bright: Vec<f32> = bright
                .filter_map(|(v, depth)| (*depth > 8.0 && *v > 0.0).then_some(*v))
                .collect();
            let median = quantile(&mut bright, 0.5).max(f32::MIN_POSITIVE);
            let here: Vec<bool> = scan.data.iter().map(|v| *v != 0.0).collect();
            let log: Vec<f32> = scan
                .data
                .iter()
                .map(|v| {
                    if *v == 0.0 {
                        0.0
                    } else {
                        ((v / median).clamp(0.0, 4.0) + 0.1).ln()
                    }
                })
                .collect();
            let share: Vec<f32> = here.iter().map(|v| f32::from(u8::from(*v))).collect();
            let share = blur(&share, dims, 1.5);
            let mut wide = blur(&log, dims, 1.5);
            for (value, share) in wide.iter_mut().zip(&share) {
                *value /= share.max(0.05);
            }
            logs.push([log, wide]);
            seen.push(here);
        }
        let out = outward(depth);
        Self {
            dims,
            scans: logs,
            seen,
            out,
            scale: Vec::new(),
        }
    }

    pub(super) fn is_seen(&self, offset: usize) -> bool {
        self.seen.iter().any(|seen| seen[offset])
    }

    /// Numbers of a voxel as they are; `None` for a scan that has none there.
    fn raw(&self, offset: usize, into: &mut [Option<f32>]) {
        let [nx, ny, _] = self.dims;
        let at = [offset % nx, offset / nx % ny, offset / (nx * ny)];
        let aside = |by: f32| {
            let index: [usize; 3] = std::array::from_fn(|i| {
                let place = at[i] as f32 + by * self.out[offset][i] + 0.5;
                (place.max(0.0) as usize).min(self.dims[i] - 1)
            });
            index[0] + nx * (index[1] + ny * index[2])
        };
        let places = [offset, offset, aside(ASIDE), aside(-ASIDE)];
        for (scan, into) in into.chunks_mut(KINDS).enumerate() {
            for (kind, to) in into.iter_mut().enumerate() {
                let place = places[kind];
                let wide = usize::from(kind == 1);
                *to = self.seen[scan][place].then(|| self.scans[scan][wide][place]);
            }
        }
    }

    /// Takes the usual value and spread of every number from these voxels.
    pub(super) fn learn_scale(&mut self, voxels: &[usize]) {
        let count = KINDS * self.scans.len();
        let mut sums = vec![[0.0_f64; 3]; count];
        let mut raw = vec![None; count];
        for offset in voxels {
            self.raw(*offset, &mut raw);
            for (sum, value) in sums.iter_mut().zip(&raw) {
                if let Some(value) = value.map(f64::from) {
                    *sum = [sum[0] + 1.0, sum[1] + value, sum[2] + value * value];
                }
            }
        }
        self.scale = sums
            .iter()
            .map(|[n, sum, squares]| {
                let mean = sum / n.max(1.0);
                let spread = (squares / n.max(1.0) - mean * mean).max(1e-6).sqrt();
                (mean as f32, spread as f32)
            })
            .collect();
    }

    /// The terms of a voxel: 1, its numbers, their squares, and products of those of one scan or of one kind.
    pub(super) fn terms(&self, offset: usize, into: &mut Vec<f32>) {
        let count = KINDS * self.scans.len();
        let mut raw = [None; KINDS * MOST_SCANS];
        let raw = &mut raw[..count];
        self.raw(offset, raw);
        let mut numbers = [0.0; KINDS * MOST_SCANS];
        for ((number, value), (mean, spread)) in numbers.iter_mut().zip(raw).zip(&self.scale) {
            // A scan that shows nothing here says nothing.
            *number = value.map_or(0.0, |v| ((v - mean) / spread).clamp(-MOST, MOST));
        }
        into.clear();
        into.push(1.0);
        into.extend(&numbers[..count]);
        for a in 0..count {
            for b in a..count {
                if a / KINDS == b / KINDS || a % KINDS == b % KINDS {
                    into.push(numbers[a] * numbers[b]);
                }
            }
        }
    }

    /// How many voxels there are.
    pub(super) fn voxels(&self) -> usize {
        self.dims.iter().product()
    }

    /// For each scan its value at a voxel, where it has one.
    pub(super) fn values(&self, offset: usize) -> impl Iterator<Item = Option<f32>> {
        self.scans
            .iter()
            .zip(&self.seen)
            .map(move |(scan, seen)| seen[offset].then(|| scan[0][offset]))
    }
}

/// More scans than this are not looked at.
pub(super) const MOST_SCANS: usize = 8;

/// The direction in which the depth falls.
fn outward(depth: &Volume) -> Vec<[f32; 3]> {
    let dims = depth.grid.dims;
    let strides = [1, dims[0], dims[0] * dims[1]];
    (0..depth.data.len())
        .map(|offset| {
            let slope: [f32; 3] = std::array::from_fn(|axis| {
                let at = offset / strides[axis] % dims[axis];
                let low = if at > 0 {
                    offset - strides[axis]
                } else {
                    offset
                };
                let high = if at + 1 < dims[axis] {
                    offset + strides[axis]
                } else {
                    offset
                };
                depth.data[low] - depth.data[high]
            });
            let length = slope.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-6);
            slope.map(|v| v / length)
        })
        .collect()
}
