//! Questions with three answers, as one against the rest.

use super::{Prediction, auc};

/// One case's probabilities for three answers, beside the truth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassPrediction {
    /// Which of the three is true: 0, 1 or 2.
    pub truth: usize,
    /// The probability given to each.
    pub probabilities: [f64; 3],
}

/// The same cases as a question for one of the three answers.
#[must_use]
pub fn one_against_rest(predictions: &[ClassPrediction], class: usize) -> Vec<Prediction> {
    predictions
        .iter()
        .map(|p| Prediction {
            truth: p.truth == class,
            probability: p.probabilities[class],
        })
        .collect()
}

/// Mean of the three AUCs of one answer against the rest; `None` where one of the answers is nobody's
/// (the mean of the others would be another measure).
#[must_use]
pub fn macro_auc(predictions: &[ClassPrediction]) -> Option<f64> {
    let mut sum = 0.0;
    for class in 0..3 {
        sum += auc(&one_against_rest(predictions, class))?;
    }
    Some(sum / 3.0)
}

/// Share of cases whose likeliest answer is the true one, the first of equally likely ones counting;
/// `None` without cases.
#[must_use]
pub fn accuracy(predictions: &[ClassPrediction]) -> Option<f64> {
    let likeliest = |p: &ClassPrediction| {
        (0..3).fold(0, |best, class| {
            if p.probabilities[class] > p.probabilities[best] {
                class
            } else {
                best
            }
        })
    };
    let right = predictions.iter().filter(|p| likeliest(p) == p.truth);
    (!predictions.is_empty()).then(|| right.count() as f64 / predictions.len() as f64)
}
