//! A sequence that a case lacks, painted from those that it has, as cases that have them all would
//! have it.
//!
//! Nearly all public cases lack T2. A network that sees T2 with a handful of patients alone learns
//! those patients by heart, and reads any other that has one worse than if it had none. A painted T2
//! holds nothing that the other sequences do not, so it teaches nothing about T2; it takes away that
//! *having one* means something.
//!
//! A voxel's value is a quadratic function of its neighbourhood's ranks in the sequences at hand and
//! of how near the brain's surface is, by least squares over the brains of a few cases that have all.
//! Ranks, since z-scores of two scanners do not agree.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use half::f16;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::index;
use rand::{RngExt, SeedableRng};

use super::example::Example;
use super::vary::blur;

/// How many cases are mixed for one painted sequence: so few that no two are painted alike.
const LENDERS: usize = 3;

/// Every so many-th voxel of a lender counts.
const STRIDE: usize = 5;

/// Ranks from 0 to 1 become scores of this width around 0, of variance 1.
const WIDTH: f32 = 3.464;

/// In voxels: keeps the equations solvable where two terms are alike.
const RIDGE: f64 = 10.0;

/// Copies of `cases` in which no sequence is absent; none for a case that lacks none, or where nobody
/// can lend what it lacks. Every one depends on the seed, its place and the lenders alone.
#[must_use]
pub fn completed(cases: &[Example], lenders: &[&Example], seed: u64) -> Vec<Option<Example>> {
    use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
    let whole: Vec<&Example> = lenders
        .iter()
        .copied()
        .filter(|lender| has(lender) == [true; 4])
        .collect();
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
    let own = Seen::of(case, has(case));
    let mut painted = case.clone();
    for (channel, values) in painted.channels.iter_mut().enumerate() {
        if values.is_none() {
            let weights = solve(together(chosen.iter().map(|&at| &lessons[at][channel])));
            *values = Some(own.paint(&weights, look, channel, case.labels.len()));
        }
    }
    Some(painted)
}

/// What is known of the voxels of a brain.
struct Seen {
    /// Their places in the example.
    places: Vec<usize>,
    /// A constant, the measures, and their products two by two: `[voxel, term]`.
    terms: Vec<f32>,
    /// How many terms a voxel has.
    width: usize,
}

impl Seen {
    /// From the sequences that `has` names.
    fn of(example: &Example, has: [bool; 4]) -> Self {
        let places: Vec<usize> = (0..example.brain.len())
            .filter(|&at| example.brain[at])
            .collect();
        let mut measures = Vec::new();
        for channel in (0..4).filter(|&channel| has[channel]) {
            let ranks = ranks(example, channel, &places);
            let mut around = vec![0.0; example.brain.len()];
            for (&at, &rank) in places.iter().zip(&ranks) {
                around[at] = rank;
            }
            (0..2).for_each(|_| blur(&mut around, example.dims));
            measures.push(ranks);
            measures.push(places.iter().map(|&at| around[at]).collect());
        }
        let inside = example
            .brain
            .iter()
            .map(|&inside| f32::from(u8::from(inside)));
        let mut depth: Vec<f32> = inside.collect();
        (0..4).for_each(|_| blur(&mut depth, example.dims));
        measures.push(places.iter().map(|&at| 4.0 * depth[at] - 2.0).collect());

        let count = measures.len();
        let width = 1 + count + count * (count + 1) / 2;
        let mut terms = Vec::with_capacity(places.len() * width);
        for voxel in 0..places.len() {
            terms.push(1.0);
            for (a, first) in measures.iter().enumerate() {
                terms.push(first[voxel]);
                terms.extend(
                    measures[a..]
                        .iter()
                        .map(|b: &Vec<f32>| first[voxel] * b[voxel]),
                );
            }
        }
        Self {
            places,
            terms,
            width,
        }
    }

    /// The painted sequence: scores by `weights`, then the values that `look` has at their ranks.
    fn paint(&self, weights: &[f64], look: &Example, channel: usize, voxels: usize) -> Vec<f16> {
        let scores = self.terms.chunks_exact(self.width).map(|terms| {
            let products = terms.iter().zip(weights);
            products.map(|(t, w)| f64::from(*t) * w).sum::<f64>() as f32
        });
        let scores: Vec<f32> = scores.collect();
        let mut order: Vec<u32> = (0..scores.len() as u32).collect();
        order.sort_unstable_by(|&a, &b| order_of(scores[a as usize], scores[b as usize]));
        let mut values: Vec<f32> = inside(look, channel).collect();
        values.sort_unstable_by(|a, b| order_of(*a, *b));
        let mut painted = vec![f16::ZERO; voxels];
        for (rank, &voxel) in order.iter().enumerate() {
            let from = rank * values.len() / order.len();
            painted[self.places[voxel as usize]] = f16::from_f32(values[from]);
        }
        painted
    }
}

/// Rows of products of terms, and of terms with what is sought as the last column.
type Equations = Vec<Vec<f64>>;

/// The equations of a lender for each sequence that is sought; none for those at hand.
type Lesson = [Equations; 4];

/// What a lender teaches of painting from the sequences that `has` names.
fn lesson(lender: &Example, has: [bool; 4]) -> Lesson {
    let seen = Seen::of(lender, has);
    std::array::from_fn(|channel| {
        if has[channel] {
            Vec::new()
        } else {
            equations(lender, &seen, channel)
        }
    })
}

/// Those of the lender's terms against its ranks in `channel`.
fn equations(lender: &Example, seen: &Seen, channel: usize) -> Equations {
    let width = seen.width;
    let mut rows = vec![vec![0.0; width + 1]; width];
    let ranks = ranks(lender, channel, &seen.places);
    for (terms, rank) in seen.terms.chunks_exact(width).zip(ranks).step_by(STRIDE) {
        for (row, &a) in rows.iter_mut().zip(terms) {
            for (sum, &b) in row.iter_mut().zip(terms) {
                *sum += f64::from(a * b);
            }
            row[width] += f64::from(a * rank);
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

/// The values of a channel inside the brain.
fn inside(example: &Example, channel: usize) -> impl Iterator<Item = f32> {
    let values = example.channels[channel].iter().flatten();
    let pairs = values.zip(&example.brain);
    pairs
        .filter(|(_, inside)| **inside)
        .map(|(v, _)| v.to_f32())
}

/// The score of each voxel's rank among those of the brain.
fn ranks(example: &Example, channel: usize, places: &[usize]) -> Vec<f32> {
    let values: Vec<f32> = inside(example, channel).collect();
    let mut order: Vec<u32> = (0..places.len() as u32).collect();
    order.sort_unstable_by(|&a, &b| {
        order_of(values[a as usize], values[b as usize]).then(a.cmp(&b))
    });
    let mut ranks = vec![0.0; values.len()];
    for (rank, &voxel) in order.iter().enumerate() {
        ranks[voxel as usize] = WIDTH * ((rank as f32 + 0.5) / values.len() as f32 - 0.5);
    }
    ranks
}

fn order_of(a: f32, b: f32) -> Ordering {
    a.total_cmp(&b)
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
        let pairs = ranks(&found, 3, &places)
            .into_iter()
            .zip(ranks(&truth, 3, &places));
        let likeness = pairs.map(|(a, b)| a * b).sum::<f32>() / places.len() as f32;
        assert!(likeness > 0.95, "{likeness}");
        let values: Vec<f32> = inside(&found, 3).collect();
        let largest = values.iter().copied().fold(f32::MIN, f32::max);
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
