//! An expert's segmentation, read beside the scan that it was drawn on: what its numbers mean, and
//! whether it lies where the scan lies.
//!
//! [`read`] is the whole way from a mask's voxels to the project's labels. Where nobody has said how a
//! mask numbers its labels, [`numbers`] and [`detect`] say whether that can be told, and between which
//! schemes a person has to choose.

mod detect;
mod error;
mod numbers;
mod place;
mod scheme;

pub use detect::{Detected, detect};
pub use error::{Kind, Share, TruthError};
pub use numbers::numbers;
pub use place::{check_place, covering, onto};
pub use scheme::Scheme;

use crate::{LabelMap, Volume};

/// The project's labels (0 background, 1 necrotic or non-enhancing core, 2 oedema or infiltration, 3
/// enhancing) of `mask`, which `scheme` numbers and which was drawn on `scan`.
///
/// They lie on the mask's own voxels, so that nothing of the expert's drawing is resampled. A mask that
/// covers a part of the scan is continued with background over all of it ([`covering`]): what a network
/// finds where the expert's file ends counts too. [`onto`] moves labels to another grid.
///
/// Of [`Scheme::WtOnly`] the labels are 0 and 1, where 1 is *tumour, part unknown* and no core.
///
/// # Errors
/// [`TruthError`]: values that are no labels, labels that the scheme does not have, a mask that lies
/// elsewhere than the scan.
pub fn read(mask: &Volume, scheme: Scheme, scan: &Volume) -> Result<LabelMap, TruthError> {
    let labels = labels(mask, scheme)?;
    check_place(&labels, scan)?;
    Ok(covering(labels, &scan.grid))
}

/// As [`read`], on the mask's own grid, without a scan to compare its place with.
///
/// # Errors
/// [`TruthError`]: values that are no labels, or labels that the scheme does not have.
pub fn labels(mask: &Volume, scheme: Scheme) -> Result<LabelMap, TruthError> {
    scheme.translate(numbers(mask)?)
}
