//! Whose checkpoint it is: what its tensors do not say of themselves. Apart from [`foreign`](crate::foreign),
//! so that a page can ask the person without carrying the network.

use std::fmt;
use std::str::FromStr;

use imaging::Sequence;
use serde::{Deserialize, Serialize};

pub use crate::merging::{Merging, UnknownMerging};

/// Where weights come from. It decides the order in which the sequences go in and in which neighbours
/// are merged, which no name and no shape tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// MONAI's Swin UNETR trained on BraTS 2021 (Hatamizadeh et al. 2022).
    MonaiBrats21,
    /// BrainSegFounder fine-tuned on BraTS 2021 (Cox et al. 2024): MONAI's network at three depths.
    #[serde(rename = "brainsegfounder")]
    BrainSegFounder,
    /// A Swin UNETR of MONAI's that the person, or somebody they know, trained on scans like those of
    /// BraTS: they know the order of the sequences and which MONAI it was.
    Own,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::MonaiBrats21, Self::BrainSegFounder, Self::Own];

    /// The name on the command line, and where a page and its engine speak of it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::MonaiBrats21 => "monai-brats21",
            Self::BrainSegFounder => "brainsegfounder",
            Self::Own => "own",
        }
    }

    /// The name in a sentence.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::MonaiBrats21 => "MONAI's Swin UNETR for BraTS 2021",
            Self::BrainSegFounder => "BrainSegFounder for BraTS 2021",
            Self::Own => "Swin UNETR of one's own training",
        }
    }

    /// The order in which the sequences go in, where the kind settles it.
    #[must_use]
    pub const fn channels(self) -> Option<[Sequence; 4]> {
        match self {
            Self::MonaiBrats21 | Self::BrainSegFounder => {
                use Sequence::{Flair, T1, T1ce, T2};
                Some([Flair, T1ce, T1, T2])
            }
            Self::Own => None,
        }
    }

    /// The order of patch merging, where the kind settles it: both published ones are from before
    /// MONAI 1.5.
    #[must_use]
    pub const fn merging(self) -> Option<Merging> {
        match self {
            Self::MonaiBrats21 | Self::BrainSegFounder => Some(Merging::Legacy),
            Self::Own => None,
        }
    }

    /// The axes of the volumes that were trained on: BraTS arrays as they are stored.
    #[must_use]
    pub const fn orientation(self) -> &'static str {
        match self {
            Self::MonaiBrats21 | Self::BrainSegFounder | Self::Own => "LPS",
        }
    }

    /// Edge of the sliding window, in voxels: the recipe's 128 for MONAI, and the network's usual 96
    /// where no recipe was found.
    #[must_use]
    pub const fn window(self) -> usize {
        match self {
            Self::MonaiBrats21 => 128,
            Self::BrainSegFounder | Self::Own => 96,
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
#[error("the kinds are monai-brats21, brainsegfounder and own")]
pub struct UnknownKind;

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        let mut kinds = Self::ALL.into_iter();
        kinds.find(|kind| kind.key() == text).ok_or(UnknownKind)
    }
}

/// What the person says of a checkpoint that does not tell itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Whose it is.
    pub kind: Option<Kind>,
    /// In which order the sequences go in; for [`Kind::Own`] alone.
    pub channels: Option<Order>,
    /// How neighbours are merged; for [`Kind::Own`] alone.
    pub merging: Option<Merging>,
}

impl From<Kind> for Told {
    fn from(kind: Kind) -> Self {
        Self {
            kind: Some(kind),
            ..Self::default()
        }
    }
}

/// The four sequences, each once, in the order in which a network takes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "[Sequence; 4]", into = "[Sequence; 4]")]
pub struct Order([Sequence; 4]);

/// Sequences of which one stands twice or is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("name flair, t1, t1ce and t2, each once, in the order in which the network takes them")]
pub struct NoOrder;

impl TryFrom<[Sequence; 4]> for Order {
    type Error = NoOrder;

    fn try_from(order: [Sequence; 4]) -> Result<Self, NoOrder> {
        let is_whole = Sequence::ALL
            .iter()
            .all(|sequence| order.contains(sequence));
        is_whole.then_some(Self(order)).ok_or(NoOrder)
    }
}

impl From<Order> for [Sequence; 4] {
    fn from(order: Order) -> Self {
        order.0
    }
}

impl FromStr for Order {
    type Err = NoOrder;

    /// Of `flair,t1,t1ce,t2`, in any order, with spaces or none.
    fn from_str(text: &str) -> Result<Self, NoOrder> {
        let named = |word: &str| {
            let mut all = Sequence::ALL.into_iter();
            all.find(|sequence| word.trim().eq_ignore_ascii_case(sequence.key()))
        };
        let found: Option<Vec<Sequence>> = text.split(',').map(named).collect();
        let found = found.and_then(|found| <[Sequence; 4]>::try_from(found).ok());
        Self::try_from(found.ok_or(NoOrder)?)
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.map(|sequence| sequence.to_string()).join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_names_each_sequence_once() {
        let order: Order = "t1ce, FLAIR,t2,t1".parse().expect("each is there");
        assert_eq!(order.to_string(), "T1ce, FLAIR, T2, T1");
        let all: [Sequence; 4] = order.into();
        assert_eq!(all[0], Sequence::T1ce);
        for wrong in [
            "",
            "flair,t1,t1ce",
            "flair,t1,t1ce,t2,t2",
            "flair,t1,t1,t2",
            "flair,t1,t1c,t2",
        ] {
            assert_eq!(wrong.parse::<Order>(), Err(NoOrder), "{wrong}");
        }
    }

    #[test]
    fn an_order_that_lacks_a_sequence_is_not_taken_from_a_message() {
        let told = Told {
            channels: "t2,t1,t1ce,flair".parse().ok(),
            ..Told::from(Kind::Own)
        };
        let written = serde_json::to_string(&told).expect("words");
        assert_eq!(serde_json::from_str::<Told>(&written).ok(), Some(told));
        let twice = written.replace("t1ce", "t1");
        assert!(written != twice && serde_json::from_str::<Told>(&twice).is_err());
    }
}
