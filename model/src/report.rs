//! Everything that a reading says, typed: what `report.json` holds and what the page shows.
//!
//! Free of the network, so that the page can know these words without carrying it.

use std::collections::BTreeMap;

use imaging::Sequence;
use serde::{Deserialize, Serialize};

use crate::progress::Stage;

/// Stands on every screen, export and report.
pub const DISCLAIMER: &str = "Research and teaching only. Not a medical device.";

/// What is said in the answer's place while a bundle has not been trained.
pub const UNTRAINED: &str = "untrained weights: the path works, the answer means nothing";

/// The labels of a segmentation, as BraTS 2023 numbers them.
pub const LABEL_NAMES: &[(u8, &str)] = &[
    (0, "background"),
    (1, "necrotic or non-enhancing core"),
    (2, "oedema or infiltration"),
    (3, "enhancing tumour"),
];

/// The answers of one reading, with what is needed to judge them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`DISCLAIMER`].
    pub disclaimer: String,
    /// Which model answered.
    pub bundle: BundleIdentity,
    /// What it ran on, in words.
    pub device: String,
    /// The scan whose grid the segmentation is in.
    pub space: Sequence,
    /// IDH mutation; absent where the bundle has no such head.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idh: Option<Idh>,
    /// 1p/19q codeletion; absent where the bundle has no such head.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codeletion_1p19q: Option<Codeletion>,
    /// WHO grade; absent where the bundle has no such head.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grade: Option<Grade>,
    /// Volumes of the tumour's nested regions.
    pub volumes_ml: VolumesMl,
    /// The WHO 2021 pattern that the heads together suggest, only where its parts are confident.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub derived: Option<String>,
    /// What the bundle's card says was measured for each head.
    #[serde(default)]
    pub measured: Measured,
    /// What a reader has to know about this reading.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Wall seconds of each stage, in the order they ran.
    pub seconds: BTreeMap<Stage, f64>,
}

/// The bundle that answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleIdentity {
    /// The name on its card.
    pub name: String,
    /// SHA-256 of its tensors, hexadecimal.
    pub sha256: String,
    /// False while the weights have learnt nothing.
    pub trained: bool,
    /// Licence of the weights.
    pub licence: String,
}

/// Probability of IDH mutation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Idh {
    /// 0 to 1.
    pub mutant: f32,
}

/// Probability of 1p/19q codeletion.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Codeletion {
    /// 0 to 1.
    pub codeleted: f32,
}

/// Probabilities of the WHO grades; they sum to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grade {
    /// Grade 2.
    #[serde(rename = "2")]
    pub two: f32,
    /// Grade 3.
    #[serde(rename = "3")]
    pub three: f32,
    /// Grade 4.
    #[serde(rename = "4")]
    pub four: f32,
}

/// Volumes in millilitres.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct VolumesMl {
    /// Whole tumour: labels 1, 2 and 3.
    pub wt: f64,
    /// Tumour core: labels 1 and 3.
    pub tc: f64,
    /// Enhancing tumour: label 3.
    pub et: f64,
}

/// Measured areas under the curve, from the card, per head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// IDH mutant against wild type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idh: Option<Auc>,
    /// 1p/19q codeleted against intact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codeletion_1p19q: Option<Auc>,
    /// Grade, one against the rest, averaged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grade: Option<Auc>,
}

/// An area under the ROC curve with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Auc {
    /// The estimate.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Patients it was measured on.
    pub patients: u32,
}

impl Report {
    /// The report as the JSON that is exported.
    ///
    /// # Errors
    /// Only if a number in it cannot be written, which no finite value does.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }
}
