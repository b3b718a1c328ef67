//! A sequence that is absent, painted from those that are there, as cases that have them all would have it.
//!
//! A voxel's score is a quadratic function of the ranks in and around it in the sequences at hand, of how they differ
//! from those across the midline, and of how near the brain's surface is, by least squares over the brains of such
//! cases; its value is what those have at its rank. Ranks, since z-scores of two scanners do not agree. Depth and
//! midline, since ventricles, which are as dark on T1 and as bright on T2 as many a tumour, are deep and on both sides.
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
    /// What each term counts: a constant; each measure of a voxel; and the products of these two by two.
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
        let terms = Measures::terms(self.from.len());
        if self.weights.len() != terms || self.weights.iter().any(|weight| !weight.is_finite()) {
            let problem = "numbers as weights are needed; `mts painters` makes them anew";
            return Err(format!("{terms} {problem}"));
        }
        let rises = self.values.is_sorted() && self.values.iter().all(|value| value.is_finite());
        if !rises || !(2..=1000).contains(&self.values.len()) {
            return Err("2 to 1000 rising values are needed".into());
        }
        Ok(())
    }

    /// Paints over the voxels of `brain`, of a volume laid out so; 0 outside. `sequences` are [`Self::from`]'s.
    pub(crate) fn paint(&self, sequences: &[&[f32]], brain: &[bool], layout: Layout) -> Vec<f32> {
        let ranked = Measures::of(sequences, brain, layout).ranked(&self.weights);
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

/// How a volume lies in memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// Its edges in voxels, slowest in memory first.
    pub(crate) edges: [usize; 3],
    /// Which of them goes from one side of the head to the other.
    pub(crate) sagittal: usize,
}

impl Layout {
    fn voxel(&self, place: usize) -> [usize; 3] {
        let [_, b, c] = self.edges;
        [place / (b * c), place / c % b, place % c]
    }

    fn place(&self, voxel: [usize; 3]) -> usize {
        let [_, b, c] = self.edges;
        (voxel[0] * b + voxel[1]) * c + voxel[2]
    }
}

/// What is known of the voxels of a brain: of each sequence the rank, its mean nearby and farther around (Gaussians of
/// 1 and 2.2 voxels), and the latter less its mirror image; then the part of what is around (1.4 and 4.2 voxels) that is
/// brain. Nothing else in the volume has a part in it, nor how far the volume reaches.
pub(crate) struct Measures {
    /// The voxels' places in the volume.
    pub(crate) places: Vec<usize>,
    /// `[measure][voxel]`.
    measures: Vec<Vec<f32>>,
}

impl Measures {
    /// How many measures so many sequences have.
    fn count(sequences: usize) -> usize {
        4 * sequences + 2
    }

    /// How many terms so many sequences have: a constant, the measures, and their products two by two.
    pub(crate) fn terms(sequences: usize) -> usize {
        let measures = Self::count(sequences);
        1 + measures + measures * (measures + 1) / 2
    }

    /// Which term is a measure alone: the rank, nearby, around, or that less its mirror image of one of so many
    /// sequences.
    #[cfg(test)]
    pub(crate) fn term(sequences: usize, sequence: usize, measure: usize) -> usize {
        let before = 0..4 * sequence + measure;
        1 + before
            .map(|before| 1 + Self::count(sequences) - before)
            .sum::<usize>()
    }

    /// From the values of sequences.
    pub(crate) fn of(sequences: &[&[f32]], brain: &[bool], layout: Layout) -> Self {
        let places: Vec<usize> = (0..brain.len()).filter(|&at| brain[at]).collect();
        let (layout, at) = with_room(&places, layout);
        let edges = layout.edges;
        let volume = |values: &[f32]| {
            let mut volume = vec![0.0; edges.iter().product()];
            for (&at, &value) in at.iter().zip(values) {
                volume[at] = value;
            }
            volume
        };
        let mirrored = mirrored(&at, layout);
        let mut measures = Vec::with_capacity(Self::count(sequences.len()));
        for values in sequences {
            let ranks = ranks(values, &places);
            let mut around = volume(&ranks);
            measures.push(ranks);
            (0..2).for_each(|_| blur(&mut around, edges, 1));
            measures.push(at.iter().map(|&at| around[at]).collect());
            (0..2).for_each(|_| blur(&mut around, edges, 2));
            measures.push(at.iter().map(|&at| around[at]).collect());
            let both = at.iter().zip(&mirrored);
            let less = both.map(|(&at, there)| around[at] - there.map_or(0.0, |at| around[at]));
            measures.push(less.collect());
        }
        let mut depth = volume(&vec![1.0; places.len()]);
        for (times, step) in [(4, 1), (2, 4)] {
            (0..times).for_each(|_| blur(&mut depth, edges, step));
            measures.push(at.iter().map(|&at| 4.0 * depth[at] - 2.0).collect());
        }
        Self { places, measures }
    }

