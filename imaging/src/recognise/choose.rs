//! Which of the series of an examination are taken for the four sequences.

use crate::Sequence;

/// Series without a telling name that are worth a look, at most.
const MOST_UNNAMED: usize = 8;

/// A field of view shorter than this, in mm, is a slab's.
const SLAB_MM: f64 = 100.0;

/// What decides between series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Which sequence it is said to be.
    pub guess: Option<Sequence>,
    /// It is none of the four.
    pub is_aside: bool,
    /// It was computed from another series.
    pub is_derived: bool,
    /// It can be read as a volume.
    pub is_volume: bool,
    /// Columns, rows and slices.
    pub dims: [usize; 3],
    /// Between them; `None` where it is no stack.
    pub spacing_mm: Option<[f64; 3]>,
}

impl Candidate {
    /// Less is better: the coarsest of its spacings in mm; what was acquired goes before what was computed, and what
    /// covers a head before a slab.
    fn worth(&self) -> f64 {
        let Some(spacing) = self.spacing_mm else {
            return f64::INFINITY;
        };
        let coarsest = spacing.into_iter().fold(0.0, f64::max);
        let sides = spacing.into_iter().zip(self.dims);
        let shortest_mm = sides
            .map(|(mm, n)| mm * n as f64)
            .fold(f64::INFINITY, f64::min);
        let slab = if shortest_mm < SLAB_MM { 10.0 } else { 0.0 };
        let derived = if self.is_derived { 5.0 } else { 0.0 };
        coarsest + slab + derived
    }
}

/// Places of the series to take: the best of each of [`Sequence::ALL`], in that order; where one of the four is not
/// named, behind them those that may be it.
#[must_use]
pub fn choose(series: &[Candidate]) -> Vec<usize> {
    let by_worth = |a: &usize, b: &usize| series[*a].worth().total_cmp(&series[*b].worth());
    let best = Sequence::ALL.map(|sequence| {
        let of = |at: &usize| series[*at].guess == Some(sequence) && series[*at].is_volume;
        (0..series.len()).filter(of).min_by(by_worth)
    });
    let mut chosen: Vec<usize> = best.into_iter().flatten().collect();
    if best.contains(&None) {
        let may_be = |at: &usize| {
            let one = &series[*at];
            one.guess.is_none() && !one.is_aside && one.is_volume && !one.is_derived
        };
        let mut unnamed: Vec<usize> = (0..series.len()).filter(may_be).collect();
        unnamed.sort_by(by_worth);
        chosen.extend(unnamed.into_iter().take(MOST_UNNAMED));
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(guess: Option<Sequence>, slice_mm: f64, slices: usize) -> Candidate {
        Candidate {
            guess,
            is_aside: false,
            is_derived: false,
            is_volume: true,
            dims: [256, 256, slices],
            spacing_mm: Some([0.9, 0.9, slice_mm]),
        }
    }

    #[test]
    fn the_finest_that_covers_the_head_is_taken_of_each_sequence() {
        use Sequence::{Flair, T1, T1ce, T2};
        let mut all = vec![
            series(Some(T2), 5.5, 26),
            series(Some(T2), 1.0, 60),
            series(Some(T1), 1.0, 176),
            series(Some(T1), 0.9, 200),
            series(Some(Flair), 5.5, 26),
            series(Some(T1ce), 1.0, 176),
            series(None, 1.0, 170),
        ];
        all[3].is_derived = true;
        assert_eq!(choose(&all), [4, 2, 5, 0]);
        // Without a FLAIR by its words, what has none is looked at.
        all[4].guess = None;
        assert_eq!(choose(&all), [2, 5, 0, 6, 4]);
        all[6].is_volume = false;
        assert_eq!(choose(&all), [2, 5, 0, 4]);
        all[4].is_aside = true;
        assert_eq!(choose(&all), [2, 5, 0]);
    }
}
