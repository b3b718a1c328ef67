//! A scan made coarser, along its own axes.

use crate::{Affine, Grid, Volume, parallel};

/// How many voxels along each axis come nearest to `edge_mm`; 1 where they are larger already.
pub(crate) fn factors(grid: &Grid, edge_mm: f64) -> [usize; 3] {
    let spacing = grid.spacing_mm();
    [0, 1, 2].map(|axis| {
        let voxels = (edge_mm / spacing[axis] + 0.01).round();
        // A NaN becomes 0.
        (voxels as usize).clamp(1, (grid.dims[axis] / 2).max(1))
    })
}

/// Means of blocks of so many voxels; what is left over at the ends of an axis is left out, evenly.
pub(crate) fn coarser(volume: &Volume, factors: [usize; 3]) -> Volume {
    let [nx, ny, _] = volume.grid.dims;
    let dims = [0, 1, 2].map(|axis| volume.grid.dims[axis] / factors[axis]);
    let start = [0, 1, 2].map(|axis| (volume.grid.dims[axis] - dims[axis] * factors[axis]) / 2);
    let each = 1.0 / factors.iter().product::<usize>() as f32;
    let slabs = parallel::map((0..dims[2]).collect(), |slab| {
        let mut means = Vec::with_capacity(dims[0] * dims[1]);
        let mut sums = vec![0.0f32; dims[0] * factors[0]];
        for block in 0..dims[1] {
            sums.fill(0.0);
            for z in (0..factors[2]).map(|z| start[2] + slab * factors[2] + z) {
                for y in (0..factors[1]).map(|y| start[1] + block * factors[1] + y) {
                    let row = &volume.data[nx * (y + ny * z) + start[0]..][..sums.len()];
                    for (sum, value) in sums.iter_mut().zip(row) {
                        *sum += value;
                    }
                }
            }
            let blocks = sums.chunks_exact(factors[0]);
            means.extend(blocks.map(|block| block.iter().sum::<f32>() * each));
        }
        means
    });
    Volume {
        grid: Grid {
            dims,
            affine: block_affine(&volume.grid.affine, factors, start),
        },
        data: slabs.concat(),
    }
}

/// The affine of the blocks' centres.
fn block_affine(affine: &Affine, factors: [usize; 3], start: [usize; 3]) -> Affine {
    let centre = |axis: usize| start[axis] as f64 + (factors[axis] as f64 - 1.0) / 2.0;
    let origin = affine.map([0, 1, 2].map(centre));
    Affine(std::array::from_fn(|row| {
        let scaled = |axis: usize| affine.0[row][axis] * factors[axis] as f64;
        [scaled(0), scaled(1), scaled(2), origin[row]]
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Means of a linear function are the function at the blocks' centres.
    #[test]
    fn blocks_lie_where_their_voxels_do() {
        let grid = Grid {
            dims: [11, 9, 5],
            affine: Affine([
                [-0.9, 0.2, 0.3, 40.0],
                [0.1, 1.1, -0.4, -70.0],
                [0.25, 0.35, 2.9, 12.5],
            ]),
        };
        let value = |p: [f64; 3]| 3.0 * p[0] - 2.0 * p[1] + 0.5 * p[2];
        let at = |grid: &Grid, offset: usize| {
            let index = grid.index_of(offset).0.map(|n| n as f64);
            value(grid.affine.map(index))
        };
        let data = (0..grid.voxel_count()).map(|i| at(&grid, i) as f32);
        let fine = Volume {
            grid,
            data: data.collect(),
        };
        let coarse = coarser(&fine, [4, 2, 1]);
        assert_eq!(coarse.grid.dims, [2, 4, 5]);
        for (offset, found) in coarse.data.iter().enumerate() {
            let expected = at(&coarse.grid, offset);
            assert!((f64::from(*found) - expected).abs() < 1e-3, "{offset}");
        }
    }

    #[test]
    fn thick_slices_are_not_made_thicker_and_an_axis_keeps_two_voxels() {
        let grid = Grid {
            dims: [256, 3, 26],
            affine: Affine::axis_aligned([0.9, 0.9, 5.5], crate::RasPoint([0.0; 3])),
        };
        assert_eq!(factors(&grid, 4.0), [4, 1, 1]);
        assert_eq!(factors(&grid, 1.0), [1, 1, 1]);
    }
}
