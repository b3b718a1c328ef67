//! The network out of Burn's own operations, for the benchmark: what our kernels are measured against.
//!
//! Of the same modules, on the same device, in the same process: convolutions by `conv3d` over a concatenation,
//! transposed ones by `conv_transpose3d`, norms and attention step by step.

use std::sync::atomic::{AtomicBool, Ordering};

use burn::tensor::activation::leaky_relu;
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{Tensor, module};

static ON: AtomicBool = AtomicBool::new(false);

/// Whether Burn's own operations stand in for our kernels from now on.
pub fn use_stock(on: bool) {
    ON.store(on, Ordering::Relaxed);
}

pub(crate) fn on() -> bool {
    ON.load(Ordering::Relaxed)
}

pub(super) fn conv3d(x: Tensor<5>, weight: Tensor<5>, stride: usize, dilation: usize) -> Tensor<5> {
    let padding = weight.dims()[2] / 2 * dilation;
    let options = ConvOptions::new([stride; 3], [padding; 3], [dilation; 3], 1);
    module::conv3d(x, weight, None, options)
}

pub(super) fn upsample(x: Tensor<5>, weight: Tensor<5>) -> Tensor<5> {
    let options = ConvTransposeOptions::new([2; 3], [0; 3], [0; 3], [1; 3], 1);
    module::conv_transpose3d(x, weight, None, options)
}

/// With the residual, if there is one.
pub(super) fn instance_norm(x: Tensor<5>, residual: Option<Tensor<5>>, slope: f32) -> Tensor<5> {
    let dims = x.dims();
    let [batch, channels, dx, dy, dz] = dims;
    let rows = x.reshape([batch * channels, dx * dy * dz]);
    let (variance, mean) = rows.clone().var_mean_bias(1);
    let normal = (rows - mean) / (variance + super::instance_norm::EPSILON).sqrt();
    let normal = normal.reshape(dims);
    let sum = match residual {
        Some(residual) => normal + residual,
        None => normal,
    };
    leaky_relu(sum, f64::from(slope))
}
