//! The model card: what a reader has to know before believing an answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::report;

/// Where the weights come from, how good they were measured to be, and where they fail.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// False while the weights have learnt nothing: the answer then means nothing.
    pub trained: bool,
    /// One paragraph for a reader.
    pub summary: String,
    /// What it was trained on.
    pub training_data: Vec<TrainingData>,
    /// Measured overlap with experts' segmentations.
    pub dice: Dice,
    /// The same within each collection of cases, by its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dice_by_cohort: BTreeMap<String, Dice>,
    /// Measured areas under the curve of the heads.
    pub auc: report::Measured,
    /// Licence of the weights.
    pub licence: String,
    /// Known ways in which it goes wrong.
    pub failure_modes: Vec<String>,
    /// The day it was made, as ISO 8601.
    pub created: Option<String>,
}

/// One data set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingData {
    /// Its name.
    pub name: String,
    /// Patients used.
    pub cases: u32,
    /// Its licence.
    pub licence: String,
}

/// Dice by nested tumour region; absent where nobody measured it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dice {
    /// Whole tumour.
    pub wt: Option<Measured>,
    /// Tumour core.
    pub tc: Option<Measured>,
    /// Enhancing tumour.
    pub et: Option<Measured>,
}

/// A measured figure with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The estimate, 0 to 1.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Patients it was measured on.
    pub cases: u32,
}

impl Card {
    /// What is wrong with the figures, if anything.
    #[cfg(feature = "network")]
    pub(crate) fn check(&self) -> Result<(), String> {
        let dice = std::iter::once(&self.dice).chain(self.dice_by_cohort.values());
        let dice = dice.flat_map(|dice| [dice.wt, dice.tc, dice.et]).flatten();
        let dice = dice.map(|m| (m.low, m.value, m.high));
        let report::Measured {
            idh,
            codeletion_1p19q,
            grade,
            grade_3_or_2,
        } = self.auc;
        let auc = [idh, codeletion_1p19q, grade, grade_3_or_2];
        let auc = auc.into_iter().flatten().map(|m| (m.low, m.value, m.high));
        for (low, value, high) in dice.chain(auc) {
            if !(0.0 <= low && low <= value && value <= high && high <= 1.0) {
                return Err(format!(
                    "{value} in [{low}, {high}] is no measurement between 0 and 1"
                ));
            }
        }
        Ok(())
    }
}
