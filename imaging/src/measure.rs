//! Measures of label maps: volumes and agreement.

use crate::{ImagingError, LabelMap};
use serde::{Deserialize, Serialize};

/// Volume in mL of the voxels whose label `include` accepts.
#[must_use]
pub fn volume_ml(map: &LabelMap, include: impl Fn(u8) -> bool) -> f64 {
    let voxels = map.data.iter().filter(|label| include(**label)).count();
    voxels as f64 * map.grid.voxel_volume_ml()
}

/// Volumes of the three regions that BraTS defines, in mL.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TumourVolumes {
    /// Whole tumour: every label but background.
    pub wt: f64,
    /// Tumour core: labels 1 and 3.
    pub tc: f64,
    /// Enhancing tumour: label 3.
    pub et: f64,
}

impl TumourVolumes {
    /// Measures a map with labels 0 to 3; label 4 of older files counts as 3.
    #[must_use]
    pub fn of(map: &LabelMap) -> Self {
        Self {
            wt: volume_ml(map, |label| label != 0),
            tc: volume_ml(map, |label| matches!(label, 1 | 3 | 4)),
            et: volume_ml(map, |label| matches!(label, 3 | 4)),
        }
    }
}

/// Dice overlap 2·|A∩B| / (|A|+|B|) of the voxels that `include` accepts; `None` if neither map has
/// any.
///
/// # Errors
/// [`ImagingError::GridMismatch`] if the maps lie on different grids.
pub fn dice(
    a: &LabelMap,
    b: &LabelMap,
    include: impl Fn(u8) -> bool,
) -> Result<Option<f64>, ImagingError> {
    if !a.grid.is_close(&b.grid) {
        return Err(ImagingError::GridMismatch {
            found: b.grid.dims,
            expected: a.grid.dims,
        });
    }
    let (mut both, mut total) = (0u64, 0u64);
    for (x, y) in a.data.iter().zip(&b.data) {
        let (x, y) = (include(*x), include(*y));
        both += u64::from(x && y);
        total += u64::from(x) + u64::from(y);
    }
    Ok((total > 0).then(|| 2.0 * both as f64 / total as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Affine, Grid, RasPoint};

    fn map(labels: [u8; 8]) -> LabelMap {
        let affine = Affine::axis_aligned([5.0, 10.0, 20.0], RasPoint([0.0; 3]));
        LabelMap {
            grid: Grid {
                dims: [2, 2, 2],
                affine,
            },
            data: labels.to_vec(),
        }
    }

    #[test]
    fn regions_nest_as_brats_defines_them() {
        // A voxel is 1 mL.
        let volumes = TumourVolumes::of(&map([0, 0, 1, 2, 2, 2, 3, 4]));
        assert_eq!((volumes.wt, volumes.tc, volumes.et), (6.0, 3.0, 2.0));
    }

    #[test]
    fn dice_counts_shared_voxels_twice() {
        let a = map([1, 1, 1, 0, 2, 0, 0, 0]);
        let b = map([1, 0, 0, 1, 0, 2, 0, 0]);
        assert_eq!(dice(&a, &b, |l| l == 1), Ok(Some(2.0 / 5.0)));
        assert_eq!(dice(&a, &b, |l| l == 2), Ok(Some(0.0)));
        assert_eq!(dice(&a, &b, |l| l == 3), Ok(None));
    }

    #[test]
    fn dice_refuses_maps_on_different_grids() {
        let a = map([1; 8]);
        let mut b = map([1; 8]);
        b.grid.affine.0[0][3] = 2.0;
        assert!(dice(&a, &b, |l| l == 1).is_err());
    }
}
