//! TAFE, Tumour-Aware Feature Encoding: what the backbone's states say of the whole tumour.

use burn::module::Module;
use burn::nn::{LayerNorm, LayerNormConfig};
use burn::tensor::{Device, Tensor};

use super::config::{SwinUnetrConfig, TafeVariant};
use super::gate::average_pool;
use super::sited::{self, Sited};

/// The features that each head's own perceptron reads.
#[derive(Module, Debug)]
pub struct Tafe {
    /// One per level h1 to h4; empty in the pooled variant.
    norms: Vec<LayerNorm>,
    /// In the sited variants.
    sited: Option<Sited>,
}

/// What is taken from a forward, before anything that the heads learn: enough to train them without
/// the backbone.
#[derive(Clone, Debug)]
pub struct Pooled {
    /// Tumour-weighted means of h1 to h4, or the mean of h4 alone: `[batch, channel]` each.
    pub levels: Vec<Tensor<2>>,
    /// Measures of the tumour that was found `[batch, 31]`, in the sited variants.
    pub measures: Option<Tensor<2>>,
}

impl Tafe {
    /// TAFE over this backbone's states.
    pub fn new(backbone: &SwinUnetrConfig, variant: TafeVariant, device: &Device) -> Self {
        let norms = match variant {
            TafeVariant::Pooled => Vec::new(),
            _ => (1..5)
                .map(|level| LayerNormConfig::new(backbone.channels(level)).init(device))
                .collect(),
        };
        let multiscale = || Self::features(backbone, TafeVariant::Multiscale);
        let sited = variant.measures();
        let sited = sited.map(|measures| Sited::new(measures, multiscale(), device));
        Self { norms, sited }
    }

    /// Number of features.
    pub fn features(backbone: &SwinUnetrConfig, variant: TafeVariant) -> usize {
        match variant {
            TafeVariant::Pooled => backbone.channels(4),
            TafeVariant::Multiscale => (1..5).map(|level| backbone.channels(level)).sum(),
            TafeVariant::Sited => sited::BEFORE_CONTRAST + sited::NARROW,
            TafeVariant::SitedContrast => sited::MEASURES + sited::NARROW,
        }
    }

    /// What there is to see of the input, its hidden states h1 to h4, through the gate `[batch, 1, x, y, z]`,
    /// and of the segmentation's logits.
    pub fn pool(
        &self,
        x: &Tensor<5>,
        hidden: &[Tensor<5>],
        gate: &Tensor<5>,
        logits: &Tensor<5>,
    ) -> Pooled {
        if self.norms.is_empty() {
            let levels = vec![spatial_mean(hidden[3].clone())];
            return Pooled {
                levels,
                measures: None,
            };
        }
        let mut weight = average_pool(gate.clone(), 2);
        let levels = hidden.iter().map(|state| {
            weight = average_pool(weight.clone(), 2);
            weighted_mean(state.clone(), weight.clone())
        });
        let measures = self.sited.as_ref();
        Pooled {
            levels: levels.collect(),
            measures: measures.map(|_| sited::measures(x, logits.clone())),
        }
    }

    /// Features `[batch, features]`.
    pub fn forward(&self, pooled: &Pooled) -> Tensor<2> {
        let levels = pooled.levels.iter();
        if self.norms.is_empty() {
            return Tensor::cat(levels.cloned().collect(), 1);
        }
        let levels = self.norms.iter().zip(levels);
        let levels = levels.map(|(norm, level)| norm.forward(level.clone()));
        let levels = Tensor::cat(levels.collect(), 1);
        match (&self.sited, &pooled.measures) {
            (Some(sited), Some(measures)) => sited.forward(measures.clone(), levels),
            _ => levels,
        }
    }
}

/// `[batch, channel, x, y, z]` to `[batch, channel]`.
pub fn spatial_mean(x: Tensor<5>) -> Tensor<2> {
    #[cfg(all(test, feature = "gpu", not(target_arch = "wasm32")))]
    crate::kernels::watch::look(&x);
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
