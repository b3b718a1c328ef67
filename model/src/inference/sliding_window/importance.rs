//! The weight of each voxel of a window, as MONAI's `compute_importance_map` has it.

use super::Blending;

/// No voxel counts less than this, so that a corner that a single window covers survives the
/// division.
const LEAST: f32 = 1e-3;

/// Standard deviation of the Gaussian, in edges of the window.
const SIGMA: f64 = 0.125;

impl Blending {
    /// Weights of a window's voxels, z fastest.
    pub(super) fn importance(self, window: [usize; 3]) -> Vec<f32> {
        if self == Self::Constant {
            return vec![1.0; window.iter().product()];
        }
        let [x, y, z] = window.map(bell);
        let mut weights = Vec::with_capacity(window.iter().product());
        for a in &x {
            for b in &y {
                weights.extend(z.iter().map(|c| a * b * c));
            }
        }
        let least = weights
            .iter()
            .copied()
            .fold(f32::INFINITY, f32::min)
            .max(LEAST);
        for weight in &mut weights {
            *weight = weight.max(least);
        }
        weights
    }
}

/// A normal curve over one edge, 1 in its middle (which lies between two voxels of an even edge).
fn bell(edge: usize) -> Vec<f32> {
    let middle = (edge as f64 - 1.0) / 2.0;
    let sigma = SIGMA * edge as f64;
    (0..edge)
        .map(|i| (-0.5 * ((i as f64 - middle) / sigma).powi(2)).exp() as f32)
        .collect()
}