    /// Puts the terms of a voxel, by its number among [`Self::places`], into `terms`: a constant, then each measure,
    /// followed by its products with itself and with those after it.
    pub(crate) fn put(&self, voxel: usize, terms: &mut Vec<f32>) {
        terms.clear();
        terms.push(1.0);
        for (a, first) in self.measures.iter().enumerate() {
            let first = first[voxel];
            terms.push(first);
            terms.extend(self.measures[a..].iter().map(|b| first * b[voxel]));
        }
    }

    /// The voxels' places by the sum of their terms, each times its weight: lowest first.
    pub(crate) fn ranked(&self, weights: &[f64]) -> Vec<usize> {
        let mut terms = Vec::with_capacity(weights.len());
        let score = |voxel| {
            self.put(voxel, &mut terms);
            let products = terms.iter().zip(weights);
            products.map(|(t, w)| f64::from(*t) * w).sum::<f64>() as f32
        };
        let scores: Vec<f32> = (0..self.places.len()).map(score).collect();
        let order = order(&scores).into_iter();
        order.map(|voxel| self.places[voxel as usize]).collect()
    }
}

/// A box around the voxels at `places`, with room for all that blurs reach, so that it does not matter how closely the
/// volume was cropped; and where they are in it.
fn with_room(places: &[usize], layout: Layout) -> (Layout, Vec<usize>) {
    /// Four blurs of step 1 and two of step 4.
    const ROOM: usize = 12;
    let voxel = |place| layout.voxel(place);
    let first = places.iter().map(|&place| voxel(place));
    let last = places.iter().map(|&place| voxel(place));
    let least = |a: [usize; 3], b: [usize; 3]| std::array::from_fn(|axis| a[axis].min(b[axis]));
    let most = |a: [usize; 3], b: [usize; 3]| std::array::from_fn(|axis| a[axis].max(b[axis]));
    let first = first.reduce(least).unwrap_or_default();
    let last = last.reduce(most).unwrap_or_default();
    let room = Layout {
        edges: std::array::from_fn(|axis| last[axis] - first[axis] + 1 + 2 * ROOM),
        ..layout
    };
    let moved = |&place: &usize| {
        let voxel = voxel(place);
        room.place(std::array::from_fn(|axis| voxel[axis] - first[axis] + ROOM))
    };
    (room, places.iter().map(moved).collect())
}

