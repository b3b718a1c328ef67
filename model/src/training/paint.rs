//! A sequence that a case lacks, painted from those that it has, as cases that have them all would
//! have it.
//!
//! Nearly all public cases lack T2. A network that sees T2 with a handful of patients alone learns
//! those patients by heart, and reads any other that has one worse than if it had none. A painted T2
//! holds nothing that the other sequences do not, so it teaches nothing about T2; it takes away that
//! *having one* means something. How it is done: [`painting`](crate::painting).

use std::collections::{BTreeMap, BTreeSet};

use half::f16;
use imaging::Sequence;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::index;
use rand::{RngExt, SeedableRng};

use super::example::Example;
use crate::painting::{Layout, Measures, Painter, ranks};

/// How many cases are mixed for one painted sequence: so few that no two are painted alike.
const LENDERS: usize = 3;

/// Every so many-th voxel of a lender counts.
const STRIDE: usize = 5;

/// In voxels: keeps the equations solvable where two terms are alike.
const RIDGE: f64 = 10.0;

/// Copies of `cases` in which no sequence is absent; none for a case that lacks none, or where nobody
/// can lend what it lacks. Every one depends on the seed, its place and the lenders alone.
#[must_use]
pub fn completed(cases: &[Example], lenders: &[&Example], seed: u64) -> Vec<Option<Example>> {
    use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
    let whole = whole(lenders);
    let wanted: BTreeSet<[bool; 4]> = cases.iter().map(has).filter(|has| lacks(*has)).collect();
    // Each lender is learnt from once, however many cases borrow.
    let lessons: BTreeMap<[bool; 4], Vec<Lesson>> = wanted
        .into_iter()
        .map(|has| {
            (
                has,
                whole.par_iter().map(|lender| lesson(lender, has)).collect(),
            )
        })
        .collect();
    cases
        .par_iter()
        .enumerate()
        .map(|(place, case)| {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ place as u64);
            complete(case, &whole, lessons.get(&has(case))?, &mut rng)
        })
        .collect()
}

/// Those that can lend: they have all four.
fn whole<'a>(lenders: &[&'a Example]) -> Vec<&'a Example> {
    let lenders = lenders.iter().copied();
    lenders.filter(|lender| has(lender) == [true; 4]).collect()
}

fn has(example: &Example) -> [bool; 4] {
    example.channels.each_ref().map(Option::is_some)
}

/// Something, but not all.
fn lacks(has: [bool; 4]) -> bool {
    has != [true; 4] && has != [false; 4]
}

/// Copies `case` with what it lacks; `lessons` are the `whole` cases'.
fn complete(
    case: &Example,
    whole: &[&Example],
    lessons: &[Lesson],
    rng: &mut Xoshiro256PlusPlus,
) -> Option<Example> {
    if whole.is_empty() {
        return None;
    }
    let chosen = index::sample(rng, whole.len(), LENDERS.min(whole.len())).into_vec();
    let look = whole[chosen[rng.random_range(0..chosen.len())]];
    let own = measures(case, has(case));
    let mut painted = case.clone();
    for (channel, values) in painted.channels.iter_mut().enumerate() {
        if values.is_none() {
            let weights = solve(together(chosen.iter().map(|&at| &lessons[at][channel])));
            *values = Some(paint(&own, &weights, look, channel, case.labels.len()));
        }
    }
    Some(painted)
}

/// What is known of the voxels of an example from the sequences that `has` names.
fn measures(example: &Example, has: [bool; 4]) -> Measures {
    let channels = (0..4).filter(|&channel| has[channel]);
    let channels: Vec<Vec<f32>> = channels.map(|channel| values(example, channel)).collect();
    let channels: Vec<&[f32]> = channels.iter().map(Vec::as_slice).collect();
    Measures::of(&channels, &example.brain, layout(example))
}

/// Examples are in RAS, z fastest.
fn layout(example: &Example) -> Layout {
    Layout {
        edges: example.dims,
        sagittal: 0,
    }
}

/// The painted sequence: scores by `weights`, then the values that `look` has at their ranks.
fn paint(
    own: &Measures,
    weights: &[f64],
    look: &Example,
    channel: usize,
    voxels: usize,
) -> Vec<f16> {
    let ranked = own.ranked(weights);
    let lent = sorted(look, channel);
    let mut painted = vec![f16::ZERO; voxels];
    let all = ranked.len();
    for (rank, place) in ranked.into_iter().enumerate() {
        painted[place] = f16::from_f32(lent[rank * lent.len() / all]);
    }
    painted
}

