//! The order in which patch merging concatenates. Apart from the [network](crate::network), so that a
//! page can ask a person for it without carrying one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The order of the eight neighbours in patch merging. All use the same names and weight shapes, so
/// that no checkpoint tells which one it was trained with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Merging {
    /// MONAI 0.9.0 to 1.4.0, "merging": two offsets twice, two never. Every published checkpoint
    /// of that time needs it.
    Legacy,
    /// MONAI 1.5.0 on, "merging".
    Fixed,
    /// MONAI 1.0 on, "mergingv2".
    V2,
}

impl Merging {
    /// All orders.
    pub const ALL: [Self; 3] = [Self::Legacy, Self::Fixed, Self::V2];

    /// The name on the command line and in a bundle.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::Fixed => "fixed",
            Self::V2 => "v2",
        }
    }

    /// Which MONAI has it, and how it is asked for there.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Legacy => "MONAI before 1.5, downsample=\"merging\"",
            Self::Fixed => "MONAI 1.5 or later, downsample=\"merging\"",
            Self::V2 => "any MONAI, downsample=\"mergingv2\"",
        }
    }
}

impl fmt::Display for Merging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// A word that names no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the orders of patch merging are legacy, fixed and v2")]
pub struct UnknownMerging;

impl FromStr for Merging {
    type Err = UnknownMerging;

    fn from_str(text: &str) -> Result<Self, UnknownMerging> {
        let mut all = Self::ALL.into_iter();
        all.find(|merging| merging.key() == text)
            .ok_or(UnknownMerging)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_written_in_a_bundle_as_on_the_command_line() {
        for merging in Merging::ALL {
            assert_eq!(merging.key().parse(), Ok(merging));
            let written = serde_json::to_string(&merging).expect("it is a word");
            assert_eq!(written, format!("\"{merging}\""));
        }
        assert_eq!("mergingv2".parse::<Merging>(), Err(UnknownMerging));
    }
}
