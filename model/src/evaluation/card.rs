//! What of an evaluation a model card says.

use std::collections::BTreeMap;

use super::{Evaluation, Overall};
use crate::card::{Dice, Measured};
use crate::metrics::{MeanSummary, Region};

impl Evaluation {
    /// Dice over all cases that have the region.
    #[must_use]
    pub fn card_dice(&self) -> Dice {
        dice(&self.overall)
    }

    /// The same within each cohort, where there are several.
    #[must_use]
    pub fn card_dice_by_cohort(&self) -> BTreeMap<String, Dice> {
        let several = self.by_cohort.len() > 1;
        let of = |(name, overall): (&String, _)| (name.clone(), dice(overall));
        self.by_cohort.iter().filter(|_| several).map(of).collect()
    }
}

fn dice(overall: &Overall) -> Dice {
    // A region that a case does not have is right or wrong, not more or less so.
    let of = |region| -> Option<Measured> {
        let MeanSummary { mean, ci, n, .. } = overall.dice_where_present.get(&region)?;
        Some(Measured {
            value: *mean,
            low: ci.low,
            high: ci.high,
            cases: *n as u32,
        })
    };
    Dice {
        wt: of(Region::Wt),
        tc: of(Region::Tc),
        et: of(Region::Et),
    }
}
