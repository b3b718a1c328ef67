//! The norm of a hidden state: tokens over their channels, without scale and offset, turned into a
//! volume.
//!
//! On the CPU, and where a gradient is asked for, it is Burn's own operations.
//!
//! Shader: `shaders/compute/token_norm.wgsl`.

#[cfg(feature = "gpu")]
pub(super) mod gpu;

use burn::tensor::Tensor;

const EPSILON: f64 = 1e-5;

/// `tokens` `[batch, grid, channel]` (z fastest), each to mean 0 and (biased) variance 1, as
/// `[batch, channel, x, y, z]`.
///
/// # Panics
/// If the grid does not fit or the device does not compute with the tensor's type; f16 wants channels in fours.
#[must_use]
pub fn token_norm(tokens: Tensor<3>, grid: [usize; 3]) -> Tensor<5> {
    let [batch, count, channels] = tokens.dims();
    assert_eq!(grid.iter().product::<usize>(), count, "tokens of the grid");
    let [x, y, z] = grid;
    #[cfg(feature = "gpu")]
    if super::by_shader(&tokens.device()) && channels.is_multiple_of(4) {
        return gpu::token_norm(tokens).reshape([batch, channels, x, y, z]);
    }
    let normal = normal(tokens).swap_dims(1, 2);
    normal.reshape([batch, channels, x, y, z])
}

/// Each token to mean 0 and (biased) variance 1 over its channels, the last axis.
pub(super) fn normal(tokens: Tensor<3>) -> Tensor<3> {
    let (variance, mean) = tokens.clone().var_mean_bias(2);
    (tokens - mean) / (variance + EPSILON).sqrt()
}

/// The same on plain slices, of one sample: the shader's oracle.
#[must_use]
pub fn twin(tokens: &[f32], channels: usize) -> Vec<f32> {
    let count = tokens.len() / channels;
    let mut output = vec![0.0; tokens.len()];
    for (t, token) in tokens.chunks(channels).enumerate() {
        let mean = token.iter().map(|&v| f64::from(v)).sum::<f64>() / channels as f64;
        let square = |v: f32| (f64::from(v) - mean).powi(2);
        let variance = token.iter().map(|&v| square(v)).sum::<f64>() / channels as f64;
        for (c, &v) in token.iter().enumerate() {
            output[c * count + t] = ((f64::from(v) - mean) / (variance + EPSILON).sqrt()) as f32;
        }
    }
    output
}
