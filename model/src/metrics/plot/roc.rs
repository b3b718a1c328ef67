//! The ROC curve.

use super::frame::Frame;
use crate::metrics::{Prediction, auc};

/// Sensitivity against 1 − specificity at every threshold, with the area; empty axes where only one
/// answer occurs.
#[must_use]
pub fn roc(title: &str, predictions: &[Prediction]) -> String {
    let mut frame = Frame::new(title, "1 − specificity", "sensitivity");
    frame.diagonal();
    if let Some(area) = auc(predictions) {
        frame.line(points(predictions).into_iter());
        frame.note(&format!("AUC {area:.3}, {} cases", predictions.len()));
    }
    frame.finish()
}

/// From (0, 0) to (1, 1), a point where the probability changes: equal ones are passed at once, so that
/// the area under the line is the AUC with ties counting half.
fn points(predictions: &[Prediction]) -> Vec<(f64, f64)> {
    let mut sorted = predictions.to_vec();
    sorted.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    let all = sorted.iter().filter(|p| p.truth).count();
    let (yes, no) = (all as f64, (sorted.len() - all) as f64);
    let (mut right, mut wrong) = (0.0, 0.0);
    let mut points = vec![(0.0, 0.0)];
    for equal in sorted.chunk_by(|a, b| a.probability == b.probability) {
        let hits = equal.iter().filter(|p| p.truth).count();
        right += hits as f64;
        wrong += (equal.len() - hits) as f64;
        points.push((wrong / no, right / yes));
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_under_the_line_is_the_auc() {
        let case = |truth, probability| Prediction { truth, probability };
        let cases = [
            case(true, 0.9),
            case(false, 0.9),
            case(true, 0.5),
            case(false, 0.5),
            case(false, 0.5),
            case(true, 0.5),
            case(false, 0.1),
        ];
        let area: f64 = points(&cases)
            .windows(2)
            .map(|w| (w[1].0 - w[0].0) * (w[0].1 + w[1].1) / 2.0)
            .sum();
        assert!((area - auc(&cases).unwrap()).abs() < 1e-12);
        let svg = roc("IDH <all>", &cases);
        assert!(svg.starts_with("<svg") && svg.contains("IDH &lt;all&gt;"));
        assert!(svg.contains("7 cases"));
    }

    #[test]
    fn one_answer_alone_leaves_the_axes_empty() {
        let only = [Prediction {
            truth: true,
            probability: 0.5,
        }];
        assert!(!roc("x", &only).contains("AUC"));
    }
}
