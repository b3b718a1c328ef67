//! The measures' means and deviations over the training cases, and which of them are silenced.

use super::cases::{Labelled, Seen};
use crate::network::sited::{MEASURES, OF_SEQUENCES};

/// A deviation below this is none: the measure is the same in all cases and tells nothing.
const LEAST_DEVIATION: f64 = 1e-3;

/// A sequence that fewer training cases have says where a case is from, not what it is: its measures
/// are silenced.
const MOST_ABSENT: f64 = 1.0 / 3.0;

/// What measures are reduced by, and multiplied with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    pub(super) mean: Vec<f32>,
    pub(super) per_deviation: Vec<f32>,
}

impl Scale {
    /// Over these cases, each counting once.
    pub(super) fn of(cases: &[&Labelled]) -> Self {
        let rows: Vec<&Seen> = cases.iter().filter_map(|case| case.seen.first()).collect();
        let count = rows.len().max(1) as f64;
        let mean_of =
            |of: &dyn Fn(&Seen) -> f64| rows.iter().map(|seen| of(seen)).sum::<f64>() / count;
        let silent: Vec<usize> = (0..4)
            .filter(|&sequence| {
                let absent = cases.iter().filter(|case| !case.has[sequence]).count();
                absent as f64 > MOST_ABSENT * count
            })
            .flat_map(|sequence| OF_SEQUENCES.map(|block| block + sequence))
            .collect();
        let mut scale = Self {
            mean: Vec::new(),
            per_deviation: Vec::new(),
        };
        for measure in 0..MEASURES {
            let value = |seen: &Seen| f64::from(seen.measures[measure]);
            let mean = mean_of(&value);
            let deviation = mean_of(&|seen| (value(seen) - mean).powi(2)).sqrt();
            let silenced = deviation < LEAST_DEVIATION || silent.contains(&measure);
            scale.mean.push(mean as f32);
            let factor = if silenced { 0.0 } else { 1.0 / deviation };
            scale.per_deviation.push(factor as f32);
        }
        scale
    }

    /// A case's measures as the heads see them.
    pub(super) fn apply(&self, seen: &Seen) -> Vec<f64> {
        let scaled = seen
            .measures
            .iter()
            .zip(&self.mean)
            .zip(&self.per_deviation);
        scaled
            .map(|((value, mean), factor)| f64::from((value - mean) * factor).clamp(-4.0, 4.0))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(value: f32, has: [bool; 4]) -> Labelled {
        let seen = Seen {
            measures: (0..MEASURES).map(|i| value * i as f32).collect(),
            levels: Vec::new(),
        };
        Labelled {
            patient: String::new(),
            labels: [None; 3],
            seen: vec![seen],
            has,
        }
    }

    #[test]
    fn what_most_cases_lack_is_silenced() {
        let cases = [
            case(1.0, [true, true, true, false]),
            case(3.0, [true, true, true, true]),
            case(5.0, [true; 4]),
            case(7.0, [true, true, true, false]),
        ];
        let scale = Scale::of(&cases.iter().collect::<Vec<_>>());
        let silent: Vec<usize> = (0..MEASURES)
            .filter(|&m| scale.per_deviation[m] == 0.0)
            .collect();
        // Measure 0 is the same in all.
        assert_eq!(silent, [0, 17, 21, 25, 29]);
        let scaled = scale.apply(&cases[3].seen[0]);
        assert!((scaled[1] - 3.0 / 5.0_f64.sqrt()).abs() < 1e-6 && scaled[17] == 0.0);
    }
}
