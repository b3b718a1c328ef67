//! Whose checkpoint it is: what its tensors do not say of themselves. Apart from [`foreign`](crate::foreign),
//! so that a page can ask the person without carrying the network.

use std::fmt;
use std::str::FromStr;

use imaging::Sequence;
use serde::{Deserialize, Serialize};

/// Where weights come from. It decides the order in which the sequences go in, which no name and no
/// shape tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// MONAI's Swin UNETR trained on BraTS 2021 (Hatamizadeh et al. 2022).
    MonaiBrats21,
    /// BrainSegFounder fine-tuned on BraTS 2021 (Cox et al. 2024): MONAI's network at three depths.
    #[serde(rename = "brainsegfounder")]
    BrainSegFounder,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::MonaiBrats21, Self::BrainSegFounder];

    /// The name on the command line, and where a page and its engine speak of it.
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

    /// The order in which the sequences go in.
    #[must_use]
    pub const fn channels(self) -> [Sequence; 4] {
        match self {
            Self::MonaiBrats21 | Self::BrainSegFounder => {
                [Sequence::Flair, Sequence::T1ce, Sequence::T1, Sequence::T2]
            }
        }
    }

    /// The axes of the volumes that were trained on: BraTS arrays as they are stored.
    #[must_use]
    pub const fn orientation(self) -> &'static str {
        match self {
            Self::MonaiBrats21 | Self::BrainSegFounder => "LPS",
        }
    }

    /// Edge of the sliding window, in voxels: the recipe's 128 for MONAI, and the network's usual 96
    /// where no recipe was found.
    #[must_use]
    pub const fn window(self) -> usize {
        match self {
            Self::MonaiBrats21 => 128,
            Self::BrainSegFounder => 96,
        }
    }

    /// The kind that has networks of these depths, if only one has. The two deeper sizes are
    /// BrainSegFounder's; the usual one is everybody's.
    #[cfg(feature = "network")]
    pub(crate) fn told_by(depths: [usize; 4]) -> Option<Self> {
        matches!(depths, [2, 2, 6 | 18, 2]).then_some(Self::BrainSegFounder)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// A word that names no kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the kinds are monai-brats21 and brainsegfounder")]
pub struct UnknownKind;

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        let mut kinds = Self::ALL.into_iter();
        kinds.find(|kind| kind.key() == text).ok_or(UnknownKind)
    }
}
