//! A grid: how many voxels, and where they lie in the patient.

use crate::{Affine, RasPoint, VoxelIndex, VoxelPoint};
use serde::{Deserialize, Serialize};

/// The voxels of a volume without their values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// Voxels along x, y, z.
    pub dims: [usize; 3],
    /// Voxel coordinates to RAS in mm.
    pub affine: Affine,
}

/// An upright box in the patient, in mm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct WorldBox {
    pub(crate) low: [f64; 3],
    pub(crate) high: [f64; 3],
}

impl Grid {
    /// How many voxels the grid has; `usize::MAX` where that overflows.
    #[must_use]
    pub fn voxel_count(&self) -> usize {
        self.dims
            .iter()
            .fold(1, |count: usize, n| count.saturating_mul(*n))
    }

    /// Place of a voxel in the data, x fastest.
    #[must_use]
    pub fn offset_of(&self, index: VoxelIndex) -> usize {
        let [x, y, z] = index.0;
        x + self.dims[0] * (y + self.dims[1] * z)
    }

    /// The voxel at a place in the data; the inverse of [`Grid::offset_of`].
    #[must_use]
    pub fn index_of(&self, offset: usize) -> VoxelIndex {
        let [nx, ny, _] = self.dims;
        VoxelIndex([offset % nx, offset / nx % ny, offset / (nx * ny)])
    }

    /// Distance between neighbouring voxel centres along x, y, z, in mm.
    #[must_use]
    pub fn spacing_mm(&self) -> [f64; 3] {
        self.affine.spacing_mm()
    }

    /// Volume of one voxel in mL (1 mL = 1000 mm³).
    #[must_use]
    pub fn voxel_volume_ml(&self) -> f64 {
        self.affine.determinant().abs() / 1000.0
    }

    /// The middle of the grid in the patient.
    #[must_use]
    pub fn centre(&self) -> RasPoint {
        self.affine
            .apply(VoxelPoint(self.dims.map(|n| (n as f64 - 1.0) / 2.0)))
    }

    /// Whether both grids have the same voxels: equal dims, and every corner within a hundredth of
    /// the smallest spacing.
    #[must_use]
    pub fn is_close(&self, other: &Self) -> bool {
        let smallest = self.spacing_mm().into_iter().fold(f64::INFINITY, f64::min);
        self.dims == other.dims
            && self
                .corners(0.0)
                .iter()
                .zip(other.corners(0.0))
                .all(|(a, b)| a.distance_mm(b) <= smallest / 100.0)
    }

    /// How much of the smaller and of the larger grid's box the two boxes share, 0 to 1 each. The boxes are upright in
    /// patient space and reach to the outer faces of the outermost voxels.
    #[must_use]
    pub fn overlap_fractions(&self, other: &Self) -> [f64; 2] {
        let (a, b) = (self.world_box(), other.world_box());
        let shared: f64 = (0..3)
            .map(|i| (a.high[i].min(b.high[i]) - a.low[i].max(b.low[i])).max(0.0))
            .product();
        let (a, b) = (a.volume_mm3(), b.volume_mm3());
        let part = |of: f64| if of > 0.0 { shared / of } else { 0.0 };
        [part(a.min(b)), part(a.max(b))]
    }

    /// How much of the smaller grid's box the two boxes share, as in [`Self::overlap_fractions`].
    #[must_use]
    pub fn overlap_fraction(&self, other: &Self) -> f64 {
        self.overlap_fractions(other)[0]
    }

    /// An upright RAS grid of voxels of `spacing_mm` that covers all of `other` and has the same
    /// centre. A grid that came from a stranger's header can be metres wide: look at
    /// [`Grid::voxel_count`] before filling the new one.
    #[must_use]
    pub fn covering(other: &Self, spacing_mm: [f64; 3]) -> Self {
        let b = other.world_box();
        // A box of 240.0000001 mm asks for 240 voxels of 1 mm, not 241.
        let dims = [0, 1, 2].map(|i| {
            let voxels = ((b.high[i] - b.low[i]) / spacing_mm[i] - 1e-4).ceil();
            (voxels as usize).max(1)
        });
        let origin = [0, 1, 2]
            .map(|i| (b.low[i] + b.high[i]) / 2.0 - (dims[i] as f64 - 1.0) / 2.0 * spacing_mm[i]);
        Self {
            dims,
            affine: Affine::axis_aligned(spacing_mm, RasPoint(origin)),
        }
    }

    /// The grid of a crop or a pad: `dims` voxels of the same lattice from voxel `start`, which may
    /// lie outside this grid.
    #[must_use]
    pub fn window(&self, start: [isize; 3], dims: [usize; 3]) -> Self {
        let origin = self.affine.map(start.map(|s| s as f64));
        let mut affine = self.affine;
        for (row, o) in affine.0.iter_mut().zip(origin) {
            row[3] = o;
        }
        Self { dims, affine }
    }

