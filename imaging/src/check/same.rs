//! Whether two scans are one picture: no contrast agent was given, a file was copied, rescaled, or made brighter to one side.
//!
//! What one scan says of the other by brightness alone (a curve), and what changes slowly over the brain (shading), are taken
//! off the other's logarithm by turns. Of one picture only noise is left; T1ce has vessels and what takes up contrast agent
//! left, far above the rest.

use super::common::Common;
use super::contrast::Inside;
use super::{Check, Level, Verdict, related};
use crate::blur::blur;
use crate::quantile::quantile;
use crate::{Mask, parallel};

/// Above this two scans are one picture. T1 and T1ce of the 54 BraTS cases and the two samples have 0.87 at most; T1 given as
/// T1ce with a gamma of 0.6 to 1.5, up to 30 % of shading and 10 % of noise has 0.79 to 1, seven of eight of them more than this.
const SAME: f64 = 0.91;

/// How much it counts against being one picture that some voxels are far brighter, in quartiles' distance.
const BRIGHTER: f64 = 0.1;

/// The part of the voxels that are the brightest.
const BRIGHTEST: f64 = 0.005;

/// How far shading is smooth, in mm (a Gaussian's sigma).
const SHADING_MM: f64 = 10.0;

/// Pieces of the curve, and how often curve and shading are found by turns.
const PIECES: usize = 24;
const TURNS: usize = 5;

/// Only voxels so many layers inside the brain are compared: at its surface a voxel holds little of it.
const FIRST_LAYER: u8 = 2;

/// Nor are two scans that tell so many nats of each other (see `related`): of T1 and T1ce 1.13 at most, of T1 given again behind
/// another scan's curve and noise 1.34.
const MOST_NATS: f64 = 1.25;

/// Scans whose ranks agree less than this as they are need no curve: the disguises above left 0.43 at least.
const WORTH_A_LOOK: f64 = 0.3;

/// A part of the brightest voxels below which darker ones are not told apart.
const DARKEST: f32 = 1e-3;

/// A verdict for each pair of scans.
pub(crate) fn check(
    common: &Common<'_>,
    inside: &[Inside],
    brain: &Mask,
    layers: &[u8],
) -> Vec<Verdict> {
    let Some(deep) = Deep::of(brain, layers) else {
        return Vec::new();
    };
    let logs = parallel::map(common.scans.iter().collect(), |scan| {
        deep.logs(&scan.values.data)
    });
    let pairs: Vec<(usize, usize)> = (0..logs.len())
        .flat_map(|i| (0..i).map(move |j| (i, j)))
        .collect();
    let names = |at: usize| common.scans[at].sequence;
    parallel::map(pairs, |(i, j)| {
        // One is the other with a curve on it, or the other way about: T1ce says T1 better than T1 says T1ce.
        let agreement = inside[i].agreement(&inside[j]);
        let mut alike = match agreement > WORTH_A_LOOK {
            true => deep.alike(&logs[i], &logs[j]),
            false => agreement,
        };
        if alike > SAME {
            alike = alike.min(deep.alike(&logs[j], &logs[i]));
        }
        let (a, b) = (names(i), names(j));
        let nats = related::nats(&inside[i], &inside[j], layers);
        let verdict = if alike > SAME || nats > MOST_NATS {
            let words = format!(
                "{b} and {a} seem to be the same picture, rescaled: one of the two is not the scan that it is called."
            );
            Verdict::new(Check::SamePicture, Level::Doubtful, words)
        } else {
            Verdict::new(Check::SamePicture, Level::Fine, "")
        };
        let verdict = verdict.of(a).against(b);
        match alike <= SAME && nats > MOST_NATS {
            true => verdict.measured(nats, MOST_NATS),
            false => verdict.measured(alike, SAME),
        }
    })
}

/// The voxels that are compared.
struct Deep {
    dims: [usize; 3],
    /// Their places in the grid.
    places: Vec<usize>,
    sigma: f32,
    /// How much of a blur's neighbourhood they fill, at each of them.
    near: Vec<f32>,
}

