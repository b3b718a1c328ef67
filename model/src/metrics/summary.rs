//! Everything that is said of one head or one region over all cases, as `metrics.json` has it.

use serde::{Deserialize, Serialize};

use super::calibration::{
    BINS, brier, calibration_error, ece, equal_width, negative_log_likelihood,
};
use super::{
    Bootstrap, ClassPrediction, Interval, Prediction, Threshold, accuracy, auc, delong, macro_auc,
    one_against_rest,
};

/// A mean over cases with its bootstrap interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeanSummary {
    /// The mean.
    pub mean: f64,
    /// Its 95 % interval over patients.
    pub ci: Interval,
    /// The smallest of the values.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// How many cases.
    pub n: usize,
}

/// A yes-or-no head over all cases with a label.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BinarySummary {
    /// How many cases.
    pub n: usize,
    /// How many of them are yes.
    pub positive: usize,
    /// Area under the ROC curve; absent where only one answer occurs, like all that rests on it.
    pub auc: Option<f64>,
    /// Its 95 % interval, bootstrap over patients.
    pub ci: Option<Interval>,
    /// Its 95 % interval by DeLong.
    pub delong_ci: Option<Interval>,
    /// At 0.5.
    #[serde(flatten)]
    pub threshold: Threshold,
    /// Brier score.
    pub brier: f64,
    /// Negative log likelihood.
    pub nll: f64,
    /// Calibration error over 15 bins of equal mass.
    pub ece: f64,
    /// The same over 15 bins of equal width.
    pub ece_equal_width: f64,
}

/// The grade head over all cases with a grade.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GradeSummary {
    /// How many cases.
    pub n: usize,
    /// Mean of the three AUCs of one grade against the others; absent where a grade does not occur.
    pub macro_auc: Option<f64>,
    /// Its 95 % interval, bootstrap over patients.
    pub ci: Option<Interval>,
    /// Share of cases whose likeliest grade is the true one.
    pub accuracy: f64,
    /// Grade 4 against 2 and 3.
    pub four: BinarySummary,
    /// Grade 3 against 2, among cases of these, the two probabilities scaled to sum to 1.
    pub three_or_two: Option<BinarySummary>,
}

impl MeanSummary {
    /// The mean of a value a case; `None` without cases.
    #[must_use]
    pub fn of<P: Ord>(values: &[f64], patients: &[P], bootstrap: Bootstrap) -> Option<Self> {
        let mean = |places: &mut dyn Iterator<Item = usize>| {
            let (mut sum, mut n) = (0.0, 0_usize);
            for place in places {
                sum += values[place];
                n += 1;
            }
            (n > 0).then(|| sum / n as f64)
        };
        Some(Self {
            mean: mean(&mut (0..values.len()))?,
            ci: bootstrap.interval(patients, |sample| mean(&mut sample.iter().copied()))?,
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            n: values.len(),
        })
    }
}

impl BinarySummary {
    /// Summarises; `None` without cases.
    #[must_use]
    pub fn of<P: Ord>(
        predictions: &[Prediction],
        patients: &[P],
        bootstrap: Bootstrap,
    ) -> Option<Self> {
        let area = auc(predictions);
        let ci = area
            .and_then(|_| bootstrap.interval(patients, |sample| auc(&drawn(predictions, sample))));
        Some(Self {
            n: predictions.len(),
            positive: predictions.iter().filter(|p| p.truth).count(),
            auc: area,
            ci,
            delong_ci: delong(predictions).map(|d| d.interval()),
            threshold: Threshold::of(predictions),
            brier: brier(predictions)?,
            nll: negative_log_likelihood(predictions)?,
            ece: calibration_error(predictions),
            ece_equal_width: ece(&equal_width(predictions, BINS)),
        })
    }
}

impl GradeSummary {
    /// Summarises classes 0, 1, 2 as grades 2, 3, 4; `None` without cases.
    #[must_use]
    pub fn of<P: Ord + Copy>(
        predictions: &[ClassPrediction],
        patients: &[P],
        bootstrap: Bootstrap,
    ) -> Option<Self> {
        let area = macro_auc(predictions);
        let ci = area.and_then(|_| {
            bootstrap.interval(patients, |sample| macro_auc(&drawn(predictions, sample)))
        });
        let lower = predictions
            .iter()
            .zip(patients)
            .filter(|(p, _)| p.truth < 2);
        let (lower, lower_patients): (Vec<_>, Vec<_>) = lower
            .map(|(p, patient)| {
                let [two, three, _] = p.probabilities;
                let prediction = Prediction {
                    truth: p.truth == 1,
                    probability: three / (two + three).max(f64::MIN_POSITIVE),
                };
                (prediction, *patient)
            })
            .unzip();
        Some(Self {
            n: predictions.len(),
            macro_auc: area,
            ci,
            accuracy: accuracy(predictions)?,
            four: BinarySummary::of(&one_against_rest(predictions, 2), patients, bootstrap)?,
            three_or_two: BinarySummary::of(&lower, &lower_patients, bootstrap),
        })
    }
}

fn drawn<T: Copy>(all: &[T], sample: &[usize]) -> Vec<T> {
    sample.iter().map(|&place| all[place]).collect()
}