    /// The upright box around the grid, to the outer faces of the outermost voxels.
    pub(crate) fn world_box(&self) -> WorldBox {
        let mut found = WorldBox {
            low: [f64::INFINITY; 3],
            high: [f64::NEG_INFINITY; 3],
        };
        for corner in self.corners(0.5) {
            for axis in 0..3 {
                found.low[axis] = found.low[axis].min(corner.0[axis]);
                found.high[axis] = found.high[axis].max(corner.0[axis]);
            }
        }
        found
    }

    /// The eight corners, `margin` voxels beyond the outermost centres.
    fn corners(&self, margin: f64) -> [RasPoint; 8] {
        std::array::from_fn(|corner| {
            let end = |axis: usize| {
                if corner >> axis & 1 == 0 {
                    -margin
                } else {
                    self.dims[axis] as f64 - 1.0 + margin
                }
            };
            self.affine.apply(VoxelPoint([end(0), end(1), end(2)]))
        })
    }
}

impl WorldBox {
    fn volume_mm3(&self) -> f64 {
        (0..3).map(|i| self.high[i] - self.low[i]).product()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upright(dims: [usize; 3], spacing: [f64; 3], origin: [f64; 3]) -> Grid {
        Grid {
            dims,
            affine: Affine::axis_aligned(spacing, RasPoint(origin)),
        }
    }

    #[test]
    fn offset_and_index_are_inverse() {
        let g = upright([3, 5, 7], [1.0; 3], [0.0; 3]);
        for offset in 0..g.voxel_count() {
            assert_eq!(g.offset_of(g.index_of(offset)), offset);
        }
        assert_eq!(g.offset_of(VoxelIndex([1, 0, 0])), 1);
    }

    #[test]
    fn overlap_is_of_the_smaller_box() {
        let big = upright([10, 10, 10], [1.0; 3], [0.0; 3]);
        let small = upright([2, 2, 2], [2.0; 3], [0.5; 3]);
        assert!((big.overlap_fraction(&small) - 1.0).abs() < 1e-12);
        // The small box spans -2.5 to 1.5 along x now; 2 of its 4 mm are inside.
        let shifted = upright([2, 2, 2], [2.0; 3], [-1.5, 0.5, 0.5]);
        assert!((big.overlap_fraction(&shifted) - 0.5).abs() < 1e-12);
        assert!((shifted.overlap_fraction(&big) - 0.5).abs() < 1e-12);
        let away = upright([2, 2, 2], [2.0; 3], [100.0, 0.0, 0.0]);
        assert_eq!(big.overlap_fraction(&away), 0.0);
    }

    #[test]
    fn isotropic_grid_covers_the_box_and_keeps_the_centre() {
        let lps = Grid {
            dims: [240, 240, 155],
            affine: Affine([
                [-1.0, 0.0, 0.0, 120.0],
                [0.0, -1.0, 0.0, 110.0],
                [0.0, 0.0, 1.0, -70.0],
            ]),
        };
        let iso = Grid::covering(&lps, [2.0; 3]);
        assert_eq!(iso.dims, [120, 120, 78]);
        assert!(iso.centre().distance_mm(lps.centre()) < 1e-9);
        assert_eq!(Grid::covering(&lps, [1.0; 3]).dims, lps.dims);
        let (a, b) = (iso.world_box(), lps.world_box());
        for axis in 0..3 {
            assert!(a.low[axis] <= b.low[axis] + 1e-9 && a.high[axis] >= b.high[axis] - 1e-9);
        }
    }

    #[test]
    fn window_keeps_every_voxel_where_it_was() {
        let g = Grid {
            dims: [8, 9, 10],
            affine: Affine([
                [0.0, -2.0, 0.1, 5.0],
                [1.5, 0.0, 0.0, 6.0],
                [0.0, 0.2, 3.0, 7.0],
            ]),
        };
        let w = g.window([2, -1, 3], [4, 4, 4]);
        let a = w.affine.apply(VoxelPoint([1.0, 2.0, 3.0]));
        let b = g.affine.apply(VoxelPoint([3.0, 1.0, 6.0]));
        assert!(a.distance_mm(b) < 1e-12);
    }

    #[test]
    fn closeness_sees_a_shift_of_a_tenth_of_a_voxel() {
        let g = upright([4, 5, 6], [1.0, 1.0, 5.0], [0.0; 3]);
        assert!(g.is_close(&upright([4, 5, 6], [1.0, 1.0, 5.0], [0.001; 3])));
        assert!(!g.is_close(&upright([4, 5, 6], [1.0, 1.0, 5.0], [0.1, 0.0, 0.0])));
        assert!(!g.is_close(&upright([4, 5, 7], [1.0, 1.0, 5.0], [0.0; 3])));
    }
}
