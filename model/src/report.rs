//! Everything that a reading says, typed: what `report.json` holds and what the page shows.
//!
//! Free of the network, so that the page can know these words without carrying it.

use std::collections::BTreeMap;

use imaging::Sequence;
use imaging::check::{Level, Verdict};
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

/// Red, green, blue of labels 1, 2 and 3. Three of Okabe and Ito's colours, told apart with any colour
/// vision: they differ in lightness as well. The page's style sheet has the same three.
pub const LABEL_COLOURS: [[u8; 3]; 3] =
    [[0xd5, 0x5e, 0x00], [0x56, 0xb4, 0xe9], [0xf0, 0xe4, 0x42]];

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
    /// What was noticed of the scans and of the answer, fine ones included.
    #[serde(default)]
    pub checks: Vec<Verdict>,
    /// What was done to the scans before the network saw them.
    #[serde(default, skip_serializing_if = "Preparation::is_nothing")]
    pub preparation: Preparation,
    /// Why no head answers, a sentence each; empty where they do. Whatever the bundle has, there is then no
    /// probability in this report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<String>,
    /// IDH mutation; absent where the bundle has no such head, and where [`Self::withheld`] says why.
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
    /// How far the answers for the scans and for their mirror image lie apart, where both were read;
    /// everything else here is then the mean of both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirrored: Option<Mirrored>,
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

/// What was done to scans that did not come prepared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Preparation {
    /// Scans that were registered to another and moved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<Moved>,
    /// The skull, where it was taken off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stripped: Option<Stripped>,
}

impl Preparation {
    /// Whether the scans were read as they came.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.moved.is_empty() && self.stripped.is_none()
    }
}

/// A scan that was moved onto another.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    /// Which one.
    pub sequence: Sequence,
    /// The one that it was registered to.
    pub onto: Sequence,
    /// How far, on average over the head's surface.
    pub mm: f64,
    /// The turn.
    pub degrees: f64,
}

/// A skull that was taken off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stripped {
    /// Of which scans.
    pub sequences: Vec<Sequence>,
    /// Whether the brain was found by program; otherwise it is what the other scans show.
    pub by_program: bool,
    /// The brain's volume.
    pub brain_ml: f64,
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
    /// Whether to rely on it at all, and on this answer.
    #[serde(flatten, default)]
    pub standing: Standing,
}

/// Probability of 1p/19q codeletion.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Codeletion {
    /// 0 to 1.
    pub codeleted: f32,
    /// Whether to rely on it at all, and on this answer.
    #[serde(flatten, default)]
    pub standing: Standing,
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
    /// Whether to rely on it at all, and on this answer.
    #[serde(flatten, default)]
    pub standing: Standing,
}

/// What an answer may be used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// False where it was never shown that the head tells its classes apart: its probability is then
    /// no ground for anything.
    #[serde(default)]
    pub established: bool,
    /// False where answers as unsure as this one were right too seldom: it is then *not sure*.
    #[serde(default)]
    pub sure: bool,
}

impl Standing {
    /// Whether anything may be derived from the answer.
    #[must_use]
    pub fn holds(self) -> bool {
        self.established && self.sure
    }
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

/// Half of what lies between two readings: of the scans, and of their mirror image, left for right. A
/// network that had understood everything would give 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mirrored {
    /// Of the probability of IDH mutation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idh: Option<f32>,
    /// Of the probability of 1p/19q codeletion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codeletion_1p19q: Option<f32>,
    /// Of that grade's probability in which both differ most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<f32>,
    /// Of each region's volume.
    pub volumes_ml: VolumesMl,
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
    /// Grade 3 against 2, among these: where grade 4 comes from another hospital than the others, the
    /// average tells hospitals apart, and this does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade_3_or_2: Option<Auc>,
}

impl Measured {
    /// Whether the IDH head is better than chance.
    #[must_use]
    pub fn idh_established(&self) -> bool {
        established(&[self.idh])
    }

    /// Whether the 1p/19q head is better than chance.
    #[must_use]
    pub fn codeletion_established(&self) -> bool {
        established(&[self.codeletion_1p19q])
    }

    /// Whether the grade head is better than chance, between grades 2 and 3 too where that was measured.
    #[must_use]
    pub fn grade_established(&self) -> bool {
        established(&[self.grade, self.grade_3_or_2.or(self.grade)])
    }
}

/// Better than chance: measured, and the whole interval above a half.
fn established(measured: &[Option<Auc>]) -> bool {
    let better = |auc: &Option<Auc>| auc.is_some_and(|auc| auc.low > 0.5);
    measured.iter().all(better)
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
    /// What makes the answer doubtful.
    pub fn doubts(&self) -> impl Iterator<Item = &Verdict> {
        let checks = self.checks.iter();
        checks.filter(|verdict| verdict.level == Level::Doubtful)
    }

    /// The report as the JSON that is exported.
    ///
    /// # Errors
    /// Only if a number in it cannot be written, which no finite value does.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_established_by_an_interval_above_chance() {
        let of = |low| {
            Some(Auc {
                value: 0.8,
                low,
                high: 0.9,
                patients: 90,
            })
        };
        let mut measured = Measured {
            idh: of(0.51),
            codeletion_1p19q: of(0.5),
            grade: of(0.6),
            grade_3_or_2: None,
        };
        assert!(measured.idh_established() && measured.grade_established());
        assert!(!measured.codeletion_established());
        measured.grade_3_or_2 = of(0.45);
        assert!(!measured.grade_established());
        assert!(!Measured::default().idh_established());
    }

    #[test]
    fn a_report_says_established_beside_the_probability() {
        let idh = Idh {
            mutant: 0.25,
            standing: Standing::default(),
        };
        let json = serde_json::to_value(idh).unwrap();
        let expected = serde_json::json!({ "mutant": 0.25, "established": false, "sure": false });
        assert_eq!(json, expected);
    }
}
