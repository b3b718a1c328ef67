//! One acquired volume with what its file said about it.

use crate::nifti::GeometryHeader;
use crate::{Forms, Orientation, Volume};
use serde::{Deserialize, Serialize};

/// A volume as read, in the file's own orientation, and where its numbers came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Scaled values; voxels that were not finite are 0.
    pub volume: Volume,
    /// What the file said.
    pub info: SeriesInfo,
    /// The fields of its header that place it, for writing what lies on the same grid; `None` where
    /// it came from no NIfTI file.
    pub geometry: Option<GeometryHeader>,
}

/// What a file said about its volume; plain data, without names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeriesInfo {
    /// 1 or 2; 0 where it came from DICOM.
    pub nifti_version: u8,
    /// NIfTI's name of the (first slice's) stored number type, such as `int16`.
    pub datatype: String,
    /// Byte order of the file.
    pub byte_order: ByteOrder,
    /// Where the affine came from.
    pub affine_source: AffineSource,
    /// What there is to say about the header's forms.
    #[serde(default)]
    pub forms: Forms,
    /// Unit of the lengths in the file; the affine is in mm whatever it is.
    pub length_unit: LengthUnit,
    /// Axis codes of the grid as stored, such as `LPS`.
    pub orientation: String,
    /// Voxels along x, y, z.
    pub dims: [usize; 3],
    /// Distance between voxel centres along x, y, z.
    pub spacing_mm: [f64; 3],
    /// Slope by which stored numbers were multiplied (1 where the file gave none).
    pub slope: f64,
    /// Intercept that was then added (0 where the file gave none).
    pub intercept: f64,
    /// How many voxels were NaN or infinite, and became 0.
    pub non_finite_voxels: usize,
    /// The least and the greatest number as stored, before slope and intercept; `None` where none was
    /// finite. Numbers that wrapped below zero reach from one end of `int16` to the other.
    #[serde(default)]
    pub stored_range: Option<[f64; 2]>,
}

impl SeriesInfo {
    /// The orientation as a value.
    #[must_use]
    pub fn axes(&self) -> Option<Orientation> {
        self.orientation.parse().ok()
    }
}

/// Byte order of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ByteOrder {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

/// Which of NIfTI's three methods gave the affine, if one did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AffineSource {
    /// Method 3: the affine stands in the header.
    Sform,
    /// Method 2: quaternion, offset and spacings.
    Qform,
    /// Method 1: spacings only. Axes are taken as RAS and the first voxel as the origin, so left
    /// and right are a guess.
    Neither,
    /// No NIfTI header: positions and orientations of DICOM slices.
    Dicom,
}

/// Unit of the lengths in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LengthUnit {
    /// Not said; taken as millimetres.
    Unknown,
    /// Metres.
    Metre,
    /// Millimetres.
    Millimetre,
    /// Micrometres.
    Micrometre,
}

impl LengthUnit {
    /// Millimetres in one unit.
    #[must_use]
    pub const fn in_mm(self) -> f64 {
        match self {
            Self::Unknown | Self::Millimetre => 1.0,
            Self::Metre => 1000.0,
            Self::Micrometre => 0.001,
        }
    }
}
