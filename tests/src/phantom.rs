//! Four scans of a brain that is bright where the patient's right, front and head are, stored the
//! other way round (LPS), so that no mirror image can pass for it.

use std::{fs, path::Path};

use anyhow::Result;
use imaging::{Affine, Grid, RasPoint, Volume, VoxelIndex, VoxelPoint, nifti};

use crate::case::{NAMES, Scans};

/// Half axes of the brain in mm: a fifth of its box, as a stripped brain is.
const RADII_MM: [f64; 3] = [60.0, 75.0, 55.0];

/// Brightness of a point; 0 outside. `sequence` changes the texture, since no two may be the same.
fn brightness(RasPoint(point): RasPoint, sequence: usize) -> f32 {
    let radius: f64 = point
        .iter()
        .zip(RADII_MM)
        .map(|(p, r)| (p / r).powi(2))
        .sum();
    if radius > 1.0 {
        return 0.0;
    }
    let half = |axis: usize, bright: f64| if point[axis] > 0.0 { bright } else { 0.0 };
    let texture = (point[sequence % 3] / (7.0 + sequence as f64)).sin();
    (100.0 + half(0, 60.0) + half(1, 40.0) + half(2, 20.0) + 5.0 * texture) as f32
}

/// Writes the four files.
///
/// # Errors
/// They cannot be written.
pub fn write(folder: &Path) -> Result<Scans> {
    let affine = Affine([
        [-2.0, 0.0, 0.0, 79.0],
        [0.0, -2.0, 0.0, 95.0],
        [0.0, 0.0, 2.0, -79.0],
    ]);
    let grid = Grid {
        dims: [80, 96, 80],
        affine,
    };
    for (sequence, name) in NAMES.iter().enumerate() {
        let mut volume = Volume::filled(grid, 0.0);
        for offset in 0..grid.voxel_count() {
            let index: VoxelIndex = grid.index_of(offset);
            volume.data[offset] = brightness(affine.apply(VoxelPoint::from(index)), sequence);
        }
        fs::write(
            folder.join(format!("{name}.nii.gz")),
            nifti::write_volume(&volume, None)?,
        )?;
    }
    Scans::in_folder(folder, NAMES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_front_and_head_are_the_bright_sides() {
        for (axis, centre) in [20.0, 20.0, 20.0].into_iter().enumerate() {
            let mut low = [5.0; 3];
            low[axis] = -centre;
            assert!(brightness(RasPoint([5.0; 3]), 0) > brightness(RasPoint(low), 0) + 9.0);
        }
        assert_eq!(brightness(RasPoint([61.0, 0.0, 0.0]), 0), 0.0);
    }
}
