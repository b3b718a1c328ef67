//! Instance normalisation as this network has it: no affine part, no running statistics, biased
//! variance; and the leaky rectifier that follows it.

use burn::tensor::Tensor;
use burn::tensor::activation::leaky_relu;

const EPSILON: f64 = 1e-5;
const SLOPE: f64 = 0.01;

/// Each channel of each sample to mean 0 and variance 1 over its voxels.
pub fn instance_norm(x: Tensor<5>) -> Tensor<5> {
    let dims = x.dims();
    let flat = x.reshape([dims[0], dims[1], dims[2] * dims[3] * dims[4]]);
    let (variance, mean) = flat.clone().var_mean_bias(2);
    ((flat - mean) / (variance + EPSILON).sqrt()).reshape(dims)
}

/// LeakyReLU, slope 0.01.
pub fn rectify(x: Tensor<5>) -> Tensor<5> {
    leaky_relu(x, SLOPE)
}
