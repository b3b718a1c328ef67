//! A sequence that is absent, painted from those that are there, as cases that have them all would have it.
//!
//! A voxel's score is a quadratic function of its neighbourhood's ranks in the sequences at hand and of how near the
//! brain's surface is, by least squares over the brains of such cases; its value is what those have at its rank. Ranks,
//! since z-scores of two scanners do not agree.
//!
//! In training it takes away that *having* a sequence means something. In reading it stands in for a sequence that
//! shows what others show too, such as FLAIR beside T2; what contrast agent shows cannot be painted.

use imaging::Sequence;
use serde::{Deserialize, Serialize};

/// Ranks from 0 to 1 become scores of this width around 0, of variance 1.
const WIDTH: f32 = 3.464;

/// How one sequence is painted from certain others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Painter {
    /// The sequence that is absent.
    pub paints: Sequence,
    /// Those that are there, all of them, in their order.
    pub from: Vec<Sequence>,
    /// What each term counts: a constant; rank and rank around of each sequence, nearness of the surface; and the
    /// products of these two by two.
    pub weights: Vec<f64>,
    /// z-scores at evenly spaced ranks, lowest first.
    pub values: Vec<f32>,
}

impl Painter {
    /// What is wrong with it, if anything.
    ///
    /// # Errors
    /// It cannot be used.
    pub fn check(&self) -> Result<(), String> {
        if self.from.is_empty() || !self.from.is_sorted_by(|a, b| a < b) {
            return Err("paints from each sequence once, in their order".into());
        }
        if self.from.contains(&self.paints) {
            return Err(format!("{} is painted from itself", self.paints));
        }
        let terms = Terms::count(self.from.len());
        if self.weights.len() != terms || self.weights.iter().any(|weight| !weight.is_finite()) {
            return Err(format!("{terms} numbers as weights are needed"));
        }
        let rises = self.values.is_sorted() && self.values.iter().all(|value| value.is_finite());
        if !rises || !(2..=1000).contains(&self.values.len()) {
            return Err("2 to 1000 rising values are needed".into());
        }
        Ok(())
    }

    /// Paints over the voxels of `brain`, of a volume whose edges in memory are these, slowest first; 0 outside.
    /// `sequences` are [`Self::from`]'s.
    pub(crate) fn paint(
        &self,
        sequences: &[&[f32]],
        brain: &[bool],
        edges: [usize; 3],
    ) -> Vec<f32> {
        let terms = Terms::of(sequences, brain, edges);
        let ranked = terms.ranked(&self.weights);
        let last = (ranked.len().max(2) - 1) as f32;
        let mut painted = vec![0.0; brain.len()];
        for (rank, place) in ranked.into_iter().enumerate() {
            let at = rank as f32 / last * (self.values.len() - 1) as f32;
            let low = (at as usize).min(self.values.len() - 2);
            let part = at - low as f32;
            let value = (1.0 - part) * self.values[low] + part * self.values[low + 1];
            painted[place] = value;
        }
        painted
    }
}

/// What is known of the voxels of a brain.
pub(crate) struct Terms {
    /// Their places in the volume.
    pub(crate) places: Vec<usize>,
    /// A constant, the measures, and their products two by two: `[voxel, term]`.
    terms: Vec<f32>,
    /// How many terms a voxel has.
    pub(crate) width: usize,
}

impl Terms {
    /// Terms of so many sequences.
    pub(crate) fn count(sequences: usize) -> usize {
        let measures = 2 * sequences + 1;
        1 + measures + measures * (measures + 1) / 2
    }

    /// From sequences on a grid of these edges, slowest in memory first.
    pub(crate) fn of(sequences: &[&[f32]], brain: &[bool], edges: [usize; 3]) -> Self {
        let places: Vec<usize> = (0..brain.len()).filter(|&at| brain[at]).collect();
        let mut measures = Vec::new();
        for values in sequences {
            let ranks = ranks(values, &places);
            let mut around = vec![0.0; brain.len()];
            for (&at, &rank) in places.iter().zip(&ranks) {
                around[at] = rank;
            }
            (0..2).for_each(|_| blur(&mut around, edges));
            measures.push(ranks);
            measures.push(places.iter().map(|&at| around[at]).collect());
        }
        let inside = brain.iter().map(|&inside| f32::from(u8::from(inside)));
        let mut depth: Vec<f32> = inside.collect();
        (0..4).for_each(|_| blur(&mut depth, edges));
        measures.push(places.iter().map(|&at| 4.0 * depth[at] - 2.0).collect());

        let width = Self::count(sequences.len());
        let mut terms = Vec::with_capacity(places.len() * width);
        for voxel in 0..places.len() {
            terms.push(1.0);
            for (a, first) in measures.iter().enumerate() {
                terms.push(first[voxel]);
                let products = measures[a..].iter();
                terms.extend(products.map(|b: &Vec<f32>| first[voxel] * b[voxel]));
            }
        }
        Self {
            places,
            terms,
            width,
        }
    }

