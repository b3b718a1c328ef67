//! The brain mask of stripped scans: whatever any sequence shows, its largest piece, without holes.

use super::runs::Components;
use super::threshold::threshold;
use crate::{ImagingError, Mask, Volume};

/// Union over the volumes of |v| > 0.1 % of the 99th percentile (of |v| over the voxels that are not
/// 0), of that the largest component, with its holes filled. Neighbours share a face; a hole is
/// background that does not reach the border of the volume.
///
/// # Errors
/// [`ImagingError::NoVolume`] without volumes, [`ImagingError::GridMismatch`] where they lie on
/// different grids, [`ImagingError::NoBrain`] where all are empty.
pub fn mask(volumes: &[&Volume]) -> Result<Mask, ImagingError> {
    let first = volumes.first().ok_or(ImagingError::NoVolume)?;
    let mut mask = Mask::filled(first.grid, false);
    for volume in volumes {
        if !volume.grid.is_close(&first.grid) {
            return Err(ImagingError::GridMismatch {
                found: volume.grid.dims,
                expected: first.grid.dims,
            });
        }
        let above = threshold(volume);
        for (inside, value) in mask.data.iter_mut().zip(&volume.data) {
            *inside |= value.abs() > above;
        }
    }
    keep_largest(&mut mask)?;
    fill_holes(&mut mask);
    Ok(mask)
}

/// Leaves only the component with the most voxels; of equals, the first.
///
/// # Errors
/// [`ImagingError::NoBrain`] where there is none.
pub fn keep_largest(mask: &mut Mask) -> Result<(), ImagingError> {
    let components = Components::of(&mask.data, mask.grid.dims, true);
    let mut size = vec![0usize; components.runs.len()];
    for (run, root) in components.runs.iter().zip(&components.root) {
        size[*root] += run.end - run.start;
    }
    let largest = (0..size.len()).reduce(|best, i| if size[i] > size[best] { i } else { best });
    let largest = largest.ok_or(ImagingError::NoBrain)?;
    let width = mask.grid.dims[0];
    for (run, root) in components.runs.iter().zip(&components.root) {
        if *root != largest {
            mask.data[run.row * width..][run.start..run.end].fill(false);
        }
    }
    Ok(())
}

/// Fills the background that the border does not reach.
fn fill_holes(mask: &mut Mask) {
    let [nx, ny, nz] = mask.grid.dims;
    let components = Components::of(&mask.data, mask.grid.dims, false);
    let mut outside = vec![false; components.runs.len()];
    for (run, root) in components.runs.iter().zip(&components.root) {
        let (y, z) = (run.row % ny, run.row / ny);
        let on_face = y == 0 || y == ny - 1 || z == 0 || z == nz - 1;
        if on_face || run.start == 0 || run.end == nx {
            outside[*root] = true;
        }
    }
    for (run, root) in components.runs.iter().zip(&components.root) {
        if !outside[*root] {
            mask.data[run.row * nx..][run.start..run.end].fill(true);
        }
    }
}
