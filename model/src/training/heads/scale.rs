//! The measures' means and deviations over the training cases, and which of them are silenced.
//!
//! Which measures a head may read is decided without its labels: a measure counts if, inside the
//! predicted tumour, it agrees with the same measure inside an expert's outline. Of the first network's
//! predictions place, size and brightness did (correlation 0.75 to 0.95), surface and spread did not
//! (about 0): false pieces far from the tumour spoil them. A better segmentation gets more measures.

use super::cases::Labelled;
use crate::network::sited::{MEASURES, OF_SEQUENCES};

/// A deviation below this is none: the measure is the same in all cases and tells nothing.
const LEAST_DEVIATION: f64 = 1e-3;

/// A sequence that more training cases lack says where a case is from, not what it is: its measures
/// are silenced.
const MOST_ABSENT: f64 = 1.0 / 3.0;

/// A measure that agrees less with the experts' is silenced: less than a quarter of what it says would
/// be the tumour's.
const LEAST_AGREEMENT: f64 = 0.5;

/// With fewer outlines nothing is said of agreement.
const LEAST_OUTLINES: usize = 20;

/// No measure counts as further than this from the mean, as in the network.
const FARTHEST: f64 = 4.0;

/// What measures are reduced by, and multiplied with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    pub(super) mean: Vec<f32>,
    pub(super) per_deviation: Vec<f32>,
}

impl Scale {
    /// Of what the network saw of these cases, each counting once.
    pub(super) fn of(cases: &[&Labelled]) -> Self {
        let rows = cases.iter().filter_map(|case| case.seen.first());
        let rows: Vec<&[f32]> = rows.map(|seen| seen.measures.as_slice()).collect();
        let mut scale = Self::plain(&rows, cases);
        let both = |case: &&Labelled| {
            let outline = case.outline.clone()?;
            Some((case.seen.first()?.measures.clone(), outline))
        };
        let both: Vec<(Vec<f32>, Vec<f32>)> = cases.iter().filter_map(both).collect();
        if both.len() >= LEAST_OUTLINES {
            for (measure, factor) in scale.per_deviation.iter_mut().enumerate() {
                let pairs = both.iter();
                let pairs = pairs.map(|(a, b)| (f64::from(a[measure]), f64::from(b[measure])));
                if correlation(&pairs.collect::<Vec<_>>()) < LEAST_AGREEMENT {
                    *factor = 0.0;
                }
            }
        }
        scale
    }

    /// Of the measures inside the experts' outlines; cases without one count for nothing.
    pub(super) fn of_outlines(cases: &[&Labelled]) -> Self {
        let rows = cases.iter().filter_map(|case| case.outline.as_deref());
        Self::plain(&rows.collect::<Vec<_>>(), cases)
    }

    fn plain(rows: &[&[f32]], cases: &[&Labelled]) -> Self {
        let count = rows.len().max(1) as f64;
        let mean_of =
            |of: &dyn Fn(&[f32]) -> f64| rows.iter().map(|row| of(row)).sum::<f64>() / count;
        let [.., presence] = OF_SEQUENCES;
        let silent: Vec<usize> = (0..4)
            .filter(|&sequence| {
                let absent = cases.iter().filter(|case| !case.has[sequence]).count();
                absent as f64 > MOST_ABSENT * cases.len() as f64
            })
            .flat_map(|sequence| OF_SEQUENCES.map(|block| block + sequence))
            // Which sequences a case has is the hospital's doing, not the tumour's.
            .chain(presence..presence + 4)
            .collect();
        let mut scale = Self {
            mean: Vec::new(),
            per_deviation: Vec::new(),
        };
        for measure in 0..MEASURES {
            let value = |row: &[f32]| f64::from(row[measure]);
            let mean = mean_of(&value);
            let deviation = mean_of(&|row| (value(row) - mean).powi(2)).sqrt();
            let silenced = deviation < LEAST_DEVIATION || silent.contains(&measure);
            scale.mean.push(mean as f32);
            let factor = if silenced { 0.0 } else { 1.0 / deviation };
            scale.per_deviation.push(factor as f32);
        }
        scale
    }

    /// Measures as the heads see them.
    pub(super) fn apply(&self, measures: &[f32]) -> Vec<f64> {
        let scaled = measures.iter().zip(&self.mean).zip(&self.per_deviation);
        scaled
            .map(|((value, mean), factor)| {
                f64::from((value - mean) * factor).clamp(-FARTHEST, FARTHEST)
            })
            .collect()
    }
}

/// Pearson's; 0 where one of the two is the same in all.
fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len().max(1) as f64;
    let mean = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
    let (a, b) = (mean(&|p| p.0), mean(&|p| p.1));
    let spread = (mean(&|p| (p.0 - a).powi(2)) * mean(&|p| (p.1 - b).powi(2))).sqrt();
    if spread < LEAST_DEVIATION * LEAST_DEVIATION {
        0.0
    } else {
        mean(&|p| (p.0 - a) * (p.1 - b)) / spread
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::heads::Seen;

    fn case(value: f32, has: [bool; 4], outline: Option<Vec<f32>>) -> Labelled {
        let seen = Seen {
            measures: (0..MEASURES).map(|i| value * i as f32).collect(),
            levels: Vec::new(),
            unweighted: Vec::new(),
        };
        Labelled {
            patient: String::new(),
            labels: [None; 3],
            seen: vec![seen],
            has,
            outline,
        }
    }

    fn silent(scale: &Scale) -> Vec<usize> {
        let all = 0..MEASURES;
        all.filter(|&m| scale.per_deviation[m] == 0.0).collect()
    }

    #[test]
    fn what_most_cases_lack_and_what_cases_have_is_silenced() {
        let cases = [
            case(1.0, [true, true, true, false], None),
            case(3.0, [true, true, true, true], None),
            case(5.0, [true; 4], None),
            case(7.0, [true, true, true, false], None),
        ];
        let scale = Scale::of(&cases.iter().collect::<Vec<_>>());
        // Measure 0 is the same in all.
        assert_eq!(silent(&scale), [0, 17, 21, 25, 26, 27, 28, 29]);
        let scaled = scale.apply(&cases[3].seen[0].measures);
        assert!((scaled[1] - 3.0 / 5.0_f64.sqrt()).abs() < 1e-6 && scaled[17] == 0.0);
    }

    #[test]
    fn what_no_expert_would_have_measured_is_silenced() {
        // Inside the outlines measure 6 goes up and down, and 3 is not known; all others agree.
        let cases: Vec<Labelled> = (0_u8..24)
            .map(|i| {
                let value = f32::from(i);
                let mut outline: Vec<f32> = (0..MEASURES).map(|m| value * m as f32).collect();
                outline[6] = f32::from(i % 2);
                outline[3] = 0.0;
                case(value, [true; 4], Some(outline))
            })
            .collect();
        let cases: Vec<&Labelled> = cases.iter().collect();
        let scale = Scale::of(&cases);
        assert_eq!(silent(&scale), [0, 3, 6, 26, 27, 28, 29]);
        // A few outlines prove nothing.
        assert!(Scale::of(&cases[..10]).per_deviation[6] > 0.0);
    }
}
