//! The area under the ROC curve, from ranks.

use super::Prediction;
use super::ranks::midranks;

/// The probability that a case whose answer is yes scores above one whose answer is no, ties counting
/// half (Mann-Whitney U over the number of pairs); `None` where one of the two kinds is missing.
#[must_use]
pub fn auc(predictions: &[Prediction]) -> Option<f64> {
    let yes = predictions.iter().filter(|p| p.truth).count();
    let no = predictions.len() - yes;
    if yes == 0 || no == 0 {
        return None;
    }
    let scores: Vec<f64> = predictions.iter().map(|p| p.probability).collect();
    let ranks: f64 = midranks(&scores)
        .iter()
        .zip(predictions)
        .filter(|(_, p)| p.truth)
        .map(|(rank, _)| rank)
        .sum();
    let (yes, no) = (yes as f64, no as f64);
    Some((ranks - yes * (yes + 1.0) / 2.0) / (yes * no))
}
