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
    let pieces = Pieces::of(mask);
    let largest = pieces.largest().ok_or(ImagingError::NoBrain)?;
    pieces.keep(mask, |piece| piece == largest);
    Ok(())
}

/// Takes away the components that have fewer voxels than `part` of the largest, and gives how many
/// they were.
pub fn drop_small(mask: &mut Mask, part: f64) -> usize {
    let pieces = Pieces::of(mask);
    let Some(largest) = pieces.largest() else {
        return 0;
    };
    let least = part * pieces.sizes[largest] as f64;
    let stays = |piece: usize| pieces.sizes[piece] as f64 >= least;
    pieces.keep(mask, stays);
    let all = pieces.sizes.iter().enumerate();
    all.filter(|(piece, size)| **size > 0 && !stays(*piece))
        .count()
}

/// The components of a mask's inside; each goes by its root's place among the runs.
struct Pieces {
    components: Components,
    /// Voxels by root, 0 for runs that are none.
    sizes: Vec<usize>,
}

impl Pieces {
    fn of(mask: &Mask) -> Self {
        let components = Components::of(&mask.data, mask.grid.dims, true);
        let mut sizes = vec![0; components.runs.len()];
        for (run, root) in components.runs.iter().zip(&components.root) {
            sizes[*root] += run.end - run.start;
        }
        Self { components, sizes }
    }

    fn largest(&self) -> Option<usize> {
        let sizes = &self.sizes;
        (0..sizes.len()).reduce(|best, i| if sizes[i] > sizes[best] { i } else { best })
    }

    fn keep(&self, mask: &mut Mask, stays: impl Fn(usize) -> bool) {
        let width = mask.grid.dims[0];
        for (run, root) in self.components.runs.iter().zip(&self.components.root) {
            if !stays(*root) {
                mask.data[run.row * width..][run.start..run.end].fill(false);
            }
        }
    }
}

/// Fills the background that the border does not reach.
pub(crate) fn fill_holes(mask: &mut Mask) {
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
