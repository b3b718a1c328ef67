//! How sure an answer may sound, from predictions that no case has made for itself.

use crate::bundle::LEAST_SURE;

/// Share of right answers that is asked for outside the band of *not sure*.
const RIGHT: f64 = 0.8;

/// Fewer answers than this outside the band prove nothing.
const LEAST_ANSWERS: usize = 10;

/// Softmax of logits / temperature.
#[must_use]
pub fn probabilities(logits: &[f64], temperature: f64) -> Vec<f64> {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exponentials = logits.iter().map(|l| ((l - largest) / temperature).exp());
    let exponentials: Vec<f64> = exponentials.collect();
    let sum: f64 = exponentials.iter().sum();
    exponentials.iter().map(|e| e / sum).collect()
}

/// How a head's logits become probabilities: softmax((logits + shifts) / temperature).
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// Above 1 where the head is surer than it is right.
    pub temperature: f64,
    /// One a class: where the head says a class too often or too seldom.
    pub shifts: Vec<f64>,
}

/// Prior deviation of the temperature's logarithm and of a class's shift: a likelihood that a hundred
/// patients already bound needs a nudge, and they do not bear more.
const CALIBRATION_DEVIATION: f64 = 0.25;

/// One parameter after the other, so often.
const SWEEPS: usize = 8;

impl Calibration {
    /// Changes nothing.
    #[must_use]
    pub fn none(classes: usize) -> Self {
        Self {
            temperature: 1.0,
            shifts: vec![0.0; classes],
        }
    }

    /// The likeliest (Guo 2017, with a prior) by answers that no case has helped to learn; each case
    /// has `repeats` of them, and counts once.
    #[must_use]
    pub fn of(answers: &[(Vec<f64>, usize)], classes: usize, repeats: usize) -> Self {
        let mut logarithm = 0.0;
        let mut shifts = vec![0.0; classes];
        let loss =
            |logarithm: f64, shifts: &[f64]| penalised(answers, logarithm, shifts, repeats.max(1));
        for _ in 0..SWEEPS {
            logarithm = lowest(|logarithm| loss(logarithm, &shifts));
            for class in 0..classes {
                shifts[class] = lowest(|shift| {
                    let mut shifts = shifts.clone();
                    shifts[class] = shift;
                    loss(logarithm, &shifts)
                });
            }
        }
        let temperature = f64::exp(logarithm);
        Self {
            temperature,
            shifts: shifts.into_iter().map(|s| s * temperature).collect(),
        }
    }

    /// The probabilities of a head's logits.
    #[must_use]
    pub fn apply(&self, logits: &[f64]) -> Vec<f64> {
        let shifted = logits.iter().zip(&self.shifts).map(|(l, shift)| l + shift);
        probabilities(&shifted.collect::<Vec<_>>(), self.temperature)
    }
}

/// The likeliest temperature alone, by one answer a case.
#[must_use]
pub(super) fn temperature(answers: &[(Vec<f64>, usize)]) -> f64 {
    lowest(|logarithm| penalised(answers, logarithm, &[], 1)).exp()
}

/// What is to be low: the cost of a case's answers together, and of a calibration far from none.
fn penalised(answers: &[(Vec<f64>, usize)], logarithm: f64, shifts: &[f64], repeats: usize) -> f64 {
    let squares = logarithm * logarithm + shifts.iter().map(|s| s * s).sum::<f64>();
    cost(answers, logarithm.exp(), shifts) / repeats as f64
        + squares / (2.0 * CALIBRATION_DEVIATION * CALIBRATION_DEVIATION)
}

/// Sum of −ln of what the labels were given by softmax(logits / temperature + shifts).
pub(super) fn cost(answers: &[(Vec<f64>, usize)], temperature: f64, shifts: &[f64]) -> f64 {
    let of = |(logits, label): &(Vec<f64>, usize)| {
        let shifts = shifts.iter().chain(std::iter::repeat(&0.0));
        let logits = logits.iter().zip(shifts).map(|(l, s)| l / temperature + s);
        -probabilities(&logits.collect::<Vec<_>>(), 1.0)[*label]
            .max(1e-12)
            .ln()
    };
    answers.iter().map(of).sum()
}

/// Where a function with one valley is lowest, between −2 and 2, by golden section.
fn lowest(of: impl Fn(f64) -> f64) -> f64 {
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (-2.0, 2.0);
    for _ in 0..25 {
        let (a, b) = (high - golden * (high - low), low + golden * (high - low));
        if of(a) < of(b) {
            high = b;
        } else {
            low = a;
        }
    }
    0.5 * (low + high)
}

