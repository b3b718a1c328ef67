//! Window attention with relative position bias.

use burn::module::{Module, Param};
use burn::nn::{LayerNorm, Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use crate::kernels::linear::{Around, linear};
use crate::kernels::{Windows, window_attention};

/// Multi-head self-attention inside windows; the parameters of one block.
#[derive(Module, Debug)]
pub struct WindowAttention {
    /// `[(2w−1)³, heads]`.
    bias_table: Param<Tensor<2>>,
    qkv: Linear,
    proj: Linear,
}

impl WindowAttention {
    /// Attention over `channels` split into `heads`, for windows of edge `window`.
    pub fn new(channels: usize, heads: usize, window: usize, device: &Device) -> Self {
        let table = [(2 * window - 1).pow(3), heads];
        Self {
            bias_table: super::super::truncated_normal(table, device),
            qkv: LinearConfig::new(channels, 3 * channels).init(device),
            proj: LinearConfig::new(channels, channels).init(device),
        }
    }

    /// `tokens` `[batch, grid, channels]`, normalised by `norm` before and added after: the same shape
    /// comes back.
    ///
    /// MONAI pads with zeros after the norm, so a padded token's query, key and value are the
    /// projection's bias alone; they are not masked, so they act as keys. Projecting before the
    /// padding gives the same and saves the padded tokens' arithmetic.
    pub fn forward(&self, tokens: Tensor<3>, norm: &LayerNorm, windows: &Windows) -> Tensor<3> {
        let [batch, _, channels] = tokens.dims();
        let before = Around {
            norm: Some(norm),
            ..Around::default()
        };
        let mut qkv = linear(tokens.clone(), &self.qkv, before);
        if windows.padded() {
            let bias = match &self.qkv.bias {
                Some(bias) => bias.val(),
                None => Tensor::zeros([3 * channels], &qkv.device()),
            };
            let row = bias.cast(qkv.dtype()).reshape([1, 1, -1]);
            qkv = Tensor::cat(vec![qkv, row.repeat_dim(0, batch)], 1);
        }
        let attended = window_attention(qkv, self.bias_table.val(), windows);
        let after = Around {
            residual: Some(tokens),
            ..Around::default()
        };
        linear(attended, &self.proj, after)
    }
}
