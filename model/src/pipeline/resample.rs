//! The aligned scans onto the bundle's grid.

use imaging::{Grid, Mask, Orientation, Sequence, Volume, reorient, resample};

use super::align::Aligned;
use super::input::Input;
use crate::ModelError;
use crate::bundle::Manifest;

/// Most voxels on the bundle's grid: the reader's own limit.
const MOST_VOXELS: usize = 200_000_000;

/// The scans in the bundle's orientation and channel order, on its grid: a box around the brain, at least a window
/// large.
///
/// # Errors
/// [`imaging::ImagingError::TooLarge`] and [`imaging::ImagingError::NoBrain`].
pub(super) fn onto_model_grid(
    aligned: &Aligned<'_>,
    brain: &Mask,
    manifest: &Manifest,
) -> Result<Input, ModelError> {
    let orientation = manifest.orientation()?;
    let full = Grid::covering(&brain.grid, manifest.spacing_mm);
    if full.voxel_count() > MOST_VOXELS {
        // A header can describe voxels metres apart.
        let dims = full.dims.map(|n| n as u64);
        return Err(imaging::ImagingError::TooLarge {
            dims,
            most_voxels: MOST_VOXELS as u64,
        }
        .into());
    }
    let brain = resample::mask(brain, &full);
    let (low, size) = brain.bounding_box().ok_or(imaging::ImagingError::NoBrain)?;
    // The window's edges are along the bundle's axes, which may be permuted against RAS.
    let window = in_ras(manifest.window, orientation, full);
    let dims: [usize; 3] = std::array::from_fn(|a| size[a].max(window[a]));
    let start = std::array::from_fn(|a| low.0[a] as isize - ((dims[a] - size[a]) / 2) as isize);
    let brain = brain.window(start, dims, false);
    let volumes = manifest.channels.map(|sequence| {
        let volume = match &aligned.volumes[sequence.channel()] {
            Some(volume) => manifest.sampling.onto(volume, &brain.grid),
            None => Volume::filled(brain.grid, 0.0),
        };
        reorient(&volume, orientation)
    });
    let given: Vec<Sequence> = aligned.given().map(|(sequence, _)| sequence).collect();
    Ok(Input {
        volumes,
        brain: reorient(&brain, orientation),
        channels: manifest.channels,
        given,
    })
}

/// Edges along the axes of `orientation`, reordered to those of a RAS grid.
fn in_ras(edges: [usize; 3], orientation: Orientation, grid: Grid) -> [usize; 3] {
    // Reorienting an empty grid with these edges tells where each axis goes.
    let empty = Mask {
        grid: Grid {
            dims: [1, 2, 3],
            ..grid
        },
        data: vec![false; 6],
    };
    let turned = reorient(&empty, orientation).grid.dims;
    std::array::from_fn(|axis| edges[turned.iter().position(|&n| n == axis + 1).unwrap_or(axis)])
}