/// The probability of the likeliest class from which it is answered: the least from which on at least
/// four in five answers are right, and [`LEAST_SURE`] at least; 1 where there is none, or too few
/// answers to tell.
#[must_use]
pub fn sure_from(answers: &[(Vec<f64>, usize)]) -> f64 {
    let mut sorted: Vec<(f64, bool)> = answers.iter().map(surest).collect();
    sorted.retain(|(p, _)| *p >= LEAST_SURE);
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    for start in 0..sorted.len().saturating_sub(LEAST_ANSWERS - 1) {
        let kept = &sorted[start..];
        // Whoever is as sure is kept too.
        if start > 0 && sorted[start - 1].0 >= kept[0].0 {
            continue;
        }
        let right = kept.iter().filter(|(_, right)| *right).count();
        if right as f64 >= RIGHT * kept.len() as f64 {
            return if start == 0 { LEAST_SURE } else { kept[0].0 };
        }
    }
    1.0
}

/// The largest probability, and whether it is the truth's.
pub(super) fn surest((probabilities, label): &(Vec<f64>, usize)) -> (f64, bool) {
    let mut best = 0;
    for (class, p) in probabilities.iter().enumerate() {
        if *p > probabilities[best] {
            best = class;
        }
    }
    (probabilities[best], best == *label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overconfident_logits_are_cooled_to_what_was_seen() {
        // Three in four are right, whatever the size of the logits: e^(4/T) = 3. So many cases that the
        // prior says nothing.
        let answers: Vec<_> = (0..40_000)
            .map(|i| {
                let right = i % 4 > 0;
                let label = usize::from(i % 8 > 3);
                let logits = [[4.0, 0.0], [0.0, 4.0]][if right { label } else { 1 - label }];
                (logits.to_vec(), label)
            })
            .collect();
        let found = Calibration::of(&answers, 2, 1);
        assert!(
            (found.temperature - 4.0 / 3.0_f64.ln()).abs() < 0.02,
            "{found:?}"
        );
        assert!((found.apply(&[0.0, 4.0])[1] - 0.75).abs() < 0.002);
    }

    #[test]
    fn a_class_said_too_seldom_is_shifted() {
        // Half are yes, a fifth is said.
        let answers: Vec<_> = (0..40_000)
            .map(|i| (vec![0.8_f64.ln(), 0.2_f64.ln()], usize::from(i % 2 == 0)))
            .collect();
        let found = Calibration::of(&answers, 2, 1);
        let p = found.apply(&answers[0].0);
        assert!((p[1] - 0.5).abs() < 0.01, "{p:?}");
        // Ten cases, four times each, prove little.
        let few = Calibration::of(&answers[..40], 2, 4).apply(&answers[0].0);
        assert!(few[1] > 0.2 && few[1] < 0.4, "{few:?}");
    }

    #[test]
    fn the_band_is_the_smallest_that_is_right_often_enough() {
        // Right from 0.8 on; below, every second.
        let answers: Vec<_> = (0..60)
            .map(|i| {
                let p = 0.5 + f64::from(i) / 120.0;
                (vec![1.0 - p, p], usize::from(i >= 36 || i % 2 == 0))
            })
            .collect();
        let from = sure_from(&answers);
        let kept: Vec<_> = answers.iter().filter(|(p, _)| p[1] >= from).collect();
        let right = kept.iter().filter(|(_, label)| *label == 1).count();
        assert!(
            right as f64 >= 0.8 * kept.len() as f64 && kept.len() > 36 && from > 0.65,
            "{from}"
        );
        let wrong: Vec<_> = (0..20).map(|_| (vec![0.1, 0.9], 0)).collect();
        assert_eq!(sure_from(&wrong), 1.0);
        assert_eq!(sure_from(&answers[50..54]), 1.0);
        // All are right, and those below three fifths are not sure all the same.
        let right: Vec<_> = answers.iter().map(|(p, _)| (p.clone(), 1)).collect();
        assert_eq!(sure_from(&right), 0.6);
        // Alike answers stand or fall together, though the last ten of these are right.
        let alike: Vec<_> = (0..40)
            .map(|i| (vec![0.4, 0.6], usize::from(i >= 30)))
            .collect();
        assert_eq!(sure_from(&alike), 1.0);
    }
}
