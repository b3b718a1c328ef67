//! Volumes in patient space: reading, orientation, resampling, normalisation, measures.
//!
//! No network, no user interface, no GPU: plain functions from values to values, the same natively
//! and in wasm32. The usual path is [`nifti::read`], [`reorient`], [`resample::linear`],
//! [`brain::mask`], [`normalise::z_score`], and on the way back [`resample::labels`] and
//! [`nifti::write_labels`].
//!
//! Voxels are stored x fastest, as NIfTI does. Patient space is RAS in millimetres: x grows to the
//! patient's right, y to the front, z to the head.

mod affine;
mod background;
mod blur;
pub mod brain;
pub mod check;
pub mod dicom;
mod error;
mod forms;
mod grid;
mod image;
mod limits;
pub mod measure;
pub mod memory;
pub mod nifti;
pub mod normalise;
mod orientation;
pub mod parallel;
mod quantile;
pub mod recognise;
pub mod register;
pub mod resample;
mod sequence;
mod series;
mod space;
pub mod truth;

pub use affine::Affine;
pub use background::Background;
pub use error::ImagingError;
pub use forms::{Forms, ItkForm};
pub use grid::Grid;
pub use image::{Image, LabelMap, Mask, Volume};
pub use limits::Limits;
pub use orientation::{Orientation, reorient};
pub use sequence::Sequence;
pub use series::{AffineSource, ByteOrder, LengthUnit, Series, SeriesInfo};
pub use space::{RasPoint, VoxelIndex, VoxelPoint};
