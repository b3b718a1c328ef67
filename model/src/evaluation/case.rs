//! One case's answers beside the truth.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cohort::CaseRow;
use crate::metrics::{ClassPrediction, Prediction, Region, RegionScore};
use crate::report::Report;

/// One case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseResult {
    /// Its name in the manifest.
    pub case: String,
    /// Whose it is.
    pub patient: String,
    /// Where it comes from.
    pub cohort: String,
    /// Which fold it was held out in, where folds were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fold: Option<usize>,
    /// The regions whose truth is known.
    pub regions: BTreeMap<Region, RegionScore>,
    /// IDH mutation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idh: Option<Answer>,
    /// 1p/19q codeletion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codeletion_1p19q: Option<Answer>,
    /// WHO grade.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grade: Option<GradeAnswer>,
    /// What the reading had to say.
    pub notes: Vec<String>,
    /// Wall seconds of the reading.
    pub seconds: f64,
}

/// The probability of yes, and the truth where it is known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// 0 to 1.
    pub probability: f64,
    /// As the manifest says.
    pub truth: Option<bool>,
}

/// The probabilities of grades 2, 3 and 4, and the truth where it is known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GradeAnswer {
    /// They sum to 1.
    pub probabilities: [f64; 3],
    /// 2, 3 or 4, as the manifest says.
    pub truth: Option<u8>,
}

impl CaseResult {
    /// What a report answers to a row of the manifest.
    #[must_use]
    pub fn new(row: &CaseRow, report: &Report, regions: BTreeMap<Region, RegionScore>) -> Self {
        Self {
            case: row.case.clone(),
            patient: row.patient.clone(),
            cohort: row.cohort.clone(),
            fold: None,
            regions,
            idh: report.idh.map(|idh| Answer {
                probability: idh.mutant.into(),
                truth: row.idh_mutant,
            }),
            codeletion_1p19q: report.codeletion_1p19q.map(|codeletion| Answer {
                probability: codeletion.codeleted.into(),
                truth: row.codeleted_1p19q,
            }),
            grade: report.grade.map(|grade| GradeAnswer {
                probabilities: [grade.two, grade.three, grade.four].map(f64::from),
                truth: row.grade,
            }),
            notes: report.notes.clone(),
            seconds: report.seconds.values().sum(),
        }
    }
}

impl Answer {
    /// Both halves, where the truth is known.
    #[must_use]
    pub fn prediction(&self) -> Option<Prediction> {
        Some(Prediction {
            truth: self.truth?,
            probability: self.probability,
        })
    }
}

impl GradeAnswer {
    /// Both halves with grades 2, 3, 4 as classes 0, 1, 2, where the truth is known.
    #[must_use]
    pub fn prediction(&self) -> Option<ClassPrediction> {
        let truth = usize::from(self.truth?).checked_sub(2)?;
        (truth < 3).then_some(ClassPrediction {
            truth,
            probabilities: self.probabilities,
        })
    }
}
