//! Whether each picture looks like any scan of its sequence: a map that was computed, a picture that was cut off at a
//! brightness, or one half drawn from the other fits no other name better, and is none of the four all the same.
//!
//! Measures of brightness are held against their means and spreads over sound cases (`usual`), the three of its shape against
//! bounds. What lies far beyond names its scan.

use super::contrast::{ALONE, Contrasts, Inside};
use super::usual;
use super::{Check, Level, Verdict};
use crate::{Mask, Sequence};

/// Numbers that a scan's picture says beside its brightness.
pub const SHAPE: usize = 3;

/// Beyond so many spreads a measure is no scan's of its name. Of 55 cases of four scans and 90 with one of them spoilt a little
/// the farthest was 5.2, of 94 patients of TCGA-LGG one was farther.
const FAR: f64 = 6.0;

/// Between which the measures of [`Looks::shapes`] lie. In the same cases they were 0.15 to 0.35, 0.005 to 0.007 and 0.08 to 0.86.
const SHAPES: [[f64; 2]; SHAPE] = [[0.13, 0.38], [0.0, 0.03], [-1.0, 0.93]];

/// Of mirror images so many voxels apart the most alike counts: the brain is not in the middle to a voxel.
const SHIFTS: isize = 2;

/// The part of the voxels at whose brightness a picture's top is looked at, and how near to it is the same, in parts of
/// the way there from the median.
const TOP: f64 = 0.995;
const SAME: f64 = 0.01;

/// What is measured of each scan of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Looks {
    /// Brightness.
    pub contrasts: Contrasts,
    /// For each scan: how much neighbours differ in rank, how many voxels are as bright as the brightest, how alike left and
    /// right are.
    pub shapes: Vec<[f64; SHAPE]>,
}

impl Looks {
    /// Of the scans at the voxels of a brain.
    pub(crate) fn of(scans: &[(Sequence, &Inside)], brain: &Mask, layers: &[u8]) -> Self {
        let shapes = scans.iter().map(|(_, scan)| shape(scan, brain)).collect();
        Self {
            contrasts: Contrasts::of(scans, layers),
            shapes,
        }
    }

    /// The measures of a scan's brightness alone, tails by their logarithm.
    #[must_use]
    pub fn alone(&self, scan: usize) -> [f64; ALONE] {
        let mut all = self.contrasts.alone[scan];
        all[4] = all[4].max(0.1).ln();
        all[5] = (-all[5]).max(0.1).ln();
        all
    }
}

/// A verdict for each scan that is far from all of its name; one that is fine where there is none. Measure: spreads.
pub(crate) fn check(looks: &Looks) -> Vec<Verdict> {
    let names = &looks.contrasts.names;
    let mut verdicts: Vec<Verdict> = (0..names.len())
        .filter_map(|at| misshapen(names[at], &looks.shapes[at]))
        .collect();
    let is_said = |name: Sequence, said: &[Verdict]| said.iter().any(|v| v.sequence == Some(name));
    let mut left: Vec<usize> = (0..names.len())
        .filter(|at| !is_said(names[*at], &verdicts))
        .collect();
    let alone: Vec<(f64, usize)> = (0..names.len())
        .map(|at| farthest(&looks.alone(at), &usual::ALONE[names[at].channel()]))
        .collect();
    let between = |a: usize, b: usize| {
        let usual = &usual::BETWEEN[names[a].channel()][names[b].channel()];
        farthest(&looks.contrasts.between[a][b], usual).0
    };
    loop {
        let apart = |a: usize, b: usize| between(a, b).max(between(b, a));
        // A scan by itself, and where it fits none of the others as it should.
        let far = |at: usize| {
            let mut others: Vec<(f64, usize)> = (left.iter())
                .filter(|other| **other != at)
                .map(|other| (apart(at, *other), *other))
                .collect();
            others.sort_by(|a, b| b.0.total_cmp(&a.0));
            let middle = others.get(others.len() / 2).copied().unwrap_or((0.0, at));
            let worst = others.first().copied().unwrap_or((0.0, at));
            (alone[at].0.max(worst.0), alone[at].0.max(middle.0), worst)
        };
        let worst = left
            .iter()
            .map(|at| (*at, far(*at)))
            .max_by(|(_, a), (_, b)| {
                let far = |x: f64| x.min(FAR);
                far(a.0).total_cmp(&far(b.0)).then(a.1.total_cmp(&b.1))
            });
        let Some((at, (most, _, (pair, other)))) = worst else {
            return verdicts;
        };
        if most <= FAR {
            if verdicts.is_empty() {
                verdicts.push(Verdict::new(Check::Typical, Level::Fine, "").measured(most, FAR));
            }
            return verdicts;
        }
        let (sequence, why) = (names[at], alone[at]);
        let why = match why.0 >= pair {
            true => BRIGHTNESS_WORDS[why.1].to_owned(),
            false => format!("what it shows does not go with what {} shows", names[other]),
        };
        verdicts.push(unlike(sequence, &why).measured(most, FAR));
        left.retain(|other| *other != at);
    }
}

