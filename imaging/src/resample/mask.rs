//! Masks on another grid.

use super::linear_each;
use crate::{Grid, Mask, Volume};

/// The mask on another grid: a voxel is inside where at least half of its neighbourhood is.
#[must_use]
pub fn mask(mask: &Mask, grid: &Grid) -> Mask {
    let soft = Volume {
        grid: mask.grid,
        data: mask.data.iter().map(|v| f32::from(u8::from(*v))).collect(),
    };
    let mut out = Mask::filled(*grid, false);
    linear_each(&soft, grid, |at, part| out.data[at] = part >= 0.5);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Affine, RasPoint};

    #[test]
    fn a_mask_moves_with_its_place_in_the_patient() {
        let grid = |spacing: f64, first: f64, dims| Grid {
            dims,
            affine: Affine::axis_aligned([spacing; 3], RasPoint([first; 3])),
        };
        // A box from 2 to 6, 2 to 8 and 2 to 10 mm, by the faces of its voxels.
        let from = grid(1.0, 0.5, [12; 3]);
        let inside = |at: usize| {
            let [x, y, z] = from.index_of(at).0;
            (2..6).contains(&x) && (2..8).contains(&y) && (2..10).contains(&z)
        };
        let small = Mask {
            grid: from,
            data: (0..from.voxel_count()).map(inside).collect(),
        };
        let coarse = mask(&small, &grid(2.0, 1.0, [6; 3]));
        let (low, size) = coarse.bounding_box().expect("it is not empty");
        assert_eq!((low.0, size), ([1; 3], [2, 3, 4]));
        assert_eq!(coarse.count(), 24);
        assert!((coarse.volume_ml() - small.volume_ml()).abs() < 1e-9);
    }
}
