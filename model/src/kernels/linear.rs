//! A linear layer with the layer norm before it and the GELU or the residual after it, in one go.
//!
//! Out of Burn's own operations a Swin block is some forty launches, most of which only move tokens;
//! and its matrix product is made for large matrices: over a hundred thousand rows of twelve
//! numbers it took a third of the whole network's time on SwiftShader.
//!
//! On the CPU, and where a gradient is asked for, it is Burn's own operations, but for the GELU on the CPU; for
//! gradients on a GPU they are put together in another way, see [`in_parts`].
//!
//! Shader: `shaders/compute/linear.wgsl`.

#[cfg(feature = "gpu")]
pub(super) mod gpu;
mod in_parts;

use burn::module::Param;
use burn::nn::{LayerNorm, Linear};
use burn::tensor::{Tensor, module};

use super::gelu;

/// What stands around a linear layer.
#[derive(Clone, Debug, Default)]
pub struct Around<'a> {
    /// Normalises each row first; its epsilon is 1e-5.
    pub norm: Option<&'a LayerNorm>,
    /// GELU of the result.
    pub gelu: bool,
    /// Added at the end: `[batch, row, out]`.
    pub residual: Option<Tensor<3>>,
}

/// `layer` over the rows of `x` `[batch, row, in]`: `[batch, row, out]`.
///
/// # Panics
/// If the shapes do not fit together or the device does not compute with the tensors' types; f16 wants widths that are
/// multiples of four.
#[must_use]
pub fn linear(x: Tensor<3>, layer: &Linear, around: Around<'_>) -> Tensor<3> {
    let bias = layer.bias.as_ref().map(Param::val);
    affine(x, layer.weight.val(), bias, around)
}

/// The same by `weight` `[in, out]` and `bias` `[out]`.
///
/// # Panics
/// As [`linear()`].
#[must_use]
pub fn affine(
    x: Tensor<3>,
    weight: Tensor<2>,
    bias: Option<Tensor<1>>,
    around: Around<'_>,
) -> Tensor<3> {
    #[cfg(feature = "gpu")]
    if super::by_shader(&x.device()) && gpu::suits(&weight) {
        return gpu::affine(x, weight, bias, around);
    }
    if super::by_burn_on_a_gpu(&x.device()) {
        return in_parts::affine(x, weight, bias, around);
    }
    let x = match around.norm {
        Some(norm) => norm.forward(x),
        None => x,
    };
    after(
        module::linear(x, weight, bias),
        around.gelu,
        around.residual,
    )
}

/// What follows the product.
fn after(mut y: Tensor<3>, gelu: bool, residual: Option<Tensor<3>>) -> Tensor<3> {
    if gelu {
        y = gelu::gelu(y);
    }
    match residual {
        Some(residual) => residual + y,
        None => y,
    }
}

/// Weights of one layer for [`twin`], as plain slices.
#[derive(Clone, Copy, Debug)]
pub struct Weights<'a> {
    /// `[in, out]`.
    pub weight: &'a [f32],
    /// `[out]`.
    pub bias: Option<&'a [f32]>,
    /// Scale and offset of the norm, `[in]` each.
    pub norm: Option<(&'a [f32], &'a [f32])>,
}

/// The same on plain slices, row by row: the shader's oracle. `output` `[row, out]` holds the residual,
/// or zeros; GELU by `erf`, which the caller has.
pub fn twin(
    output: &mut [f32],
    x: &[f32],
    weights: Weights<'_>,
    rows: usize,
    gelu: Option<fn(f64) -> f64>,
) {
    let (width, columns) = (x.len() / rows, output.len() / rows);
    for (x, output) in x.chunks(width).zip(output.chunks_mut(columns)) {
        let mut row: Vec<f64> = x.iter().map(|&v| f64::from(v)).collect();
        if let Some((gamma, beta)) = weights.norm {
            let mean = row.iter().sum::<f64>() / width as f64;
            let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / width as f64;
            for (k, v) in row.iter_mut().enumerate() {
                let normal = (*v - mean) / (variance + 1e-5).sqrt();
                *v = normal * f64::from(gamma[k]) + f64::from(beta[k]);
            }
        }
        for (n, output) in output.iter_mut().enumerate() {
            let products = row.iter().enumerate();
            let sum: f64 = products
                .map(|(k, v)| v * f64::from(weights.weight[k * columns + n]))
                .sum();
            let sum = sum + weights.bias.map_or(0.0, |bias| f64::from(bias[n]));
            *output += gelu.map_or(sum, |gelu| gelu(sum)) as f32;
        }
    }
}
