//! How far two segmentations' surfaces are apart.

use imaging::{ImagingError, Mask, VoxelIndex};

use super::distance;

/// HD95 where one of the masks is empty and the other is not: the diagonal of BraTS's 240 × 240 × 155
/// mm volume, which its evaluations give there. Cases from other grids get the same number, so that
/// means stay comparable.
pub const ABSENT_HD95_MM: f64 = 373.128_664_2;

/// The 95th percentile Hausdorff distance in mm: the larger of the two directions' 95th percentiles of
/// surface distances (MONAI's `compute_hausdorff_distance(percentile=95)` with the voxels' spacing, which
/// is `directed=False`), percentiles interpolated linearly as NumPy does. Not medpy's `hd95`, which takes
/// one percentile of both directions' distances together.
///
/// Both masks empty: 0. One empty: [`ABSENT_HD95_MM`], as BraTS has it. MONAI has no number for either.
///
/// # Errors
/// [`ImagingError::GridMismatch`] if the masks lie on different grids.
pub fn hd95_mm(a: &Mask, b: &Mask) -> Result<f64, ImagingError> {
    let Some(distances) = surface_distances_mm(a, b)? else {
        let both = a.count() == 0 && b.count() == 0;
        return Ok(if both { 0.0 } else { ABSENT_HD95_MM });
    };
    let [there, back] = distances.map(|mut distances| {
        distances.sort_by(f64::total_cmp);
        percentile(&distances, 95.0).unwrap_or_default()
    });
    Ok(there.max(back))
}

/// Distances in mm from each surface voxel of `a` to the nearest of `b`, and back; `None` where a mask
/// is empty. Voxel axes are taken as at right angles.
///
/// A surface voxel is one inside with a neighbour across a face that is not, or that the grid does not
/// have (a mask less its erosion, as MONAI's `get_mask_edges` finds it).
///
/// # Errors
/// [`ImagingError::GridMismatch`] if the masks lie on different grids.
pub fn surface_distances_mm(a: &Mask, b: &Mask) -> Result<Option<[Vec<f64>; 2]>, ImagingError> {
    if !a.grid.is_close(&b.grid) {
        return Err(ImagingError::GridMismatch {
            found: b.grid.dims,
            expected: a.grid.dims,
        });
    }
    let (Some(of_a), Some(of_b)) = (a.bounding_box(), b.bounding_box()) else {
        return Ok(None);
    };
    // Nothing of either surface is outside the box around both, so no distance needs more than it.
    let low: [usize; 3] = std::array::from_fn(|i| of_a.0.0[i].min(of_b.0.0[i]));
    let end = |(low, size): (VoxelIndex, [usize; 3]), axis: usize| low.0[axis] + size[axis];
    let dims = std::array::from_fn(|i| end(of_a, i).max(end(of_b, i)) - low[i]);
    let start = low.map(|i| i as isize);
    let [a, b] = [a, b].map(|mask| edges(&mask.window(start, dims, false)));
    let spacing = a.grid.spacing_mm();
    let from = |a: &Mask, b: &Mask| -> Vec<f64> {
        let squared = distance::squared_mm(&b.data, dims, spacing);
        let on_surface = squared.iter().zip(&a.data).filter(|(_, inside)| **inside);
        on_surface.map(|(squared, _)| squared.sqrt()).collect()
    };
    Ok(Some([from(&a, &b), from(&b, &a)]))
}

/// The voxels of a mask that have a face outside it.
fn edges(mask: &Mask) -> Mask {
    let dims = mask.grid.dims;
    let strides = [1, dims[0], dims[0] * dims[1]];
    let mut edges = Mask::filled(mask.grid, false);
    for (offset, edge) in edges.data.iter_mut().enumerate() {
        let VoxelIndex(index) = mask.grid.index_of(offset);
        *edge = mask.data[offset]
            && (0..3).any(|axis| {
                index[axis] == 0
                    || index[axis] + 1 == dims[axis]
                    || !mask.data[offset - strides[axis]]
                    || !mask.data[offset + strides[axis]]
            });
    }
    edges
}

/// The value below which `percent` of the sorted values lie, interpolated linearly between neighbours;
/// `None` without values.
pub(super) fn percentile(sorted: &[f64], percent: f64) -> Option<f64> {
    let place = percent / 100.0 * (sorted.len().checked_sub(1)?) as f64;
    let low = place.floor() as usize;
    let high = (low + 1).min(sorted.len() - 1);
    let share = place - place.floor();
    Some(sorted[low] + share * (sorted[high] - sorted[low]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_numpys() {
        let values = [1.0, 2.0, 4.0, 8.0];
        assert_eq!(percentile(&values, 0.0), Some(1.0));
        assert_eq!(percentile(&values, 50.0), Some(3.0));
        let high = percentile(&values, 95.0).expect("values");
        assert!((high - 7.4).abs() < 1e-12);
        assert_eq!(percentile(&values, 100.0), Some(8.0));
        assert_eq!(percentile(&[], 50.0), None);
    }

    #[test]
    fn an_absent_mask_costs_the_diagonal_of_brats() {
        let diagonal = (240.0_f64.powi(2) * 2.0 + 155.0_f64.powi(2)).sqrt();
        assert!((ABSENT_HD95_MM - diagonal).abs() < 1e-5);
    }
}
