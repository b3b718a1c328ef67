//! What `mts evaluate` says of a model, `metrics.json`: every case's answers beside the truth, and the
//! measures over all of them. The answers are kept, so that another model can be compared case by case.

mod absent;
mod card;
mod case;
mod compare;
pub mod definitions;
mod overall;
mod without;

use std::collections::BTreeMap;

use imaging::Sequence;
use serde::{Deserialize, Serialize};

use crate::metrics::Bootstrap;
use crate::report::BundleIdentity;

pub use absent::Absent;
pub use card::{card_auc, card_aucs};
pub use case::{Answer, CaseResult, GradeAnswer};
pub use compare::{Difference, compare};
pub use overall::{FROM_ML, HEADS, Head, Overall};
pub use without::Without;

/// The whole of `metrics.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The models that answered: one, or one for each fold.
    pub bundles: Vec<BundleIdentity>,
    /// Sequences that were withheld from the models.
    pub dropped: Vec<Sequence>,
    /// What the measures mean, by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub definitions: BTreeMap<String, String>,
    /// Measures over all cases.
    pub overall: Overall,
    /// The same within each cohort.
    pub by_cohort: BTreeMap<String, Overall>,
    /// What each sequence is worth, by its name, where that was asked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub without: BTreeMap<String, Without>,
    /// Cases that no answer could be had for, which the measures are silent about.
    pub failed: Vec<Failed>,
    /// Each case.
    pub cases: Vec<CaseResult>,
}

/// A case without an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// Its name.
    pub case: String,
    /// What went wrong.
    pub why: String,
}

impl Evaluation {
    /// Measures the cases.
    #[must_use]
    pub fn of(
        bundles: Vec<BundleIdentity>,
        dropped: Vec<Sequence>,
        cases: Vec<CaseResult>,
        failed: Vec<Failed>,
        bootstrap: Bootstrap,
    ) -> Self {
        let mut cohorts: BTreeMap<String, Vec<&CaseResult>> = BTreeMap::new();
        for case in &cases {
            cohorts.entry(case.cohort.clone()).or_default().push(case);
        }
        let by_cohort = cohorts
            .into_iter()
            .map(|(cohort, cases)| (cohort, Overall::of(&cases, bootstrap)))
            .collect();
        Self {
            bundles,
            dropped,
            definitions: definitions::definitions(),
            overall: Overall::of(&cases.iter().collect::<Vec<_>>(), bootstrap),
            by_cohort,
            without: BTreeMap::new(),
            failed,
            cases,
        }
    }
}
