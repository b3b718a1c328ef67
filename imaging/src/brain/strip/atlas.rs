//! The average head that says where to expect a brain: its T1, how deep in the brain each place lies, and its ventricles.
//!
//! Made from the ICBM 152 nonlinear average of 2009 by `examples/average_head.rs` (see `NOTICE`), 4 mm.

use crate::{Affine, Grid, ImagingError, Volume, VoxelIndex, nifti, resample};

/// Depth where the average head ends.
const BEYOND_MM: f32 = -64.0;

/// The average head, at 4 mm.
pub(super) struct Atlas {
    /// T1 with the skull on, 0 to 255.
    pub(super) head: Volume,
    /// Depth in the brain in mm, negative outside, from -64 to 63.
    depth: Volume,
    /// Part of each voxel that is CSF deep inside, 0 to 1.
    ventricles: Volume,
}

impl Atlas {
    pub(super) fn read() -> Result<Self, ImagingError> {
        let volume = |bytes: &[u8]| nifti::read(bytes).map(|series| series.volume);
        let mut depth = volume(include_bytes!("../../../assets/icbm152-depth.nii.gz"))?;
        for value in &mut depth.data {
            *value = (*value - 128.0) / 2.0;
        }
        let mut ventricles = volume(include_bytes!("../../../assets/icbm152-ventricles.nii.gz"))?;
        for value in &mut ventricles.data {
            *value /= 255.0;
        }
        Ok(Self {
            head: volume(include_bytes!("../../../assets/icbm152-head.nii.gz"))?,
            depth,
            ventricles,
        })
    }

    /// How deep in the average brain each voxel of `grid` lies, in mm of the patient; `to_atlas` takes RAS mm there to RAS mm
    /// of the average head.
    pub(super) fn depth_on(&self, grid: &Grid, to_atlas: &Affine) -> Volume {
        let seen = Grid {
            dims: grid.dims,
            affine: to_atlas.compose(&grid.affine),
        };
        let mut depth = resample::linear(&self.depth, &seen);
        let scale = to_atlas.determinant().abs().cbrt().max(0.1);
        let inverse = self.depth.grid.affine.inverse();
        for (offset, value) in depth.data.iter_mut().enumerate() {
            let VoxelIndex(at) = grid.index_of(offset);
            let inside = inverse.as_ref().is_some_and(|inverse| {
                let place = inverse.map(seen.affine.map(at.map(|i| i as f64)));
                (0..3).all(|i| (-0.5..self.depth.grid.dims[i] as f64 - 0.5).contains(&place[i]))
            });
            // Beyond the average head there is no brain.
            *value = if inside {
                *value / scale as f32
            } else {
                BEYOND_MM
            };
        }
        depth
    }

    /// Where ventricles may be, 0 to 1.
    pub(super) fn ventricles_on(&self, grid: &Grid, to_atlas: &Affine) -> Volume {
        let seen = Grid {
            dims: grid.dims,
            affine: to_atlas.compose(&grid.affine),
        };
        resample::linear(&self.ventricles, &seen)
    }
}
