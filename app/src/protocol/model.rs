//! What page and engine say of models: which one reads, what an added file turned out to be.

use mts_unet::foreign_trial::Trial;
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

/// A bundle that was found whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// What it found of a tumour that is known; for a converted checkpoint alone.
    pub trial: Option<Trial>,
}
