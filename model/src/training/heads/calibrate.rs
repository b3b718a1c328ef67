//! How sure an answer may sound, from predictions that no case has made for itself.

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

/// The temperature that makes the labels likeliest (Guo 2017), between 1/8 and 8; 1 without cases.
#[must_use]
pub fn temperature(answers: &[(Vec<f64>, usize)]) -> f64 {
    if answers.is_empty() {
        return 1.0;
    }
    let cost = |logarithm: f64| -> f64 {
        let costs = answers.iter().map(|(logits, label)| {
            -probabilities(logits, logarithm.exp())[*label]
                .max(1e-12)
                .ln()
        });
        costs.sum()
    };
    // Golden section: the cost has one valley.
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (-(8.0_f64.ln()), 8.0_f64.ln());
    for _ in 0..50 {
        let (a, b) = (high - golden * (high - low), low + golden * (high - low));
        if cost(a) < cost(b) {
            high = b;
        } else {
            low = a;
        }
    }
    (0.5 * (low + high)).exp()
}

/// The probability of the likeliest class from which it is answered: the least from which on at least
/// four in five answers are right; 1 where there is none, or too few answers to tell.
#[must_use]
pub fn sure_from(answers: &[(Vec<f64>, usize)]) -> f64 {
    let mut sorted: Vec<(f64, bool)> = answers.iter().map(surest).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    for start in 0..sorted.len().saturating_sub(LEAST_ANSWERS - 1) {
        let kept = &sorted[start..];
        let right = kept.iter().filter(|(_, right)| *right).count();
        if right as f64 >= RIGHT * kept.len() as f64 {
            return if start == 0 { 0.0 } else { kept[0].0 };
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
        // Three in four are right, whatever the size of the logits: e^(4/T) = 3.
        let answers: Vec<_> = (0..40)
            .map(|i| (vec![0.0, 4.0], usize::from(i % 4 > 0)))
            .collect();
        assert!((temperature(&answers) - 4.0 / 3.0_f64.ln()).abs() < 1e-4);
    }

    #[test]
    fn the_band_is_the_smallest_that_is_right_often_enough() {
        // Right from 0.7 on; below, every second.
        let answers: Vec<_> = (0..40)
            .map(|i| {
                let p = 0.5 + f64::from(i) / 100.0;
                (vec![1.0 - p, p], usize::from(i >= 20 || i % 2 == 0))
            })
            .collect();
        let from = sure_from(&answers);
        let kept: Vec<_> = answers.iter().filter(|(p, _)| p[1] >= from).collect();
        let right = kept.iter().filter(|(_, label)| *label == 1).count();
        assert!(
            right as f64 >= 0.8 * kept.len() as f64 && kept.len() > 30,
            "{from}"
        );
        let wrong: Vec<_> = (0..20).map(|_| (vec![0.1, 0.9], 0)).collect();
        assert_eq!(sure_from(&wrong), 1.0);
        assert_eq!(sure_from(&answers[30..34]), 1.0);
    }
}
