//! Experts' segmentations into the project's labels.

use imaging::{LabelMap, nifti};

use super::{CohortError, SegFile, SegScheme};

/// Reads a segmentation (`.nii` or `.nii.gz`) into labels: 0 background, 1 necrotic or non-enhancing
/// core, 2 oedema or infiltration, 3 enhancing.
///
/// A whole-tumour-only file gives 0 and 1, where 1 is *tumour, part unknown* and no core: ask
/// [`SegScheme::tells_parts`] before reading more into it.
///
/// # Errors
/// If the file cannot be read, or holds a label that its scheme does not have.
pub fn read_segmentation(seg: &SegFile) -> Result<LabelMap, CohortError> {
    let path = &seg.path;
    let bytes = std::fs::read(path).map_err(CohortError::file("read", path))?;
    let imaging = |error| CohortError::Imaging {
        error,
        path: path.clone(),
    };
    let mut map = nifti::read(&bytes)
        .and_then(|series| series.volume.to_labels())
        .map_err(imaging)?;
    for label in &mut map.data {
        *label = translated(*label, seg.scheme).map_err(|expected| CohortError::Label {
            found: *label,
            expected,
            path: path.clone(),
        })?;
    }
    Ok(map)
}

/// A label in the project's numbers; what the scheme has, where it does not have this one.
fn translated(label: u8, scheme: SegScheme) -> Result<u8, &'static str> {
    match (scheme, label) {
        (SegScheme::WtOnly, label) => Ok(u8::from(label != 0)),
        (_, 0..=2) => Ok(label),
        (SegScheme::Brats2021, 4) | (SegScheme::Brats2023, 3) => Ok(3),
        (SegScheme::Brats2021, _) => Err("0, 1, 2 and 4 (brats2021)"),
        (SegScheme::Brats2023, _) => Err("0 to 3 (brats2023)"),
    }
}
