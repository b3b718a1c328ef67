//! MONAI's numbers for the network that both run.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// To notice a wrong run or another network, not to judge a foreign runtime's rounding, which comes to 1.3e-4
/// in 1.30.0 and is reported. Our own CPU path is held to 1e-4 (`model/tests/parity_web.rs`).
const TOLERANCE: f64 = 1e-3;

#[derive(Deserialize)]
struct File {
    cases: BTreeMap<String, Case>,
}

#[derive(Deserialize)]
struct Case {
    logits: Logits,
}

/// Some of the logits.
#[derive(Deserialize)]
pub(crate) struct Logits {
    shape: Vec<usize>,
    /// By flat index in C order.
    samples: BTreeMap<usize, f64>,
}

impl Logits {
    /// Of the case `fixed/64x64x64`.
    pub(crate) fn read() -> Result<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/mts-unet-fs12.json");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("reading {}", path.display()))?;
        let mut file: File = serde_json::from_str(&text)?;
        let case = file.cases.remove("fixed/64x64x64");
        Ok(case.context("no case fixed/64x64x64")?.logits)
    }

    /// Which to ask for.
    pub(crate) fn indices(&self) -> Vec<usize> {
        self.samples.keys().copied().collect()
    }

    /// Compares the values at [`Logits::indices`] and returns the largest difference.
    pub(crate) fn check(&self, shape: &[usize], values: &[f64]) -> Result<f64> {
        ensure!(
            shape == self.shape && values.len() == self.samples.len(),
            "logits of shape {shape:?} came, not {:?}: is it the backbone at 64³?",
            self.shape
        );
        let mut largest = 0.0_f64;
        for ((index, expected), value) in self.samples.iter().zip(values) {
            let apart = (value - expected).abs();
            ensure!(
                apart < TOLERANCE,
                "logit {index} is {value}, MONAI's is {expected}: the file holds other weights than \
                 tests/golden/mts-unet-fs12.json, or the run went wrong"
            );
            largest = largest.max(apart);
        }
        Ok(largest)
    }
}

#[cfg(test)]
mod tests {
    use super::Logits;

    #[test]
    fn one_wrong_logit_another_shape_and_no_number_are_noticed() {
        let golden = Logits::read().unwrap();
        let right: Vec<f64> = golden.samples.values().copied().collect();
        assert_eq!(golden.check(&[1, 4, 64, 64, 64], &right).unwrap(), 0.0);
        assert!(golden.check(&[1, 3, 64, 64, 64], &right).is_err());
        for wrong in [right[7] + 0.0011, f64::NAN] {
            let mut values = right.clone();
            values[7] = wrong;
            assert!(golden.check(&[1, 4, 64, 64, 64], &values).is_err());
        }
    }
}
