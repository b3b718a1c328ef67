//! What a picture's brightness says of its sequence: fluid, grey and white matter, by where they lie and by what the
//! other scans show there.

use crate::{Mask, Sequence, parallel};

/// Layers of the brain that are told apart, from the surface inwards, each as thick as the common grid's voxels.
const LAYERS: u8 = 6;

/// Numbers that a scan says alone.
pub const ALONE: usize = 6;

/// Numbers that one scan says of another.
pub const BETWEEN: usize = 5;

/// What the scans of a case say, alone and of each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Contrasts {
    /// What they are called.
    pub names: Vec<Sequence>,
    /// For each scan: the ranks of its layers, and how far its tails reach.
    pub alone: Vec<[f64; ALONE]>,
    /// For each scan, of each other: agreement, its ranks where the one is dark and bright, what the one leaves.
    pub between: Vec<Vec<[f64; BETWEEN]>>,
}

impl Contrasts {
    pub(crate) fn of(scans: &[(Sequence, &Inside)], layers: &[u8]) -> Self {
        let each: Vec<&Inside> = scans.iter().map(|(_, scan)| *scan).collect();
        Self {
            names: scans.iter().map(|(sequence, _)| *sequence).collect(),
            alone: parallel::map(each.clone(), |scan| alone(scan, layers)),
            between: parallel::map(each.clone(), |one| {
                each.iter().map(|other| between(one, other)).collect()
            }),
        }
    }
}

/// A scan inside the brain: its ranks among the brain's voxels, -1 to 1, and its values, their middle half 1 wide.
pub(crate) struct Inside {
    pub(crate) ranks: Vec<f32>,
    pub(crate) values: Vec<f32>,
}

impl Inside {
    /// The values at the voxels of a brain; constant ones are all 0.
    pub(crate) fn of(values: &[f32]) -> Self {
        let count = values.len();
        let mut order: Vec<u32> = (0..count as u32).collect();
        order.sort_unstable_by(|a, b| values[*a as usize].total_cmp(&values[*b as usize]));
        let mut ranks = vec![0.0; count];
        // Equal values share the middle of their ranks.
        for run in order.chunk_by(|a, b| values[*a as usize] == values[*b as usize]) {
            let first = order.partition_point(|at| values[*at as usize] < values[run[0] as usize]);
            let middle = first as f32 + 0.5 * run.len() as f32;
            for at in run {
                ranks[*at as usize] = 2.0 * middle / count as f32 - 1.0;
            }
        }
        let quantile = |part: f64| {
            let at = (part * count.saturating_sub(1) as f64).round() as usize;
            order.get(at).map_or(0.0, |at| values[*at as usize])
        };
        let (median, width) = (quantile(0.5), quantile(0.75) - quantile(0.25));
        let scale = if width > 0.0 { 1.0 / width } else { 0.0 };
        Self {
            ranks,
            values: values.iter().map(|v| (v - median) * scale).collect(),
        }
    }

    /// Spearman's rank correlation with another scan of the same voxels.
    pub(crate) fn agreement(&self, other: &Self) -> f64 {
        let product =
            |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum() };
        let squares = product(&self.ranks, &self.ranks) * product(&other.ranks, &other.ranks);
        product(&self.ranks, &other.ranks) / squares.sqrt().max(1e-9)
    }
}

/// The layer of each voxel of a brain, from 1 at its surface to [`LAYERS`].
pub(crate) fn layers(brain: &Mask) -> Vec<u8> {
    let [nx, ny, nz] = brain.grid.dims;
    let mut depth: Vec<u8> = brain
        .data
        .iter()
        .map(|inside| u8::from(*inside) * LAYERS)
        .collect();
    for layer in 1..LAYERS {
        let before = depth.clone();
        let outer = |x: usize, y: usize, z: usize| {
            let at = |x: usize, y: usize, z: usize| before[x + nx * (y + ny * z)] < layer;
            x == 0
                || y == 0
                || z == 0
                || x + 1 == nx
                || y + 1 == ny
                || z + 1 == nz
                || at(x - 1, y, z)
                || at(x + 1, y, z)
                || at(x, y - 1, z)
                || at(x, y + 1, z)
                || at(x, y, z - 1)
                || at(x, y, z + 1)
        };
        for z in 0..nz {
            for y in 0..ny {
                for x in 0..nx {
                    let at = x + nx * (y + ny * z);
                    if before[at] == LAYERS && outer(x, y, z) {
                        depth[at] = layer;
                    }
                }
            }
        }
    }
    brain
        .data
        .iter()
        .zip(depth)
        .filter(|(inside, _)| **inside)
        .map(|(_, layer)| layer)
        .collect()
}

/// What one scan says: the rank of the first, the second, the third and the deepest layer, and how far its bright and
/// its dark tail reach.
fn alone(scan: &Inside, layers: &[u8]) -> [f64; ALONE] {
    let mean = |of: &[f32], layer: &dyn Fn(u8) -> bool| {
        let (mut sum, mut count) = (0.0, 0u32);
        for (value, at) in of.iter().zip(layers) {
            if layer(*at) {
                sum += f64::from(*value);
                count += 1;
            }
        }
        sum / f64::from(count.max(1))
    };
    let mut sorted = scan.values.clone();
    sorted.sort_unstable_by(f32::total_cmp);
    let quantile = |part: f64| {
        let at = (part * sorted.len().saturating_sub(1) as f64).round() as usize;
        sorted.get(at).map_or(0.0, |v| f64::from(*v))
    };
    [
        mean(&scan.ranks, &|l| l == 1),
        mean(&scan.ranks, &|l| l == 2),
        mean(&scan.ranks, &|l| l == 3),
        mean(&scan.ranks, &|l| l == LAYERS),
        quantile(0.98).min(20.0),
        quantile(0.02).max(-20.0),
    ]
}

/// What one scan says of another: how their ranks agree, the other's rank where the one is darkest and where it is
/// brightest, and which tail of the other, near and far, the one does not explain.
fn between(one: &Inside, other: &Inside) -> [f64; BETWEEN] {
    let mean = |part: &dyn Fn(f32) -> bool| {
        let (mut sum, mut n) = (0.0, 0u32);
        for (a, b) in one.ranks.iter().zip(&other.ranks) {
            if part(*a) {
                sum += f64::from(*b);
                n += 1;
            }
        }
        sum / f64::from(n.max(1))
    };
    let agreement = one.agreement(other);
    let sign = agreement.signum() as f32;
    let mut rest: Vec<f32> = one
        .values
        .iter()
        .zip(&other.values)
        .map(|(a, b)| b - sign * a)
        .collect();
    rest.sort_unstable_by(f32::total_cmp);
    [
        agreement,
        mean(&|a| a < -0.8),
        mean(&|a| a > 0.9),
        lean(&rest, 0.02),
        lean(&rest, 0.004),
    ]
}

/// Which tail of sorted values is the longer, -1 to 1: that part of them is looked at from either end.
fn lean(sorted: &[f32], part: f64) -> f64 {
    let at = |part: f64| {
        let at = (part * sorted.len().saturating_sub(1) as f64).round() as usize;
        sorted.get(at).map_or(0.0, |v| f64::from(*v))
    };
    let (low, middle, high) = (at(part), at(0.5), at(1.0 - part));
    if high > low {
        (high + low - 2.0 * middle) / (high - low)
    } else {
        0.0
    }
}
