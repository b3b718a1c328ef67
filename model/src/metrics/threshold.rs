//! What is right and wrong once a probability has become yes or no.

use serde::{Deserialize, Serialize};

use super::Prediction;

/// Shares of right answers where a probability of at least 0.5 counts as yes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// Of all cases.
    pub accuracy: Option<f64>,
    /// Of those whose answer is yes.
    pub sensitivity: Option<f64>,
    /// Of those whose answer is no.
    pub specificity: Option<f64>,
}

impl Threshold {
    /// Counts; a share of no cases is `None`.
    #[must_use]
    pub fn of(predictions: &[Prediction]) -> Self {
        let right = |among: &dyn Fn(&Prediction) -> bool| {
            let (mut right, mut all) = (0_u32, 0_u32);
            for p in predictions.iter().filter(|p| among(p)) {
                all += 1;
                right += u32::from((p.probability >= 0.5) == p.truth);
            }
            (all > 0).then(|| f64::from(right) / f64::from(all))
        };
        Self {
            accuracy: right(&|_| true),
            sensitivity: right(&|p| p.truth),
            specificity: right(&|p| !p.truth),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_share_is_of_its_own_cases() {
        let case = |truth, probability| Prediction { truth, probability };
        let cases = [
            case(true, 0.5),
            case(true, 0.2),
            case(true, 0.9),
            case(false, 0.5),
        ];
        let found = Threshold::of(&cases);
        assert_eq!(found.accuracy, Some(0.5));
        assert_eq!(found.sensitivity, Some(2.0 / 3.0));
        assert_eq!(found.specificity, Some(0.0));
        assert_eq!(Threshold::of(&cases[..3]).specificity, None);
    }
}
