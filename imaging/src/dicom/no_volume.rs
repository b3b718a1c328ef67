//! Why a part of a series is no volume.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a part of a series is listed and not offered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum NoVolume {
    /// Overview pictures to plan other series by.
    Localiser,
    /// One slice alone.
    SingleSlice,
    /// Siemens' sheet of many small slices.
    Mosaic,
    /// The position or the orientation of its slices is not written in the files.
    NoPlace,
    /// The distance between its pixels is not written in the files.
    NoSpacing,
    /// Its slices do not lie behind each other.
    Scattered,
    /// Too many slices are missing.
    Gaps {
        /// How many.
        missing: usize,
        /// Of how many.
        slices: usize,
    },
    /// The distance between its slices varies.
    Uneven {
        /// The least distance in mm.
        least_mm: f64,
        /// The greatest.
        most_mm: f64,
    },
    /// Pictures in colour.
    Colour,
    /// Pixels that are no whole numbers of 8, 16 or 32 bits.
    Pixels,
    /// Pixels that a table in the file translates.
    Table,
    /// A compression that is not read here.
    Compression(String),
    /// A mask.
    Segmentation,
    /// More voxels than any scan has.
    TooLarge,
}

impl NoVolume {
    /// What the person can do about it, in plain words.
    #[must_use]
    pub const fn mend(&self) -> &'static str {
        match self {
            Self::Localiser | Self::SingleSlice | Self::Colour | Self::Segmentation => {
                "Choose the series of the whole head."
            }
            Self::Mosaic => {
                "Functional and diffusion scans are stored so; choose an anatomical series, or convert it with dcm2niix."
            }
            Self::NoPlace | Self::NoSpacing => {
                "Left and right, or the sizes, are not known: export the series from the scanner or the archive again."
            }
            Self::Scattered | Self::Uneven { .. } => {
                "Export the series again, or choose one with slices at equal distances."
            }
            Self::Gaps { .. } => "Copy or export the series again: files are missing.",
            Self::Pixels | Self::Table => {
                "Convert the series with dcm2niix and choose the NIfTI file."
            }
            Self::Compression(_) => {
                "Export the series uncompressed, or convert it: dcm2niix makes NIfTI of it, and `gdcmconv --raw` or \
                 `dcmdjpls` (DCMTK) make uncompressed DICOM."
            }
            Self::TooLarge => "Resample the scan to 1 mm voxels or crop it to the head.",
        }
    }

    /// Whether it could be read as a volume all the same.
    pub(super) const fn is_advice(&self) -> bool {
        matches!(self, Self::Localiser)
    }
}

impl fmt::Display for NoVolume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Localiser => f.write_str("a localiser, made to plan other series by"),
            Self::SingleSlice => f.write_str("one slice alone"),
            Self::Mosaic => f.write_str(
                "a Siemens mosaic, many small slices on one sheet, as functional and diffusion scans are stored",
            ),
            Self::NoPlace => f.write_str("its files do not say where their slices lie in the patient"),
            Self::NoSpacing => f.write_str("its files do not say how far apart their pixels are"),
            Self::Scattered => f.write_str("its slices do not lie behind each other"),
            Self::Gaps { missing, slices } => {
                write!(f, "{missing} of {slices} slices are missing, too many to fill in")
            }
            Self::Uneven { least_mm, most_mm } => write!(
                f,
                "its slices are unevenly spaced, from {least_mm:.2} to {most_mm:.2} mm apart"
            ),
            Self::Colour => f.write_str("pictures in colour, no scan"),
            Self::Pixels => f.write_str("its pixels are no whole numbers of 8, 16 or 32 bits"),
            Self::Table => f.write_str("its pixels are translated by a table (Modality LUT), which is not read here"),
            Self::Compression(name) => {
                write!(f, "its pixels are compressed as {name}, which is not read here")
            }
            Self::Segmentation => f.write_str("a mask (DICOM SEG), no scan"),
            Self::TooLarge => f.write_str("more voxels than any scan has"),
        }
    }
}
