//! The calibration plot.

use super::frame::Frame;
use crate::metrics::{Prediction, calibration_error, equal_mass};

/// Bins of the plot; fewer than the error's fifteen, so that a point stands for enough cases.
const BINS: usize = 10;

/// Observed share against predicted probability in ten bins of equal mass, a disc's area growing with
/// its cases, with the calibration error over fifteen.
#[must_use]
pub fn calibration(title: &str, predictions: &[Prediction]) -> String {
    let mut frame = Frame::new(title, "predicted probability", "observed share");
    frame.diagonal();
    let bins = equal_mass(predictions, BINS);
    frame.line(bins.iter().map(|bin| (bin.probability, bin.observed)));
    for bin in &bins {
        let share = bin.cases as f64 / predictions.len() as f64;
        frame.disc(
            (bin.probability, bin.observed),
            3.0 + 8.0 * share.sqrt(),
            &format!("{} cases", bin.cases),
        );
    }
    if !predictions.is_empty() {
        let error = calibration_error(predictions);
        frame.note(&format!("ECE {error:.3}, {} cases", predictions.len()));
    }
    frame.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bin_is_a_disc() {
        let cases: Vec<_> = (0..40)
            .map(|i| Prediction {
                truth: i % 3 == 0,
                probability: f64::from(i) / 40.0,
            })
            .collect();
        let svg = calibration("grade 4", &cases);
        assert_eq!(svg.matches("<circle").count(), 10);
        assert!(svg.contains("40 cases") && svg.ends_with("</svg>\n"));
        assert!(!calibration("none", &[]).contains("NaN"));
    }
}
