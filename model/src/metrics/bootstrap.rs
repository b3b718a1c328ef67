//! Intervals by drawing patients again and again.

use serde::{Deserialize, Serialize};

use super::random::Random;
use super::surface::percentile;

/// A 95 % interval; `[low, high]` in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f64; 2]", into = "[f64; 2]")]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl From<[f64; 2]> for Interval {
    fn from([low, high]: [f64; 2]) -> Self {
        Self { low, high }
    }
}

impl From<Interval> for [f64; 2] {
    fn from(interval: Interval) -> Self {
        [interval.low, interval.high]
    }
}

/// How to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bootstrap {
    /// How many samples.
    pub draws: usize,
    /// The same seed draws the same samples.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self {
            draws: 2000,
            seed: 20,
        }
    }
}

impl Bootstrap {
    /// The percentile interval of `statistic` over samples of patients drawn with replacement.
    ///
    /// `patients[i]` says whose case `i` is: a patient's cases come or stay away together, since they
    /// are not independent. `statistic` gets the places of the cases drawn, repeated as often as their
    /// patient was. Samples in which it is undefined (an AUC of one class) are left out; `None` where
    /// no sample is left.
    pub fn interval<P: Ord>(
        self,
        patients: &[P],
        mut statistic: impl FnMut(&[usize]) -> Option<f64>,
    ) -> Option<Interval> {
        let mut order: Vec<usize> = (0..patients.len()).collect();
        order.sort_by(|&a, &b| patients[a].cmp(&patients[b]));
        let groups: Vec<&[usize]> = order
            .chunk_by(|&a, &b| patients[a] == patients[b])
            .collect();
        if groups.is_empty() {
            return None;
        }
        let mut random = Random::new(self.seed);
        let mut sample = Vec::with_capacity(patients.len());
        let mut values = Vec::with_capacity(self.draws);
        for _ in 0..self.draws {
            sample.clear();
            for _ in 0..groups.len() {
                sample.extend_from_slice(groups[random.below(groups.len())]);
            }
            values.extend(statistic(&sample));
        }
        values.sort_by(f64::total_cmp);
        Some(Interval {
            low: percentile(&values, 2.5)?,
            high: percentile(&values, 97.5)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patients_cases_are_drawn_together() {
        let patients = ["a", "b", "a", "c"];
        let bootstrap = Bootstrap {
            draws: 200,
            seed: 1,
        };
        bootstrap.interval(&patients, |sample| {
            let count = |place| sample.iter().filter(|&&s| s == place).count();
            assert_eq!(count(0), count(2));
            Some(0.0)
        });
    }

    #[test]
    fn the_interval_of_a_mean_is_near_the_textbooks() {
        // Mean 0, standard error 1/20: 1.96 of them to each side.
        let values: Vec<f64> = (0..400)
            .map(|i| if i % 2 == 0 { 1.0 } else { -1.0 })
            .collect();
        let patients: Vec<usize> = (0..400).collect();
        let mean = |sample: &[usize]| {
            Some(sample.iter().map(|&i| values[i]).sum::<f64>() / sample.len() as f64)
        };
        let found = Bootstrap::default().interval(&patients, mean).unwrap();
        assert!((found.low + 0.098).abs() < 0.01 && (found.high - 0.098).abs() < 0.01);
        assert_eq!(Bootstrap::default().interval(&patients, mean), Some(found));
    }

    #[test]
    fn samples_without_a_value_are_left_out() {
        let none = Bootstrap::default().interval(&[1, 2], |_| None);
        assert_eq!(none, None);
        assert_eq!(
            Bootstrap::default().interval::<u8>(&[], |_| Some(1.0)),
            None
        );
    }
}
