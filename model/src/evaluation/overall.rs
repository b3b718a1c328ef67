//! Measures over many cases.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Absent, CaseResult};
use crate::metrics::{
    BinarySummary, Bootstrap, ClassPrediction, GradeSummary, MeanSummary, Prediction, Region,
    RegionScore,
};

/// From this volume on a region counts in the `from_1_ml` means, in mL.
pub const FROM_ML: f64 = 1.0;

/// Every measure, each over the cases whose truth is known for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overall {
    /// How many cases there are.
    pub n: usize,
    /// Dice.
    pub dice: BTreeMap<Region, MeanSummary>,
    /// Dice over the cases that have any of the region; elsewhere it can only be 1 or 0.
    pub dice_where_present: BTreeMap<Region, MeanSummary>,
    /// Dice over the cases that have [`FROM_ML`] of the region or more; of less, a few voxels decide.
    #[serde(default)]
    pub dice_from_1_ml: BTreeMap<Region, MeanSummary>,
    /// 95th percentile Hausdorff distance in mm ([`HD95`](super::definitions::HD95)).
    pub hd95_mm: BTreeMap<Region, MeanSummary>,
    /// The same over the cases that have any of the region.
    #[serde(default)]
    pub hd95_mm_where_present: BTreeMap<Region, MeanSummary>,
    /// The same over the cases that have [`FROM_ML`] of the region or more.
    #[serde(default)]
    pub hd95_mm_from_1_ml: BTreeMap<Region, MeanSummary>,
    /// Cases in which a region was not drawn or not found, where there are any.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub absent: BTreeMap<Region, Absent>,
    /// Volume found less volume in truth, in mL.
    pub volume_error_ml: BTreeMap<Region, MeanSummary>,
    /// The size of that error, in mL.
    pub absolute_volume_error_ml: BTreeMap<Region, MeanSummary>,
    /// IDH mutation.
    pub idh: Option<BinarySummary>,
    /// 1p/19q codeletion.
    pub codeletion_1p19q: Option<BinarySummary>,
    /// 1p/19q codeletion among the IDH-mutant, where it is a question.
    pub codeletion_1p19q_idh_mutant: Option<BinarySummary>,
    /// WHO grade.
    pub grade: Option<GradeSummary>,
}

/// A yes-or-no question that can be drawn and compared.
#[derive(Clone, Copy)]
pub struct Head {
    /// Its name in files.
    pub key: &'static str,
    /// Its name in words.
    pub words: &'static str,
    /// A case's answer and truth.
    pub of: fn(&CaseResult) -> Option<Prediction>,
}

/// The yes-or-no questions that models are asked.
pub const HEADS: [Head; 4] = [
    Head {
        key: "idh",
        words: "IDH mutation",
        of: |case| case.idh?.prediction(),
    },
    Head {
        key: "codeletion-1p19q",
        words: "1p/19q codeletion",
        of: |case| case.codeletion_1p19q?.prediction(),
    },
    Head {
        key: "codeletion-1p19q-idh-mutant",
        words: "1p/19q codeletion, IDH-mutant",
        of: |case| {
            let mutant = case.idh?.truth?;
            mutant.then(|| case.codeletion_1p19q?.prediction())?
        },
    },
    Head {
        key: "grade-4",
        words: "grade 4",
        of: |case| {
            let grade = case.grade?.prediction()?;
            Some(Prediction {
                truth: grade.truth == 2,
                probability: grade.probabilities[2],
            })
        },
    },
];

impl Overall {
    /// Measures the cases.
    #[must_use]
    pub fn of(cases: &[&CaseResult], bootstrap: Bootstrap) -> Self {
        let means = |value: &dyn Fn(&RegionScore) -> Option<f64>| {
            let of_region = |region: Region| {
                let known = cases.iter().filter_map(|case| {
                    let value = value(case.regions.get(&region)?)?;
                    Some((value, case.patient.as_str()))
                });
                let (values, patients): (Vec<_>, Vec<_>) = known.unzip();
                Some((region, MeanSummary::of(&values, &patients, bootstrap)?))
            };
            Region::ALL.into_iter().filter_map(of_region).collect()
        };
        let absent = |region: Region| {
            let scores = cases.iter().filter_map(|case| case.regions.get(&region));
            Some((region, Absent::of(scores)?))
        };
        let present = |score: &RegionScore| score.truth_ml > 0.0;
        let large = |score: &RegionScore| score.truth_ml >= FROM_ML;
        let binary = |head: Head| {
            let (predictions, patients) = known(cases, head.of);
            BinarySummary::of(&predictions, &patients, bootstrap)
        };
        let (grades, graded): (Vec<ClassPrediction>, Vec<_>) =
            known(cases, |case| case.grade?.prediction());
        Self {
            n: cases.len(),
            dice: means(&|score| Some(score.dice)),
            dice_where_present: means(&|score| present(score).then_some(score.dice)),
            dice_from_1_ml: means(&|score| large(score).then_some(score.dice)),
            hd95_mm: means(&|score| Some(score.hd95_mm)),
            hd95_mm_where_present: means(&|score| present(score).then_some(score.hd95_mm)),
            hd95_mm_from_1_ml: means(&|score| large(score).then_some(score.hd95_mm)),
            absent: Region::ALL.into_iter().filter_map(absent).collect(),
            volume_error_ml: means(&|score| Some(score.found_ml - score.truth_ml)),
            absolute_volume_error_ml: means(&|score| Some((score.found_ml - score.truth_ml).abs())),
            idh: binary(HEADS[0]),
            codeletion_1p19q: binary(HEADS[1]),
            codeletion_1p19q_idh_mutant: binary(HEADS[2]),
            grade: GradeSummary::of(&grades, &graded, bootstrap),
        }
    }
}

/// What is known of the cases, and whose each is.
fn known<'a, T>(
    cases: &[&'a CaseResult],
    of: impl Fn(&CaseResult) -> Option<T>,
) -> (Vec<T>, Vec<&'a str>) {
    let known = cases
        .iter()
        .filter_map(|case| Some((of(case)?, case.patient.as_str())));
    known.unzip()
}
