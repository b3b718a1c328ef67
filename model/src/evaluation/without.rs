//! What a model loses where a sequence is withheld from it, against itself with everything.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CaseResult, Overall};
use crate::metrics::{Bootstrap, MeanSummary, Region};

/// The measures without a sequence, over the cases that have it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Without {
    /// The measures.
    pub overall: Overall,
    /// Dice with everything less Dice without, case by case.
    pub dice_lost: BTreeMap<Region, MeanSummary>,
}

impl Without {
    /// Compares `without` with the same cases among `all`.
    #[must_use]
    pub fn of(all: &[CaseResult], without: &[CaseResult], bootstrap: Bootstrap) -> Self {
        let dice = |case: &CaseResult, region| Some(case.regions.get(&region)?.dice);
        let lost = |region: Region| {
            let pairs = without.iter().filter_map(|less| {
                let whole = all.iter().find(|whole| whole.case == less.case)?;
                let lost = dice(whole, region)? - dice(less, region)?;
                Some((lost, less.patient.as_str()))
            });
            let (values, patients): (Vec<_>, Vec<_>) = pairs.unzip();
            Some((region, MeanSummary::of(&values, &patients, bootstrap)?))
        };
        let cases: Vec<&CaseResult> = without.iter().collect();
        Self {
            overall: Overall::of(&cases, bootstrap),
            dice_lost: Region::ALL.into_iter().filter_map(lost).collect(),
        }
    }
}
