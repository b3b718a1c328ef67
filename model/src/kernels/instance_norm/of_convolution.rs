//! The instance norm of what a convolution gives.

use burn::tensor::Tensor;

use super::{instance_norm, instance_norm_onto};
use crate::kernels::Convolved;

/// [`instance_norm`] of a convolution.
#[must_use]
pub fn instance_norm_of(convolved: Convolved, slope: f32) -> Tensor<5> {
    match convolved {
        #[cfg(feature = "gpu")]
        Convolved {
            volume,
            moments: Some(moments),
        } => super::gpu::by_moments(volume, moments, slope),
        Convolved { volume, .. } => instance_norm(volume, slope),
    }
}

/// [`instance_norm_onto`] of a convolution.
///
/// # Panics
/// As [`instance_norm_onto`].
#[must_use]
pub fn instance_norm_of_onto(residual: Tensor<5>, convolved: Convolved, slope: f32) -> Tensor<5> {
    match convolved {
        #[cfg(feature = "gpu")]
        Convolved {
            volume,
            moments: Some(moments),
        } => super::gpu::by_moments_onto(residual, volume, moments, slope),
        Convolved { volume, .. } => instance_norm_onto(residual, volume, slope),
    }
}
