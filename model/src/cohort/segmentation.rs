//! Experts' segmentations from their files.

use std::path::Path;

use imaging::truth::{self, TruthError};
use imaging::{LabelMap, Volume, nifti};

use super::{CohortError, SegFile};

/// Reads a segmentation's file (`.nii` or `.nii.gz`), its values as they are.
///
/// # Errors
/// If it cannot be read, or holds several volumes.
pub fn read_mask(path: &Path) -> Result<Volume, CohortError> {
    let bytes = std::fs::read(path).map_err(CohortError::file("read", path))?;
    let series = nifti::read(&bytes).map_err(|error| wrong(error.into(), path))?;
    Ok(series.volume)
}

/// A segmentation in the project's labels, beside the scan that it belongs to; see [`truth::read`].
///
/// `mask` is what [`read_mask`] gave.
///
/// # Errors
/// If it is no map of labels, has labels that its scheme does not have, or lies elsewhere than the scan.
pub fn read_truth(seg: &SegFile, mask: &Volume, scan: &Volume) -> Result<LabelMap, CohortError> {
    truth::read(mask, seg.scheme, scan).map_err(|error| wrong(error, &seg.path))
}

/// Reads a segmentation (`.nii` or `.nii.gz`) into labels: 0 background, 1 necrotic or non-enhancing
/// core, 2 oedema or infiltration, 3 enhancing. Whether it lies where a scan lies is not asked:
/// [`read_truth`] does.
///
/// A whole-tumour-only file gives 0 and 1, where 1 is *tumour, part unknown* and no core: ask
/// [`SegScheme::tells_parts`](super::SegScheme::tells_parts) before reading more into it.
///
/// # Errors
/// If the file cannot be read, is no map of labels, or holds a label that its scheme does not have.
pub fn read_segmentation(seg: &SegFile) -> Result<LabelMap, CohortError> {
    let mask = read_mask(&seg.path)?;
    truth::labels(&mask, seg.scheme).map_err(|error| wrong(error, &seg.path))
}

fn wrong(error: TruthError, path: &Path) -> CohortError {
    CohortError::Truth {
        error,
        path: path.to_owned(),
    }
}
