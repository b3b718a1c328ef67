//! Where in the head the brain is: a first guess from the head's outline.

use crate::quantile::quantile;
use crate::{Mask, RasPoint, Volume, VoxelPoint, brain};

/// Below the top of the head by this much lies little brain, but chin and neck, which would pull
/// the guess down.
const LOOKED_AT_MM: f64 = 115.0;

/// A slice of this much tissue is head, not noise or the curve of the scalp.
const TOP_SLICE_CM2: f64 = 15.0;

/// A ball somewhere inside the brain.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ball {
    pub(super) centre: RasPoint,
    pub(super) radius_mm: f64,
}

/// The centre of the head's upper part, and the radius of a ball of that part's volume. `None`
/// where nothing is bright. The volume is on an upright RAS grid.
pub(super) fn find(volume: &Volume) -> Option<Ball> {
    let grid = &volume.grid;
    let [nx, ny, nz] = grid.dims;
    let mut bright: Vec<f32> = volume.data.iter().copied().filter(|v| *v > 0.0).collect();
    let threshold = 0.1 * quantile(&mut bright, 0.98);
    let data = volume.data.iter().map(|v| *v > threshold).collect();
    let mut head = Mask { grid: *grid, data };
    brain::keep_largest(&mut head).ok()?;

    let spacing = grid.spacing_mm();
    let voxel_cm2 = spacing[0] * spacing[1] / 100.0;
    let slice = |z: usize| &head.data[z * nx * ny..][..nx * ny];
    let cm2 = |z: usize| slice(z).iter().filter(|v| **v).count() as f64 * voxel_cm2;
    let top = (0..nz).rev().find(|z| cm2(*z) > TOP_SLICE_CM2)?;
    let lowest = top.saturating_sub((LOOKED_AT_MM / spacing[2]) as usize);

    let mut sum = [0.0; 3];
    let mut voxels = 0.0;
    for z in lowest..=top {
        for (place, _) in slice(z).iter().enumerate().filter(|(_, v)| **v) {
            let at = [place % nx, place / nx, z];
            sum = std::array::from_fn(|i| sum[i] + at[i] as f64);
            voxels += 1.0;
        }
    }
    let mm3 = voxels * spacing.iter().product::<f64>();
    Some(Ball {
        centre: grid.affine.apply(VoxelPoint(sum.map(|s| s / voxels))),
        radius_mm: (mm3 * 3.0 / (4.0 * std::f64::consts::PI)).cbrt(),
    })
}

impl Ball {
    /// The voxels within `part` of the radius.
    pub(super) fn voxels(&self, grid: &crate::Grid, part: f64) -> Vec<bool> {
        let reach = self.radius_mm * part;
        (0..grid.voxel_count())
            .map(|offset| {
                let at = grid.affine.apply(grid.index_of(offset).into());
                at.distance_mm(self.centre) <= reach
            })
            .collect()
    }
}