/// Where each place's mirror image is, about the middle of them all; none where that is outside the volume.
fn mirrored(places: &[usize], layout: Layout) -> Vec<Option<usize>> {
    let Layout { edges, sagittal } = layout;
    let sum: usize = places
        .iter()
        .map(|&place| layout.voxel(place)[sagittal])
        .sum();
    // What a voxel's place along that axis and its mirror image's add up to.
    let both = (2.0 * sum as f64 / places.len().max(1) as f64).round() as usize;
    let mirrored = places.iter().map(|&place| {
        let mut voxel = layout.voxel(place);
        voxel[sagittal] = both.checked_sub(voxel[sagittal])?;
        (voxel[sagittal] < edges[sagittal]).then(|| layout.place(voxel))
    });
    mirrored.collect()
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

/// The mean of each voxel (half) and the two that are `step` away (a quarter each), along every axis; at the ends the
/// outermost stand for those beyond.
pub(crate) fn blur(values: &mut [f32], edges: [usize; 3], step: usize) {
    let mut before = Vec::new();
    for axis in 0..3 {
        let last = edges[axis] - 1;
        along(edges, axis, |line| {
            before.clear();
            before.extend((0..=last).map(|i| values[line(i)]));
            for i in 0..=last {
                let beside = before[i.saturating_sub(step)] + before[(i + step).min(last)];
                values[line(i)] = 0.25 * beside + 0.5 * before[i];
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
    const LAYOUT: Layout = Layout {
        edges: EDGES,
        sagittal: 1,
    };

    /// Of T1 its rank alone, the other way round.
    fn painter() -> Painter {
        let mut weights = vec![0.0; Measures::terms(2)];
        weights[Measures::term(2, 0, 0)] = -1.0;
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
        let found = painter().paint(&[&t1, &t2], &brain, LAYOUT);
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

    /// A shuffle of values, in a brain that reaches farther to one side.
    fn head() -> (Vec<f32>, Vec<bool>) {
        let voxels = EDGES.iter().product::<usize>();
        let values = (0..voxels).map(|at| (at * 89 % voxels) as f32);
        let brain = (0..voxels).map(|at| at % 4 > 0 && at / 6 % 7 != 6);
        (values.collect(), brain.collect())
    }

    fn measures() -> Measures {
        let (values, brain) = head();
        Measures::of(&[&values], &brain, LAYOUT)
    }

    #[test]
    fn the_mirror_image_is_taken_off() {
        let measures = measures();
        let [_, _, around, less, ..] = &measures.measures[..] else {
            panic!("six measures")
        };
        let mut compared = 0;
        for (voxel, &at) in measures.places.iter().enumerate() {
            // The brain is six voxels wide.
            let [x, y, z] = LAYOUT.voxel(at);
            let there = LAYOUT.place([x, 5 - y, z]);
            let Some(there) = measures.places.iter().position(|&place| place == there) else {
                continue;
            };
            let expected = around[voxel] - around[there];
            assert!(
                (less[voxel] - expected).abs() < 1e-6,
                "{}, {expected}",
                less[voxel]
            );
            compared += 1;
        }
        assert!(compared > measures.places.len() / 2);
    }

    #[test]
    fn what_is_mirrored_out_of_the_volume_is_nowhere() {
        let layout = Layout {
            edges: [1, 10, 1],
            sagittal: 1,
        };
        // Their middle is at 11 halves.
        assert_eq!(mirrored(&[0, 8, 9], layout), [None, Some(3), Some(2)]);
        assert_eq!(mirrored(&[0, 1, 9], layout), [Some(7), Some(6), None]);
    }

    #[test]
    fn how_closely_the_volume_is_cropped_does_not_matter() {
        let (values, brain) = head();
        let tight = measures();
        let wide = Layout {
            edges: [25, 9, 40],
            sagittal: 1,
        };
        let voxels = wide.edges.iter().product();
        let (mut more, mut inside) = (vec![7.0; voxels], vec![false; voxels]);
        for (at, (&value, &brain)) in values.iter().zip(&brain).enumerate() {
            let [x, y, z] = LAYOUT.voxel(at);
            let at = wide.place([x + 3, y + 2, z + 31]);
            (more[at], inside[at]) = (value, brain);
        }
        let wide = Measures::of(&[&more], &inside, wide);
        assert_eq!(wide.measures, tight.measures);
    }

    #[test]
    fn depth_is_the_part_of_what_is_around_that_is_brain() {
        // Thirty voxels of brain behind a plane: what counts is how far a voxel is from it.
        let layout = Layout {
            edges: [40, 40, 40],
            sagittal: 1,
        };
        let brain: Vec<bool> = (0..64_000).map(|at| layout.voxel(at)[0] < 30).collect();
        let measures = Measures::of(&[&vec![0.0; brain.len()]], &brain, layout);
        let depths = |x| {
            let place = layout.place([x, 20, 20]);
            let voxel = measures.places.iter().position(|&at| at == place).unwrap();
            [measures.measures[4][voxel], measures.measures[5][voxel]]
        };
        // Sums of binomial coefficients: of 8 by steps of one, and of 4 by steps of four.
        let near = 163.0 / 256.0;
        let far = (4.0 / 256.0 + 6.0 * near + 4.0 + 1.0) / 16.0;
        for (x, expected) in [(0, [near, far]), (15, [1.0, 1.0])] {
            for (found, expected) in depths(x).into_iter().zip(expected) {
                let expected = 4.0 * expected - 2.0;
                assert!((found - expected).abs() < 1e-5, "{x}: {found}, {expected}");
            }
        }
    }

    #[test]
    fn terms_are_a_constant_the_measures_and_their_products() {
        let measures = measures();
        let mut terms = Vec::new();
        measures.put(17, &mut terms);
        assert_eq!(terms.len(), Measures::terms(1));
        assert_eq!(terms[0], 1.0);
        let own = |measure: usize| measures.measures[measure][17];
        for measure in 0..6 {
            assert_eq!(terms[Measures::term(1, 0, measure)], own(measure));
        }
        assert_eq!(terms[Measures::term(1, 0, 2) + 2], own(2) * own(3));
    }

    #[test]
    fn a_blur_takes_in_what_is_a_step_away_along_every_axis() {
        let voxels = EDGES.iter().product::<usize>();
        let values: Vec<f32> = (0..voxels).map(|at| (at * 89 % 211) as f32).collect();
        let at = |place: [usize; 3]| values[(place[0] * 7 + place[1]) * 6 + place[2]];
        for step in [1, 2] {
            let mut found = values.clone();
            blur(&mut found, EDGES, step);
            let mut expected = 0.0;
            // In a corner two of the three along an axis are the corner itself.
            for x in [0, 0, 0, step] {
                for y in [3 - step, 3, 3, 3 + step] {
                    for z in [5 - step, 5, 5, 5] {
                        expected += at([x, y, z]) / 64.0;
                    }
                }
            }
            let found = found[3 * 6 + 5];
            assert!((found - expected).abs() < 1e-3, "{found}, {expected}");
        }
        // Farther than the volume is wide its ends stand for all that is beyond.
        let mut found = [1.0, 2.0, 4.0];
        blur(&mut found, [3, 1, 1], 9);
        assert_eq!(found, [1.75, 2.25, 3.25]);
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
