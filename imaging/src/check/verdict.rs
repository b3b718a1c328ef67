//! What a check found, typed, with the words for a person beside it.

use serde::{Deserialize, Serialize};

use crate::Sequence;

/// How much a finding matters. Ordered: the worst of several is their maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Looked at, nothing to say.
    Fine,
    /// The reader should know it; the answer stands.
    Note,
    /// The answer cannot be relied on: no head answers.
    Doubtful,
}

/// What was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Check {
    /// Where the file says that the scan lies, and whether it says so twice differently.
    Geometry,
    /// Voxels that are NaN or infinite.
    NotNumbers,
    /// Values that wrapped below zero where 16 bits ended.
    Wrapped,
    /// Voxels far brighter than all others.
    Outliers,
    /// A picture that holds one value alone.
    Empty,
    /// A picture that is a mask or a label map.
    LabelMap,
    /// A background that is not 0.
    Background,
    /// The skull.
    Skull,
    /// The size of the brain, as a person's.
    Size,
    /// Which way up the brain lies, by its shape.
    Upright,
    /// How much of the brain the scan shows.
    Coverage,
    /// One scan's brain against the others'.
    Overlap,
    /// Whether two scans' insides lie on each other.
    Registration,
    /// Whether a scan lies on the mirror image of the others.
    Mirrored,
    /// Whether a scan shows anything of what the others show.
    Related,
    /// Whether two scans are one picture.
    SamePicture,
    /// Whether a picture looks like any scan of its sequence.
    Typical,
    /// Whether a scan was registered to another.
    Moved,
    /// Whether a skull was taken off.
    Stripped,
    /// Whether the picture looks like the sequence that it is called.
    Sequence,
    /// The volume of the tumour that was found.
    Tumour,
    /// Whether the person insisted.
    Insisted,
}

/// One check's verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// What was looked at.
    pub check: Check,
    /// How much it matters.
    pub level: Level,
    /// The scan that it is about; none where it is about the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<Sequence>,
    /// The scan that it was compared with. Of [`Check::Sequence`]: the one to exchange it with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<Sequence>,
    /// What was measured, in the unit that the check's module names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<f64>,
    /// From where on it matters, in the same unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// What was found, as a sentence that names the scan; empty where all is well.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
}

impl Verdict {
    /// A verdict of the whole case, without a measure.
    #[must_use]
    pub fn new(check: Check, level: Level, words: impl Into<String>) -> Self {
        Self {
            check,
            level,
            sequence: None,
            against: None,
            measure: None,
            threshold: None,
            words: words.into(),
        }
    }

    /// About this scan.
    #[must_use]
    pub fn of(mut self, sequence: Sequence) -> Self {
        self.sequence = Some(sequence);
        self
    }

    /// Compared with this scan.
    #[must_use]
    pub fn against(mut self, other: Sequence) -> Self {
        self.against = Some(other);
        self
    }

    /// With what was measured and from where on it matters.
    #[must_use]
    pub fn measured(mut self, measure: f64, threshold: f64) -> Self {
        (self.measure, self.threshold) = (Some(measure), Some(threshold));
        self
    }

    /// Whether nothing can be made of the scan: a map of labels, or a head of a few millimetres or of many metres.
    #[must_use]
    pub fn is_hopeless(&self) -> bool {
        let off = match (self.measure, self.threshold) {
            (Some(found), Some(bound)) => {
                found * super::size::HOPELESS < bound || found > super::size::HOPELESS * bound
            }
            _ => false,
        };
        self.level == Level::Doubtful
            && (self.check == Check::LabelMap || (self.check == Check::Size && off))
    }

    /// Whether a reader has to be told.
    #[must_use]
    pub fn matters(&self) -> bool {
        self.level > Level::Fine
    }
}
