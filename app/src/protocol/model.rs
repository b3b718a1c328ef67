//! What page and engine say of models: which one reads, what an added file turned out to be.

use serde::{Deserialize, Serialize};

/// Names a model for as long as the page is open, across engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ModelId(pub u32);

/// Where the bundle of a reading comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BundleSource {
    /// It came with the page.
    Shipped {
        /// Where it lies; absolute, of this page's own origin.
        url: String,
    },
    /// The person added it; its `Blob` is a part of the command.
    Added,
}

/// Whose checkpoint it is, which decides the order of its input channels; as
/// `mts_unet::foreign::Kind`, which the page does not carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForeignKind {
    /// MONAI's Swin UNETR trained on BraTS 2021.
    MonaiBrats21,
    /// BrainSegFounder fine-tuned on BraTS 2021.
    #[serde(rename = "brainsegfounder")]
    BrainSegFounder,
}

impl ForeignKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::MonaiBrats21, Self::BrainSegFounder];

    /// As `mts convert --kind` has it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::MonaiBrats21 => "monai-brats21",
            Self::BrainSegFounder => "brainsegfounder",
        }
    }

    /// The name in a sentence.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::MonaiBrats21 => "MONAI's Swin UNETR for BraTS 2021",
            Self::BrainSegFounder => "BrainSegFounder for BraTS 2021",
        }
    }
}

/// A bundle that was found whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSummary {
    /// The page's name for it.
    pub id: ModelId,
    /// The name on its card.
    pub name: String,
    /// Licence of the weights.
    pub licence: String,
    /// False while the weights have learnt nothing.
    pub trained: bool,
    /// Its card's paragraph.
    pub about: String,
    /// What it predicts beside the segmentation, such as `IDH`; empty where it has no heads.
    pub predicts: Vec<String>,
    /// Feature size, depths and window, in words.
    pub network: String,
    /// Size of the bundle.
    pub bytes: u64,
    /// SHA-256 of its tensors, hexadecimal.
    pub sha256: String,
}
