//! The four kinds of scan that make a case.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a series shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sequence {
    /// T2-weighted with fluid suppressed.
    Flair,
    /// T1-weighted without contrast agent.
    T1,
    /// T1-weighted after contrast agent.
    T1ce,
    /// T2-weighted.
    T2,
}

impl Sequence {
    /// All four, in the project's channel order.
    pub const ALL: [Self; 4] = [Self::Flair, Self::T1, Self::T1ce, Self::T2];

    /// Its place in [`Sequence::ALL`].
    #[must_use]
    pub const fn channel(self) -> usize {
        self as usize
    }

    /// The name in files and on the command line: `flair`, `t1`, `t1ce`, `t2`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Flair => "flair",
            Self::T1 => "t1",
            Self::T1ce => "t1ce",
            Self::T2 => "t2",
        }
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flair => "FLAIR",
            Self::T1 => "T1",
            Self::T1ce => "T1ce",
            Self::T2 => "T2",
        })
    }
}
