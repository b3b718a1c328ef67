//! Instance normalisation as this network has it: no affine part, no running statistics, biased
//! variance; and the leaky rectifier that follows it.

use burn::tensor::Tensor;

use crate::kernels::{self, Convolved};

const SLOPE: f32 = 0.01;

/// Each channel of each sample to mean 0 and variance 1 over its voxels.
pub fn instance_norm(x: Convolved) -> Tensor<5> {
    kernels::instance_norm_of(x, 1.0)
}

/// [`instance_norm`], then LeakyReLU, slope 0.01.
pub fn norm_rectify(x: Convolved) -> Tensor<5> {
    kernels::instance_norm_of(x, SLOPE)
}

/// [`instance_norm`] of `x`, plus `residual`, then LeakyReLU.
pub fn norm_add_rectify(x: Convolved, residual: Tensor<5>) -> Tensor<5> {
    kernels::instance_norm_of_onto(residual, x, SLOPE)
}
