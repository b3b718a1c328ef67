//! Whether scans still have the skull on.
//!
//! A stripped brain floats in zeros. A head does not: air is noisy, the neck leaves the field of
//! view, and what is not zero fills far more of it than a brain does.

use crate::Mask;
use std::fmt;

/// A stripped brain fills at most this part of its volume (in the common atlas space about 16 %).
const LARGEST_PART: f64 = 0.35;

/// What a mask of [`mask`](super::mask) says about the skull; [`fmt::Display`] gives the reason in
/// plain words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SkullVerdict {
    /// The skull is off.
    Stripped,
    /// Tissue reaches the edge of the volume.
    TouchesBorder {
        /// Voxels of the mask on the volume's faces.
        voxels: usize,
    },
    /// More of the volume is filled than a brain would.
    FillsVolume {
        /// Part of the volume, 0 to 1.
        fraction: f64,
    },
}

impl SkullVerdict {
    /// Whether the skull seems to be on.
    #[must_use]
    pub const fn is_on(self) -> bool {
        !matches!(self, Self::Stripped)
    }
}

impl fmt::Display for SkullVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stripped => write!(f, "the skull is off"),
            Self::TouchesBorder { voxels } => write!(
                f,
                "the skull seems to be on: the picture is not empty at its edge ({voxels} voxels)"
            ),
            Self::FillsVolume { fraction } => write!(
                f,
                "the skull seems to be on: {:.0} % of the picture is filled, a brain alone fills at most {:.0} %",
                100.0 * fraction,
                100.0 * LARGEST_PART
            ),
        }
    }
}

/// Judges a mask that [`mask`](super::mask) made.
#[must_use]
pub fn skull(mask: &Mask) -> SkullVerdict {
    let fraction = mask.count() as f64 / mask.data.len().max(1) as f64;
    if fraction > LARGEST_PART {
        return SkullVerdict::FillsVolume { fraction };
    }
    match voxels_on_border(mask) {
        0 => SkullVerdict::Stripped,
        voxels => SkullVerdict::TouchesBorder { voxels },
    }
}

fn voxels_on_border(mask: &Mask) -> usize {
    let [nx, ny, nz] = mask.grid.dims;
    let on_face = |n: usize, last: usize| n == 0 || n + 1 == last;
    let mut count = 0;
    for (row, values) in mask.data.chunks_exact(nx.max(1)).enumerate() {
        count += if on_face(row % ny, ny) || on_face(row / ny, nz) {
            values.iter().filter(|v| **v).count()
        } else {
            usize::from(values[0]) + usize::from(nx > 1 && values[nx - 1])
        };
    }
    count
}
