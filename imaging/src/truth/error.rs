//! Why an expert's segmentation was refused.

use std::fmt;

use super::Scheme;
use crate::ImagingError;

/// What can be wrong with a segmentation: what was found and what was expected.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TruthError {
    /// A value near no whole number.
    #[error("found {kind}: {value} at voxel {voxel:?}, expected a mask of whole-numbered labels")]
    NotLabels {
        /// What such values mostly are.
        kind: Kind,
        /// The first of them.
        value: f32,
        /// Where it is.
        voxel: [usize; 3],
    },
    /// A channel a class, where one volume of labels was expected.
    #[error(
        "found {volumes} volumes in one mask, such as one a class (one-hot), expected a single volume of labels"
    )]
    Channels {
        /// How many.
        volumes: u64,
    },
    /// Whole numbers, but too many of them.
    #[error(
        "found {count} different values above 0, as a scan has them, expected a mask of a few labels"
    )]
    ManyValues {
        /// How many.
        count: usize,
    },
    /// Labels that the scheme does not have.
    #[error(
        "found the label{} {}, expected {} ({scheme})",
        if found.len() == 1 { "" } else { "s" }, listed(found), scheme.labels()
    )]
    Foreign {
        /// All labels above 0 that occur.
        found: Vec<u8>,
        /// What was announced.
        scheme: Scheme,
    },
    /// Both 3 and 4, where one of them was expected.
    #[error(
        "found both 3 and 4 among the labels, expected {} ({scheme}): 4 is a resection cavity in BraTS from 2024 on and enhancing tumour until 2016",
        scheme.labels()
    )]
    ThreeAndFour {
        /// What was announced.
        scheme: Scheme,
    },
    /// A mask that lies elsewhere than the scan.
    #[error(
        "the mask lies in another place than the scan: only {percent:.0} % {share}, expected at least {least:.0} %"
    )]
    Apart {
        /// What was looked at.
        share: Share,
        /// How much of it.
        percent: f64,
        /// How much it takes.
        least: f64,
    },
    /// What any image can have.
    #[error(transparent)]
    Imaging(ImagingError),
}

/// What values are that are no labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// All from 0 to 1.
    Probabilities,
    /// Some below 0.
    Negative,
    /// Some above 255.
    Large,
    /// Some between two labels.
    Between,
}

/// What of a mask has to lie in the scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// The tumour's voxels, inside the scan's box.
    Tumour,
    /// The tumour's voxels, where the scan shows anything.
    Shown,
    /// The box of a mask that has as many voxels as the scan, so that both should be one box.
    SameVoxels,
    /// The box of a mask without a tumour.
    Box,
}

impl TruthError {
    /// What the person can do about it, in plain words.
    #[must_use]
    pub const fn mend(&self) -> &'static str {
        match self {
            Self::NotLabels { kind, .. } => match kind {
                Kind::Probabilities => {
                    "Choose the label map rather than a probability map, or take the likeliest label of each voxel."
                }
                Kind::Negative => "Save the background, and what was not labelled, as 0.",
                Kind::Large => "Choose a label map rather than a scan.",
                Kind::Between => {
                    "Choose a label map rather than a scan; if it was resampled, resample it again with the nearest neighbour."
                }
            },
            Self::Channels { .. } => {
                "Save one volume that holds each voxel's label, 0 where no class is set."
            }
            Self::ManyValues { .. } => "Choose a label map rather than a scan.",
            Self::Foreign { found, .. } => match found.as_slice() {
                [.., last] if *last > 4 => {
                    "These look like grey values of a picture or another program's numbers: save the labels themselves, 0 to 4."
                }
                _ => "Say which numbering the mask follows.",
            },
            Self::ThreeAndFour { .. } => {
                "Say which numbering the mask follows: with a resection cavity (BraTS 2024), or with non-enhancing tumour as 3 (BraTS 2015)."
            }
            Self::Apart { .. } => {
                "Check that both are of one patient; if the mask has the scan's voxels, copy the scan's geometry (sform and qform) into it, else resample it onto the scan."
            }
            Self::Imaging(error) => error.mend(),
        }
    }

    /// Whether another scheme could read the mask.
    #[must_use]
    pub fn asks_for_scheme(&self) -> bool {
        match self {
            Self::ThreeAndFour { .. } => true,
            Self::Foreign { found, .. } => found.iter().all(|number| *number <= 4),
            _ => false,
        }
    }
}

impl From<ImagingError> for TruthError {
    /// Several volumes mean something else in a mask than in a scan.
    fn from(error: ImagingError) -> Self {
        match error {
            ImagingError::SeveralVolumes { volumes, .. } => Self::Channels { volumes },
            error => Self::Imaging(error),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Probabilities => "values between 0 and 1, as a probability map has them",
            Self::Negative => "values below 0",
            Self::Large => "values above 255",
            Self::Between => "values between two labels",
        })
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tumour => "of its tumour lies inside the scan's box",
            Self::Shown => "of its tumour lies where the scan shows anything",
            Self::SameVoxels => {
                "of its box, which has the scan's number of voxels, lies in the scan's box"
            }
            Self::Box => "of the smaller of both boxes lies in the other",
        })
    }
}

/// `1`, `1 and 2`, `1, 2 and 4`.
fn listed(numbers: &[u8]) -> String {
    let words: Vec<String> = numbers.iter().map(u8::to_string).collect();
    match &words[..] {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
