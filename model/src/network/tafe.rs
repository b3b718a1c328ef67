//! TAFE, Tumour-Aware Feature Encoding: what the backbone's states say of the whole tumour.

use burn::module::Module;
use burn::nn::{LayerNorm, LayerNormConfig};
use burn::tensor::{Device, Tensor};

use super::config::{SwinUnetrConfig, TafeVariant};
use super::gate::average_pool;

/// The features that each head's own perceptron reads.
#[derive(Module, Debug)]
pub struct Tafe {
    /// One per level h1 to h4; empty in the pooled variant.
    norms: Vec<LayerNorm>,
}

impl Tafe {
    /// TAFE over this backbone's states.
    pub fn new(backbone: &SwinUnetrConfig, variant: TafeVariant, device: &Device) -> Self {
        let norms = match variant {
            TafeVariant::Pooled => Vec::new(),
            TafeVariant::Multiscale => (1..5)
                .map(|level| LayerNormConfig::new(backbone.channels(level)).init(device))
                .collect(),
        };
        Self { norms }
    }

    /// Number of features.
    pub fn features(backbone: &SwinUnetrConfig, variant: TafeVariant) -> usize {
        match variant {
            TafeVariant::Pooled => backbone.channels(4),
            TafeVariant::Multiscale => (1..5).map(|level| backbone.channels(level)).sum(),
        }
    }

    /// Features `[batch, features]` of the hidden states, seen through the gate `[batch, 1, x, y, z]`.
    pub fn forward(&self, hidden: &[Tensor<5>], gate: &Tensor<5>) -> Tensor<2> {
        if self.norms.is_empty() {
            return spatial_mean(hidden[4].clone());
        }
        let mut weight = average_pool(gate.clone(), 2);
        let levels = self.norms.iter().zip(&hidden[1..]).map(|(norm, state)| {
            weight = average_pool(weight.clone(), 2);
            norm.forward(weighted_mean(state.clone(), weight.clone()))
        });
        Tensor::cat(levels.collect(), 1)
    }
}

/// `[batch, channel, x, y, z]` to `[batch, channel]`.
pub fn spatial_mean(x: Tensor<5>) -> Tensor<2> {
    let [batch, channels, dx, dy, dz] = x.dims();
    x.reshape([batch, channels, dx * dy * dz])
        .mean_dim(2)
        .reshape([batch, channels])
}

fn weighted_mean(x: Tensor<5>, weight: Tensor<5>) -> Tensor<2> {
    let channels = x.dims()[1];
    let total = spatial_mean(weight.clone()).repeat_dim(1, channels);
    spatial_mean(x * weight) / total
}