fn unlike(sequence: Sequence, why: &str) -> Verdict {
    let words = format!("{sequence} does not look like {sequence}: {why}.");
    Verdict::new(Check::Typical, Level::Doubtful, words).of(sequence)
}

/// What is unusual of a scan's brightness alone, by the measure.
const BRIGHTNESS_WORDS: [&str; ALONE] = [
    "the brain's surface has another brightness",
    "what lies under the brain's surface has another brightness",
    "what lies under the brain's surface has another brightness",
    "the middle of the brain has another brightness",
    "its brightest places are too bright or not bright enough",
    "its darkest places are too dark or not dark enough",
];

/// The same of its shape.
const SHAPE_WORDS: [&str; SHAPE] = [
    "it is too smooth or too rough for a scan",
    "its bright parts are all of one brightness",
    "its left and right are mirror images",
];

/// The farthest measure, in spreads, and which.
fn farthest(measures: &[f64], usual: &[[f64; 2]]) -> (f64, usize) {
    let far = measures.iter().zip(usual).enumerate();
    let far = far.map(|(at, (measure, [mean, spread]))| ((measure - mean).abs() / spread, at));
    far.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((0.0, 0))
}

/// A verdict where a measure of shape is out of its bounds: of the first that is.
fn misshapen(sequence: Sequence, shape: &[f64; SHAPE]) -> Option<Verdict> {
    let mut each = shape.iter().zip(&SHAPES);
    let which = each.position(|(measure, [low, high])| measure < low || measure > high)?;
    let (measure, [low, high]) = (shape[which], SHAPES[which]);
    let bound = if measure < low { low } else { high };
    Some(unlike(sequence, SHAPE_WORDS[which]).measured(measure, bound))
}

fn shape(scan: &Inside, brain: &Mask) -> [f64; SHAPE] {
    let mut ranks = vec![f32::NAN; brain.data.len()];
    let inside = (0..brain.data.len()).filter(|at| brain.data[*at]);
    for (at, rank) in inside.zip(&scan.ranks) {
        ranks[at] = *rank;
    }
    [
        rough(&ranks, brain.grid.dims),
        flat_top(&scan.values),
        mirrored(&ranks, brain.grid.dims),
    ]
}

/// The mean difference of neighbours' ranks.
fn rough(ranks: &[f32], [nx, ny, _]: [usize; 3]) -> f64 {
    let (mut sum, mut count) = (0.0, 0_u32);
    for step in [1, nx, nx * ny] {
        for (a, b) in ranks.iter().zip(&ranks[step.min(ranks.len())..]) {
            let apart = (a - b).abs();
            if !apart.is_nan() {
                sum += f64::from(apart);
                count += 1;
            }
        }
    }
    sum / f64::from(count.max(1))
}

/// The part of the voxels that are about as bright as the brightest.
fn flat_top(values: &[f32]) -> f64 {
    let mut sorted = values.to_vec();
    let top = crate::quantile::quantile(&mut sorted, TOP);
    // The median is 0.
    let near = f64::from(top) * (1.0 - SAME);
    let bright = values.iter().filter(|v| f64::from(**v) >= near).count();
    bright as f64 / values.len().max(1) as f64
}

/// The agreement of ranks with the mirror image, left for right.
fn mirrored(ranks: &[f32], [nx, ny, nz]: [usize; 3]) -> f64 {
    let rows: Vec<&[f32]> = ranks.chunks(nx).collect();
    debug_assert_eq!(rows.len(), ny * nz);
    let is_shown = |row: &&[f32], x: usize| !row[x].is_nan();
    let first = (0..nx).find(|x| rows.iter().any(|row| is_shown(row, *x)));
    let last = (0..nx).rfind(|x| rows.iter().any(|row| is_shown(row, *x)));
    let (Some(first), Some(last)) = (first, last) else {
        return 0.0;
    };
    let alike = |shift: isize| {
        let sum = (first + last) as isize + shift;
        let (mut product, mut squares, mut count) = (0.0, 0.0, 0_u32);
        for row in &rows {
            for (x, value) in row.iter().enumerate() {
                let other = usize::try_from(sum - x as isize).ok();
                if let Some(mirror) = other.and_then(|other| row.get(other)) {
                    let both = f64::from(value * mirror);
                    if !both.is_nan() {
                        product += both;
                        squares += f64::from(value * value);
                        count += 1;
                    }
                }
            }
        }
        if count == 0 {
            0.0
        } else {
            product / squares.max(1e-9)
        }
    };
    (-SHIFTS..=SHIFTS)
        .map(alike)
        .fold(f64::NEG_INFINITY, f64::max)
}