/// How `paints` is painted from the sequences `from`, as these lenders, those who have all, would have it on average;
/// none where nobody lends. A lender's tumour counts as much as the rest of the brain: what is dark on T1 and bright on
/// T2 is mostly water, dark on FLAIR, and a tumour must not be painted like it.
#[must_use]
pub fn painter(lenders: &[&Example], paints: Sequence, from: &[Sequence]) -> Option<Painter> {
    const VALUES: usize = 65;
    let whole = whole(lenders);
    if whole.is_empty() {
        return None;
    }
    let has = Sequence::ALL.map(|sequence| from.contains(&sequence));
    let channel = paints.channel();
    let lessons = whole.iter().map(|lender| {
        let seen = measures(lender, has);
        let sick = lender.labels.iter().filter(|&&label| label > 0).count();
        let tumour = (seen.places.len() - sick) as f32 / sick.max(1) as f32;
        equations(lender, &seen, channel, tumour)
    });
    let lessons: Vec<Equations> = lessons.collect();
    let mut mean = vec![0.0_f32; VALUES];
    for lender in &whole {
        let lent = sorted(lender, channel);
        for (place, mean) in mean.iter_mut().enumerate() {
            let at = place * (lent.len() - 1) / (VALUES - 1);
            *mean += lent[at] / whole.len() as f32;
        }
    }
    Some(Painter {
        paints,
        from: from.to_vec(),
        weights: solve(together(lessons.iter())),
        values: mean,
    })
}

/// Rows of products of terms, and of terms with what is sought as the last column.
type Equations = Vec<Vec<f64>>;

/// The equations of a lender for each sequence that is sought; none for those at hand.
type Lesson = [Equations; 4];

/// What a lender teaches of painting from the sequences that `has` names.
fn lesson(lender: &Example, has: [bool; 4]) -> Lesson {
    let seen = measures(lender, has);
    std::array::from_fn(|channel| {
        if has[channel] {
            Vec::new()
        } else {
            equations(lender, &seen, channel, 1.0)
        }
    })
}

/// Those of the lender's terms against its ranks in `channel`; a voxel of tumour counts so much.
fn equations(lender: &Example, seen: &Measures, channel: usize, tumour: f32) -> Equations {
    let (mut rows, mut terms) = (Equations::new(), Vec::new());
    let ranks = ranks(&values(lender, channel), &seen.places);
    for voxel in (0..seen.places.len()).step_by(STRIDE) {
        seen.put(voxel, &mut terms);
        let width = terms.len();
        rows.resize_with(width, || vec![0.0; width + 1]);
        let counts = if lender.labels[seen.places[voxel]] > 0 {
            tumour
        } else {
            1.0
        };
        for (row, &a) in rows.iter_mut().zip(&terms) {
            let a = a * counts;
            for (sum, &b) in row.iter_mut().zip(&terms) {
                *sum += f64::from(a * b);
            }
            row[width] += f64::from(a * ranks[voxel]);
        }
    }
    rows
}

/// The equations whose solution comes nearest to all of these.
fn together<'a>(all: impl Iterator<Item = &'a Equations>) -> Equations {
    let mut sum = Equations::new();
    for equations in all {
        sum.resize(equations.len(), vec![0.0; equations.len() + 1]);
        for (sum, value) in sum.iter_mut().flatten().zip(equations.iter().flatten()) {
            *sum += value;
        }
    }
    for (term, row) in sum.iter_mut().enumerate() {
        row[term] += RIDGE;
    }
    sum
}

/// Solves a symmetric positive system, its right side as the last column, by elimination.
fn solve(mut rows: Equations) -> Vec<f64> {
    let n = rows.len();
    for a in 0..n {
        let (above, below) = rows.split_at_mut(a + 1);
        let pivot = &above[a];
        for row in below {
            let factor = row[a] / pivot[a];
            for (value, pivot) in row[a..].iter_mut().zip(&pivot[a..]) {
                *value -= factor * pivot;
            }
        }
    }
    let mut solution = vec![0.0; n];
    for a in (0..n).rev() {
        let known: f64 = (a + 1..n).map(|b| rows[a][b] * solution[b]).sum();
        solution[a] = (rows[a][n] - known) / rows[a][a];
    }
    solution
}

/// A channel's values, voxel by voxel.
fn values(example: &Example, channel: usize) -> Vec<f32> {
    let values = example.channels[channel].iter().flatten();
    values.map(|value| value.to_f32()).collect()
}

