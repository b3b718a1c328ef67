//! Intensities made comparable between scanners.

use crate::{ImagingError, Mask, Volume};
use serde::{Deserialize, Serialize};

/// Mean and standard deviation inside the brain, before normalisation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// Mean.
    pub mean: f64,
    /// Population standard deviation (divided by n).
    pub deviation: f64,
}

/// Shifts and scales the voxels inside the mask to mean 0 and standard deviation 1, and makes those
/// outside 0. A constant brain becomes 0.
///
/// # Errors
/// [`ImagingError::GridMismatch`] if the mask has other dims, [`ImagingError::NoBrain`] if it is empty.
pub fn z_score(volume: &mut Volume, brain: &Mask) -> Result<Statistics, ImagingError> {
    if volume.grid.dims != brain.grid.dims {
        return Err(ImagingError::GridMismatch {
            found: brain.grid.dims,
            expected: volume.grid.dims,
        });
    }
    let inside = || volume.data.iter().zip(&brain.data).filter(|(_, i)| **i);
    let count = inside().count();
    if count == 0 {
        return Err(ImagingError::NoBrain);
    }
    let mean = inside().map(|(v, _)| f64::from(*v)).sum::<f64>() / count as f64;
    // Two passes: a single one loses the deviation of values that are large against it.
    let variance = inside()
        .map(|(v, _)| (f64::from(*v) - mean).powi(2))
        .sum::<f64>()
        / count as f64;
    let deviation = variance.sqrt();
    // Below the resolution of f32 the deviation is rounding, and dividing by it would blow it up.
    let constant = deviation <= mean.abs() * f64::from(f32::EPSILON);
    let divisor = if constant { 1.0 } else { deviation };
    for (value, inside) in volume.data.iter_mut().zip(&brain.data) {
        *value = if *inside {
            ((f64::from(*value) - mean) / divisor) as f32
        } else {
            0.0
        };
    }
    Ok(Statistics { mean, deviation })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Affine, Grid};

    fn volume(data: Vec<f32>) -> Volume {
        let grid = Grid {
            dims: [data.len(), 1, 1],
            affine: Affine::IDENTITY,
        };
        Volume { grid, data }
    }

    fn mask(of: &Volume, inside: impl Fn(usize) -> bool) -> Mask {
        Mask {
            grid: of.grid,
            data: (0..of.data.len()).map(inside).collect(),
        }
    }

    #[test]
    fn inside_has_mean_0_and_deviation_1_and_outside_is_0() {
        let mut v = volume(vec![900.0, 2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0, -50.0]);
        let brain = mask(&v, |i| (1..9).contains(&i));
        // The textbook example: mean 5, population deviation 2.
        let found = z_score(&mut v, &brain).expect("brain");
        assert_eq!((found.mean, found.deviation), (5.0, 2.0));
        assert_eq!(
            v.data,
            [0.0, -1.5, -0.5, -0.5, -0.5, 0.0, 0.0, 1.0, 2.0, 0.0]
        );
    }

    #[test]
    fn a_large_offset_costs_no_precision() {
        let mut v = volume((0..10_000).map(|i| 1e6 + (i % 2) as f32).collect());
        let brain = mask(&v, |_| true);
        z_score(&mut v, &brain).expect("brain");
        assert!(v.data.iter().all(|x| (x.abs() - 1.0).abs() < 1e-6));
    }

    #[test]
    fn a_constant_brain_becomes_zero_rather_than_nan() {
        let mut v = volume(vec![0.1; 1000]);
        let brain = mask(&v, |_| true);
        z_score(&mut v, &brain).expect("brain");
        assert!(v.data.iter().all(|x| x.abs() < 1e-3), "{:?}", v.data[0]);
    }

    #[test]
    fn an_empty_or_foreign_mask_is_refused() {
        let mut v = volume(vec![1.0; 4]);
        let empty = mask(&v, |_| false);
        assert_eq!(z_score(&mut v, &empty), Err(ImagingError::NoBrain));
        let other = Mask::filled(volume(vec![0.0; 5]).grid, true);
        assert!(z_score(&mut v, &other).is_err());
    }
}
