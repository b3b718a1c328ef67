//! Whether a probability means what it says.

use super::Prediction;
use super::random::Random;

/// Bins of a summary's calibration error.
pub(super) const BINS: usize = 15;

/// No probability counts as surer than this, so that one sure mistake does not cost infinity.
const LEAST_PROBABILITY: f64 = 1e-15;

/// Cases whose probabilities lie together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// How many.
    pub cases: usize,
    /// Mean of their probabilities.
    pub probability: f64,
    /// Share whose answer is yes.
    pub observed: f64,
}

/// Mean squared distance of probability and truth (Brier 1950); `None` without cases.
#[must_use]
pub fn brier(predictions: &[Prediction]) -> Option<f64> {
    mean(predictions, |p| {
        (p.probability - f64::from(u8::from(p.truth))).powi(2)
    })
}

/// Mean of −ln of the probability that the truth was given; `None` without cases.
#[must_use]
pub fn negative_log_likelihood(predictions: &[Prediction]) -> Option<f64> {
    mean(predictions, |p| {
        let given = if p.truth {
            p.probability
        } else {
            1.0 - p.probability
        };
        -given.max(LEAST_PROBABILITY).ln()
    })
}

/// Bins of equal width over 0 to 1; those without cases are left out.
#[must_use]
pub fn equal_width(predictions: &[Prediction], bins: usize) -> Vec<Bin> {
    let mut members = vec![Vec::new(); bins.max(1)];
    for prediction in predictions {
        let place = (prediction.probability * bins as f64) as usize;
        members[place.min(bins.max(1) - 1)].push(*prediction);
    }
    members.iter().filter_map(|members| bin(members)).collect()
}

/// Bins of equally many cases, as nearly as that can be: equal probabilities are never parted, since
/// which of them came first means nothing.
#[must_use]
pub fn equal_mass(predictions: &[Prediction], bins: usize) -> Vec<Bin> {
    let mut sorted = predictions.to_vec();
    sorted.sort_by(|a, b| a.probability.total_cmp(&b.probability));
    let mut found = Vec::with_capacity(bins);
    let mut start = 0;
    for i in 1..=bins {
        let mut end = (i * sorted.len() / bins).max(start);
        while end > start
            && end < sorted.len()
            && sorted[end].probability == sorted[end - 1].probability
        {
            end += 1;
        }
        found.extend(bin(&sorted[start..end]));
        start = end;
    }
    found
}

/// Expected calibration error: the distance of what was said and what was seen, over the bins, each
/// counting as much as it has cases (Naeini 2015; of the probability of yes, not of the likelier
/// answer). 0 without cases.
#[must_use]
pub fn ece(bins: &[Bin]) -> f64 {
    let cases: usize = bins.iter().map(|bin| bin.cases).sum();
    let gaps = bins
        .iter()
        .map(|bin| bin.cases as f64 * (bin.probability - bin.observed).abs());
    gaps.sum::<f64>() / cases.max(1) as f64
}

/// The calibration error that summaries give: [`ece`] over [`BINS`] bins of equal mass.
#[must_use]
pub fn calibration_error(predictions: &[Prediction]) -> f64 {
    ece(&equal_mass(predictions, BINS))
}

/// What [`calibration_error`] would be on average, were every probability
/// exactly right: with few cases a bin's share lies beside its probability by luck alone. `None` without
/// cases. Two hundred draws of the truths.
#[must_use]
pub fn ece_of_luck(predictions: &[Prediction]) -> Option<f64> {
    const DRAWS: usize = 200;
    if predictions.is_empty() {
        return None;
    }
    let mut random = Random::new(1);
    let mut drawn = || {
        // 53 bits: a number from 0 to 1.
        let mut truth =
            |p: &Prediction| ((random.next() >> 11) as f64) * 2.0_f64.powi(-53) < p.probability;
        let drawn = predictions.iter().map(|p| Prediction {
            truth: truth(p),
            probability: p.probability,
        });
        calibration_error(&drawn.collect::<Vec<_>>())
    };
    let sum: f64 = (0..DRAWS).map(|_| drawn()).sum();
    Some(sum / DRAWS as f64)
}

fn bin(members: &[Prediction]) -> Option<Bin> {
    Some(Bin {
        cases: members.len(),
        probability: mean(members, |p| p.probability)?,
        observed: mean(members, |p| f64::from(u8::from(p.truth)))?,
    })
}

fn mean(predictions: &[Prediction], of: impl Fn(&Prediction) -> f64) -> Option<f64> {
    let sum: f64 = predictions.iter().map(of).sum();
    (!predictions.is_empty()).then(|| sum / predictions.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn predictions(of: &[(bool, f64)]) -> Vec<Prediction> {
        of.iter()
            .map(|&(truth, probability)| Prediction { truth, probability })
            .collect()
    }

    #[test]
    fn a_sure_mistake_costs_much_but_not_infinity() {
        let nll = negative_log_likelihood(&predictions(&[(true, 0.0), (false, 0.5)])).unwrap();
        let expected = (-(LEAST_PROBABILITY.ln()) + 2.0_f64.ln()) / 2.0;
        assert!((nll - expected).abs() < 1e-12);
        assert_eq!(
            brier(&predictions(&[(true, 0.0), (false, 0.5)])),
            Some(0.625)
        );
        assert_eq!((brier(&[]), negative_log_likelihood(&[])), (None, None));
    }

    #[test]
    fn the_last_bin_holds_certainty() {
        let bins = equal_width(&predictions(&[(true, 1.0), (true, 0.95), (false, 0.0)]), 10);
        assert_eq!(bins.iter().map(|b| b.cases).collect::<Vec<_>>(), [1, 2]);
        assert!((ece(&bins) - 0.05 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn luck_alone_makes_a_calibration_error_that_shrinks_with_the_cases() {
        let of = |n: usize| {
            let p = |i: usize| 0.5 + 0.4 * (i as f64 / n as f64 - 0.5);
            let all = (0..n).map(|i| Prediction {
                truth: true,
                probability: p(i),
            });
            ece_of_luck(&all.collect::<Vec<_>>()).unwrap()
        };
        // Six a bin: √(p(1 − p)/6)·√(2/π) is 0.16 at p = 0.5.
        assert!((of(90) - 0.16).abs() < 0.02, "{}", of(90));
        assert!(of(9000) < 0.02);
        assert_eq!(ece_of_luck(&[]), None);
    }

    #[test]
    fn bins_of_equal_mass_never_part_equal_probabilities() {
        let of = predictions(&[
            (true, 0.5),
            (false, 0.5),
            (true, 0.5),
            (false, 0.7),
            (true, 0.9),
        ]);
        let bins = equal_mass(&of, 5);
        assert_eq!(bins.iter().map(|b| b.cases).collect::<Vec<_>>(), [3, 1, 1]);
        let gap = 3.0 * (0.5_f64 - 2.0 / 3.0).abs() + 0.7 + 0.1;
        assert!((ece(&bins) - gap / 5.0).abs() < 1e-12);
        assert_eq!(ece(&equal_mass(&[], 15)), 0.0);
    }
}