/// Those inside the brain, lowest first.
fn sorted(example: &Example, channel: usize) -> Vec<f32> {
    let pairs = values(example, channel).into_iter().zip(&example.brain);
    let mut inside: Vec<f32> = pairs
        .filter(|(_, inside)| **inside)
        .map(|(v, _)| v)
        .collect();
    inside.sort_unstable_by(f32::total_cmp);
    inside
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::Truth;

    /// Three sequences of noise, and T2 a bent mixture of two of them; scaled and shifted by `scale`.
    fn example(seed: u64, scale: f32) -> Example {
        let dims = [20, 18, 16];
        let voxels = dims.iter().product::<usize>();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut noise =
            || -> Vec<f32> { (0..voxels).map(|_| rng.random_range(-1.0..1.0)).collect() };
        let [flair, t1, t1ce] = [noise(), noise(), noise()];
        let t2 = flair
            .iter()
            .zip(&t1)
            .map(|(f, t)| 0.5 * f - t + 0.3 * t * t);
        let half = |values: Vec<f32>| {
            let values = values.into_iter().map(|v| f16::from_f32(scale * v + scale));
            Some(values.collect::<Vec<f16>>())
        };
        let t2 = t2.collect();
        Example {
            name: "noise".into(),
            dims,
            channels: [half(flair), half(t1), half(t1ce), half(t2)],
            brain: (0..voxels).map(|at| at % 16 > 1).collect(),
            labels: vec![0; voxels],
            truth: Truth::WholeTumour,
        }
    }

    #[test]
    fn what_follows_from_the_others_is_painted_right_on_another_scale() {
        let lenders: Vec<Example> = (0..4).map(|seed| example(seed, 1.0)).collect();
        let lenders: Vec<&Example> = lenders.iter().collect();
        let truth = example(9, 2.5);
        let mut case = truth.clone();
        case.channels[3] = None;
        let found = completed(std::slice::from_ref(&case), &lenders, 1)
            .remove(0)
            .unwrap();
        assert_eq!(found.channels[0], case.channels[0]);
        // By rank, since the painted one has the lenders' values.
        let places: Vec<usize> = (0..case.brain.len()).filter(|&at| case.brain[at]).collect();
        let pairs = ranks(&values(&found, 3), &places)
            .into_iter()
            .zip(ranks(&values(&truth, 3), &places));
        let likeness = pairs.map(|(a, b)| a * b).sum::<f32>() / places.len() as f32;
        assert!(likeness > 0.95, "{likeness}");
        let largest = sorted(&found, 3).last().copied().unwrap();
        assert!(
            (1.5..3.0).contains(&largest),
            "the lenders' range: {largest}"
        );
        let outside = found.channels[3].as_ref().unwrap().iter().zip(&case.brain);
        assert!(
            outside
                .into_iter()
                .all(|(v, inside)| *inside || *v == f16::ZERO)
        );
    }

    #[test]
    fn a_painter_paints_a_stranger_and_hits_tumours_as_well_as_the_rest() {
        let sequences = [Sequence::Flair, Sequence::T1, Sequence::T1ce];
        // In a seventeenth of the voxels, which are tumour and bright in T1ce, T2 is bright whatever else there is.
        let sick = |seed| {
            let mut example = example(seed, 1.0);
            for at in (0..example.labels.len()).step_by(17) {
                example.labels[at] = 2;
                for (channel, value) in [(2, 2.5), (3, 4.0)] {
                    example.channels[channel].as_mut().unwrap()[at] = f16::from_f32(value);
                }
            }
            example
        };
        let lenders: Vec<Example> = (0..4).map(sick).collect();
        let lenders: Vec<&Example> = lenders.iter().collect();
        let painter = painter(&lenders, Sequence::T2, &sequences).unwrap();
        assert_eq!(painter.check(), Ok(()));
        let stranger = sick(9);
        let channels = [0, 1, 2].map(|channel| values(&stranger, channel));
        let channels = channels.each_ref().map(Vec::as_slice);
        let found = painter.paint(&channels, &stranger.brain, layout(&stranger));
        let truth = values(&stranger, 3);
        let places: Vec<usize> = (0..found.len()).filter(|&at| stranger.brain[at]).collect();
        let pairs = ranks(&found, &places)
            .into_iter()
            .zip(ranks(&truth, &places));
        let likeness = pairs.map(|(a, b)| a * b).sum::<f32>() / places.len() as f32;
        assert!(likeness > 0.8, "{likeness}");
        let of_tumour = places.iter().filter(|&&at| stranger.labels[at] > 0);
        let (sum, count) = of_tumour.fold((0.0, 0), |(sum, n), &at| (sum + found[at], n + 1));
        assert!(
            sum / count as f32 > 2.4,
            "the tumour is painted with {}",
            sum / count as f32
        );
        assert!(super::painter(&[], Sequence::T2, &sequences).is_none());
    }

    #[test]
    fn nothing_is_painted_where_nothing_lacks_or_nobody_lends() {
        let whole = example(1, 1.0);
        let mut case = whole.clone();
        case.channels[1] = None;
        let alone = std::slice::from_ref(&whole);
        assert!(completed(alone, &[&whole], 1)[0].is_none());
        assert!(completed(std::slice::from_ref(&case), &[&case], 1)[0].is_none());
        assert!(completed(&[case], &[&whole], 1)[0].is_some());
    }
}