    /// Voxel by voxel.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[f32]> {
        self.terms.chunks_exact(self.width)
    }

    /// The voxels' places by the sum of their terms, each times its weight: lowest first.
    pub(crate) fn ranked(&self, weights: &[f64]) -> Vec<usize> {
        let score = |terms: &[f32]| {
            let products = terms.iter().zip(weights);
            products.map(|(t, w)| f64::from(*t) * w).sum::<f64>() as f32
        };
        let scores: Vec<f32> = self.iter().map(score).collect();
        let order = order(&scores).into_iter();
        order.map(|voxel| self.places[voxel as usize]).collect()
    }
}

/// The score of each place's rank among all of them.
pub(crate) fn ranks(values: &[f32], places: &[usize]) -> Vec<f32> {
    let values: Vec<f32> = places.iter().map(|&at| values[at]).collect();
    let mut ranks = vec![0.0; values.len()];
    for (rank, &voxel) in order(&values).iter().enumerate() {
        ranks[voxel as usize] = WIDTH * ((rank as f32 + 0.5) / values.len() as f32 - 0.5);
    }
    ranks
}

/// Places by their values, lowest first; alike ones as they stand.
fn order(values: &[f32]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    let by_value = |a: u32, b: u32| values[a as usize].total_cmp(&values[b as usize]);
    order.sort_unstable_by(|&a, &b| by_value(a, b).then(a.cmp(&b)));
    order
}

/// The mean of each voxel and its two neighbours (a quarter each), along every axis.
pub(crate) fn blur(values: &mut [f32], edges: [usize; 3]) {
    for axis in 0..3 {
        along(edges, axis, |line| {
            let mut before = values[line(0)];
            for i in 0..edges[axis] {
                let here = values[line(i)];
                let after = values[line((i + 1).min(edges[axis] - 1))];
                values[line(i)] = 0.25 * (before + after) + 0.5 * here;
                before = here;
            }
        });
    }
}

/// Hands every line along `axis` to `work`, as the place of its i-th voxel.
pub(crate) fn along(edges: [usize; 3], axis: usize, mut work: impl FnMut(&dyn Fn(usize) -> usize)) {
    let strides = [edges[1] * edges[2], edges[2], 1];
    let (a, b) = ((axis + 1) % 3, (axis + 2) % 3);
    for i in 0..edges[a] {
        for j in 0..edges[b] {
            let start = i * strides[a] + j * strides[b];
            work(&|k| start + k * strides[axis]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EDGES: [usize; 3] = [5, 7, 6];

    /// Of T1 its rank alone, the other way round.
    fn painter() -> Painter {
        let mut weights = vec![0.0; Terms::count(2)];
        weights[1] = -1.0;
        Painter {
            paints: Sequence::Flair,
            from: vec![Sequence::T1, Sequence::T2],
            weights,
            values: vec![-1.0, 0.5, 3.0],
        }
    }

    #[test]
    fn the_values_at_the_ranks_of_the_scores_are_painted_inside_the_brain() {
        let voxels = EDGES.iter().product::<usize>();
        let t1: Vec<f32> = (0..voxels).map(|at| (at * 89 % voxels) as f32).collect();
        let t2 = vec![0.0; voxels];
        let brain: Vec<bool> = (0..voxels).map(|at| at % 4 > 0).collect();
        let found = painter().paint(&[&t1, &t2], &brain, EDGES);
        let mut inside: Vec<(f32, f32)> = (0..voxels)
            .filter(|&at| brain[at])
            .map(|at| (-t1[at], found[at]))
            .collect();
        inside.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let last = inside.len() - 1;
        for (rank, (_, value)) in inside.iter().enumerate() {
            let at = 2.0 * rank as f32 / last as f32;
            let expected = if at < 1.0 {
                -1.0 + 1.5 * at
            } else {
                0.5 + 2.5 * (at - 1.0)
            };
            assert!(
                (value - expected).abs() < 1e-5,
                "{rank}: {value}, {expected}"
            );
        }
        assert!((0..voxels).all(|at| brain[at] || found[at] == 0.0));
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        assert_eq!(painter().check(), Ok(()));
        let wrong: [fn(&mut Painter); 7] = [
            |p| p.from.clear(),
            |p| p.from.reverse(),
            |p| p.from[0] = Sequence::Flair,
            |p| p.weights.truncate(3),
            |p| p.weights[0] = f64::NAN,
            |p| p.values = vec![1.0],
            |p| p.values.reverse(),
        ];
        for spoil in wrong {
            let mut painter = painter();
            spoil(&mut painter);
            assert!(painter.check().is_err(), "{painter:?}");
        }
    }
}
