//! One Swin block: attention inside windows, then a two-layer perceptron, each with its residual.

use burn::module::Module;
use burn::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use super::attention::WindowAttention;
use crate::kernels::Windows;
use crate::kernels::linear::{Around, linear};

/// A block; whether it is shifted is the plan's business.
#[derive(Module, Debug)]
pub struct SwinBlock {
    norm1: LayerNorm,
    attention: WindowAttention,
    norm2: LayerNorm,
    mlp: Mlp,
}

#[derive(Module, Debug)]
struct Mlp {
    linear1: Linear,
    linear2: Linear,
}

impl SwinBlock {
    /// A block over `channels` with `heads` heads and windows of edge `window`.
    pub fn new(channels: usize, heads: usize, window: usize, device: &Device) -> Self {
        Self {
            norm1: LayerNormConfig::new(channels).init(device),
            attention: WindowAttention::new(channels, heads, window, device),
            norm2: LayerNormConfig::new(channels).init(device),
            mlp: Mlp {
                linear1: LinearConfig::new(channels, 4 * channels).init(device),
                linear2: LinearConfig::new(4 * channels, channels).init(device),
            },
        }
    }

    /// `x` `[batch, grid, channels]` in and out.
    pub fn forward(&self, x: Tensor<3>, windows: &Windows) -> Tensor<3> {
        let x = self.attention.forward(x, &self.norm1, windows);
        let first = Around {
            norm: Some(&self.norm2),
            gelu: true,
            residual: None,
        };
        let hidden = linear(x.clone(), &self.mlp.linear1, first);
        let second = Around {
            residual: Some(x),
            ..Around::default()
        };
        linear(hidden, &self.mlp.linear2, second)
    }
}
