//! What was done to make a volume of slices, in words for the person.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What was done while a series was read, or is worth knowing about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Note {
    /// Slices were missing and were interpolated between their neighbours.
    GapFilled {
        /// Numbers of the slices in the volume, counted from 0.
        slices: Vec<usize>,
        /// How thick a slice is.
        spacing_mm: f64,
    },
    /// Slices that were there more than once were taken once.
    CopiesDropped {
        /// How many were left out.
        copies: usize,
    },
    /// The slices were sheared against each other, as with a tilted gantry, and were moved straight.
    Straightened {
        /// Between the stack's axis and the slices' normal.
        degrees: f64,
    },
    /// *Spacing Between Slices* is not what the positions say, which were believed.
    SpacingDiffers {
        /// What the header says, without its sign.
        said_mm: f64,
        /// What the positions say.
        found_mm: f64,
    },
    /// Small numbers meant bright (MONOCHROME1); they were turned round.
    Inverted,
    /// The images were compressed with loss.
    Lossy,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GapFilled { slices, spacing_mm } => {
                let mut numbers: Vec<String> = slices
                    .iter()
                    .take(12)
                    .map(|n| (n + 1).to_string())
                    .collect();
                if slices.len() > 12 {
                    numbers.push("…".to_owned());
                }
                let (noun, verb) = match slices.len() {
                    1 => ("slice", "was"),
                    _ => ("slices", "were"),
                };
                write!(
                    f,
                    "{} {noun} of {spacing_mm:.2} mm {verb} missing and {verb} interpolated between the neighbours \
                     (number {}, counted from the first)",
                    slices.len(),
                    numbers.join(", "),
                )
            }
            Self::CopiesDropped { copies: 1 } => {
                f.write_str("One slice was there twice and was taken once.")
            }
            Self::CopiesDropped { copies } => {
                write!(f, "{copies} copies of slices were left out.")
            }
            Self::Straightened { degrees } => write!(
                f,
                "The slices are sheared by {degrees:.1}°, as with a tilted gantry; they were moved straight."
            ),
            Self::SpacingDiffers { said_mm, found_mm } => write!(
                f,
                "The header says that slices are {said_mm:.2} mm apart, and their positions {found_mm:.2} mm; the \
                 positions were believed."
            ),
            Self::Inverted => f.write_str(
                "Small numbers mean bright in this series (MONOCHROME1); they were turned round.",
            ),
            Self::Lossy => f.write_str("The images were compressed with loss."),
        }
    }
}
