//! What of an evaluation a model card says.

use std::collections::BTreeMap;

use super::{Evaluation, Overall};
use crate::card::{Dice, Measured};
use crate::metrics::{BinarySummary, GradeSummary, Interval, MeanSummary, Region};
use crate::report::{self, Auc};

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

    /// The areas under the curves of the heads' answers.
    #[must_use]
    pub fn card_auc(&self) -> report::Measured {
        let Overall {
            idh,
            codeletion_1p19q,
            grade,
            ..
        } = &self.overall;
        let [all_grades, grade_3_or_2] = grade.as_ref().map_or([None; 2], card_aucs);
        report::Measured {
            idh: idh.as_ref().and_then(card_auc),
            codeletion_1p19q: codeletion_1p19q.as_ref().and_then(card_auc),
            grade: all_grades,
            grade_3_or_2,
        }
    }
}

/// What a card says of a yes-or-no head.
#[must_use]
pub fn card_auc(of: &BinarySummary) -> Option<Auc> {
    area(of.auc, of.ci, of.n)
}

/// What a card says of the grade's head: all three grades, and 3 against 2.
#[must_use]
pub fn card_aucs(of: &GradeSummary) -> [Option<Auc>; 2] {
    let lower = of.three_or_two.as_ref();
    [area(of.macro_auc, of.ci, of.n), lower.and_then(card_auc)]
}

fn area(value: Option<f64>, ci: Option<Interval>, cases: usize) -> Option<Auc> {
    let (value, ci) = value.zip(ci)?;
    Some(Auc {
        value,
        low: ci.low.min(value),
        high: ci.high.max(value),
        patients: cases as u32,
    })
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
