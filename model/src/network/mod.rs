//! The network: backbone, TAFE, CMD, DSF and the heads.

mod apart;
mod cmd;
mod cnn;
pub mod config;
mod conv;
pub(crate) mod finest;
mod gate;
mod heads;
mod mlp;
mod norm;
pub mod sited;
mod swin;
mod tafe;
mod unet;

use burn::module::{Module, Param};
use burn::nn::Initializer;
use burn::tensor::{Device, Tensor};

pub use apart::{Answers, to_cpu};
pub use cmd::{CmdOutput, Mismatch};
pub use config::MtsUnetConfig;
#[cfg(feature = "train")]
pub(crate) use conv::Upsample;
pub use finest::Finest;
pub use gate::tumour_probability;
pub use heads::{HeadOutput, Heads};
pub use swin::SwinTransformer;
pub(crate) use swin::WindowShape;
pub use tafe::{Pooled, spatial_mean};
pub(crate) use unet::check_window;
pub use unet::{Pass, SwinUnetr};

use crate::ModelError;
pub use crate::kernels::Activations;
use config::{Merging, Segmentation};

/// The whole network; see [`MtsUnetConfig`].
#[derive(Module, Debug)]
pub struct MtsUnet {
    backbone: SwinUnetr,
    heads: Heads,
    #[module(skip)]
    segmentation: Segmentation,
    min_gate: f64,
}

/// Everything that one forward gives.
#[derive(Clone, Debug)]
pub struct Output {
    /// Hidden states h0 to h4.
    pub hidden: Vec<Tensor<5>>,
    /// Segmentation logits `[batch, channel, x, y, z]`.
    pub logits: Tensor<5>,
    /// The tumour gate `[batch, 1, x, y, z]`.
    pub gate: Tensor<5>,
    /// What TAFE makes its features of; absent where there are no heads.
    pub pooled: Option<Pooled>,
    /// TAFE's features; absent where there are no heads.
    pub tafe: Option<Tensor<2>>,
    /// CMD's findings; absent where no head reads them, or where T2 or FLAIR is absent.
    pub cmd: Option<CmdOutput>,
    /// The answers, in the configuration's order.
    pub heads: Vec<HeadOutput>,
}

impl MtsUnetConfig {
    /// The network with PyTorch's default initialisation, drawn when first used.
    ///
    /// # Errors
    /// If the numbers do not make a network.
    pub fn init(&self, device: &Device) -> Result<MtsUnet, ModelError> {
        self.check().map_err(ModelError::Config)?;
        Ok(MtsUnet {
            backbone: self.backbone.init(device),
            heads: Heads::new(self, device),
            segmentation: self.segmentation,
            min_gate: self.min_gate,
        })
    }
}

impl MtsUnet {
    /// Segmentation and heads of `x` `[batch, 4, x, y, z]`, channels FLAIR, T1, T1ce, T2, normalised.
    ///
    /// # Errors
    /// If the shape does not suit, see [`SwinUnetr::forward`].
    pub fn forward(&self, x: Tensor<5>) -> Result<Output, ModelError> {
        let pass = self.backbone.pass(x.clone())?;
        Ok(self.finish_with(x, pass, Mismatch::Seen))
    }

    /// The heads' part of [`Self::forward`], after a backbone's [`Pass`] over the same `x`, which may lack T2 or
    /// FLAIR. An absent sequence is a channel of zeros.
    pub fn finish_with(&self, x: Tensor<5>, pass: Pass<'_>, mismatch: Mismatch) -> Output {
        let (hidden, logits) = pass.finish();
        let gate = gate::gate(logits.clone(), self.segmentation, self.min_gate);
        let pooled = self.heads.pool(&x, &hidden[1..], &gate, &logits);
        let cmd = match mismatch {
            Mismatch::Seen => self.heads.compare(&x, || gate.clone()),
            Mismatch::Unseen => None,
        };
        let features = cmd.as_ref().map(|cmd| &cmd.features);
        let (tafe, heads) = self.heads.forward(pooled.as_ref(), features);
        Output {
            hidden,
            logits,
            gate,
            pooled,
            tafe,
            cmd,
            heads,
        }
    }

    /// CMD's findings of `x` where the segmentation's `logits` see tumour; none where no head reads them.
    pub fn compare(&self, x: &Tensor<5>, logits: &Tensor<5>) -> Option<CmdOutput> {
        let gate = || gate::gate(logits.clone(), self.segmentation, self.min_gate);
        self.heads.compare(x, gate)
    }

    /// The segmentation alone: logits `[batch, channel, x, y, z]`.
    ///
    /// # Errors
    /// As [`Self::forward`].
    pub fn segment(&self, x: Tensor<5>) -> Result<Tensor<5>, ModelError> {
        self.backbone.logits(x)
    }

    /// The same network, its finest level computed so.
    #[must_use]
    pub fn with_finest(mut self, finest: Finest) -> Self {
        self.backbone = self.backbone.with_finest(finest);
        self
    }

    /// The same network, what lies between the backbone's layers stored so; see [`SwinUnetr::with_activations`].
    #[must_use]
    pub fn with_activations(mut self, activations: Activations) -> Self {
        self.backbone = self.backbone.with_activations(activations);
        self
    }

    /// The same network, its eight neighbours merged in this order; see [`SwinUnetr::with_merging`].
    #[must_use]
    pub fn with_merging(mut self, order: Merging) -> Self {
        self.backbone = self.backbone.with_merging(order);
        self
    }

    /// The backbone alone.
    pub fn backbone(&self) -> &SwinUnetr {
        &self.backbone
    }

    /// The heads alone.
    pub fn heads(&self) -> &Heads {
        &self.heads
    }
}

/// The one initialisation that is not PyTorch's default: normal, standard deviation 0.02, cut at
/// two of them.
fn truncated_normal(shape: [usize; 2], device: &Device) -> Param<Tensor<2>> {
    Initializer::Normal {
        mean: 0.0,
        std: 0.02,
    }
    .init::<2, _>(shape, device)
    .init_mapper(|t| t.clamp(-0.04, 0.04))
}