impl Deep {
    /// `None` where there are too few for a curve.
    fn of(brain: &Mask, layers: &[u8]) -> Option<Self> {
        let inside = (0..brain.data.len()).filter(|at| brain.data[*at]);
        let places: Vec<usize> = inside
            .zip(layers)
            .filter(|(_, layer)| **layer >= FIRST_LAYER)
            .map(|(at, _)| at)
            .collect();
        if places.len() < 10 * PIECES {
            return None;
        }
        let mut deep = Self {
            dims: brain.grid.dims,
            sigma: (SHADING_MM / brain.grid.spacing_mm()[0]) as f32,
            near: vec![1.0; places.len()],
            places,
        };
        deep.near = deep.smooth(&vec![1.0; deep.places.len()]);
        Some(deep)
    }

    /// Logarithms of a scan's values at these voxels.
    fn logs(&self, values: &[f32]) -> Vec<f32> {
        let mut values: Vec<f32> = self.places.iter().map(|at| values[*at]).collect();
        let mut sorted = values.clone();
        let darkest = DARKEST * quantile(&mut sorted, 0.99).max(f32::MIN_POSITIVE);
        for value in &mut values {
            *value = value.max(darkest).ln();
        }
        values
    }

    /// Values at these voxels, blurred among them.
    fn smooth(&self, values: &[f32]) -> Vec<f32> {
        let mut all = vec![0.0; self.dims.iter().product()];
        for (at, value) in self.places.iter().zip(values) {
            all[*at] = *value;
        }
        let blurred = blur(&all, self.dims, self.sigma);
        let near = self.places.iter().zip(&self.near);
        near.map(|(at, near)| blurred[*at] / near.max(1e-3))
            .collect()
    }

    /// How well the one scan says the other by a curve and slow shading: the agreement of their ranks (1 for one picture), less
    /// what the other has that is far brighter than the curve says.
    fn alike(&self, one: &[f32], other: &[f32]) -> f64 {
        let curve = Curve::over(one);
        let mut shading = vec![0.0; other.len()];
        let mut told = Vec::new();
        for _ in 0..TURNS {
            told = curve.through(&minus(other, &shading));
            shading = self.smooth(&minus(other, &told));
        }
        let even = minus(other, &shading);
        // By the one itself, not by its curve, which may fall: where T1 is bright T2 is dark.
        let agreement = Inside::of(one).agreement(&Inside::of(&even));
        let mut left = minus(&even, &told);
        let mut even = even;
        let width = quantile(&mut even, 0.75) - quantile(&mut even, 0.25);
        let brighter = quantile(&mut left, 1.0 - BRIGHTEST) / width.max(1e-6);
        agreement - BRIGHTER * f64::from(brighter)
    }
}

/// Voxels by one scan's brightness, to lay a curve through what another shows there.
struct Curve {
    /// The voxels of each piece, from dark to bright.
    pieces: Vec<Vec<usize>>,
    /// For each voxel the piece whose middle is darker, and how far it is on the way to the next.
    between: Vec<(usize, f32)>,
}

impl Curve {
    fn over(values: &[f32]) -> Self {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_unstable_by(|a, b| values[*a].total_cmp(&values[*b]));
        let size = order.len().div_ceil(PIECES);
        let pieces: Vec<Vec<usize>> = order.chunks(size).map(<[usize]>::to_vec).collect();
        let middles: Vec<f32> = pieces
            .iter()
            .map(|piece| values[piece[piece.len() / 2]])
            .collect();
        let between = |value: &f32| {
            let next = middles.partition_point(|middle| middle <= value);
            let low = next.saturating_sub(1);
            let high = next.min(middles.len() - 1);
            let width = middles[high] - middles[low];
            let part = if width > 0.0 {
                (value - middles[low]) / width
            } else {
                0.0
            };
            (low, part)
        };
        Self {
            between: values.iter().map(between).collect(),
            pieces,
        }
    }

    /// What the curve through the pieces' medians of `other` says of each voxel.
    fn through(&self, other: &[f32]) -> Vec<f32> {
        let median = |piece: &Vec<usize>| {
            let mut values: Vec<f32> = piece.iter().map(|at| other[*at]).collect();
            quantile(&mut values, 0.5)
        };
        let medians: Vec<f32> = self.pieces.iter().map(median).collect();
        let at = |(low, part): &(usize, f32)| {
            let next = medians[(low + 1).min(medians.len() - 1)];
            medians[*low] + part * (next - medians[*low])
        };
        self.between.iter().map(at).collect()
    }
}

fn minus(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}
