//! CMD, Cross-Modality Differential: where T2 and FLAIR part inside the tumour.
//!
//! Their mismatch is what radiology knows of IDH-mutant, non-codeleted tumours; the attention map
//! is the explanation that can be shown.

use burn::module::Module;
use burn::tensor::activation::{relu, sigmoid};
use burn::tensor::{Device, Tensor};
use imaging::Sequence;

use super::config::CmdVariant;
use super::conv::{Conv3d, Pointwise};
use super::tafe::spatial_mean;

/// Channels of each stream.
const CHANNELS: usize = 64;
/// Channels of FLAIR and T2 in the network's input.
const FLAIR: usize = 0;
const T2: usize = 3;

/// Whether both sequences that CMD compares are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mismatch {
    /// T2 and FLAIR are there.
    #[default]
    Seen,
    /// One of them is absent: its channel is zeros, and comparing with it would say something of nothing.
    /// Each head takes the constant that it has learnt for this.
    Unseen,
}

impl Mismatch {
    /// Of a case whose sequences are `there`, or are not.
    pub fn of(there: impl Fn(Sequence) -> bool) -> Self {
        if there(Sequence::T2) && there(Sequence::Flair) {
            Self::Seen
        } else {
            Self::Unseen
        }
    }
}

/// Number of features: the means of both streams.
pub const FEATURES: usize = 2 * CHANNELS;

/// The features that each head's own perceptron reads.
#[derive(Module, Debug)]
pub struct Cmd {
    /// One convolution for both streams (v2), or T2's (v1).
    conv: Conv3d,
    /// FLAIR's own (v1).
    conv_flair: Option<Conv3d>,
    /// v2 only.
    channel: Option<ChannelAttention>,
    /// 3³, from two maps to one.
    spatial: Conv3d,
    diff_amp: f64,
}

#[derive(Module, Debug)]
struct ChannelAttention {
    squeeze: Pointwise,
    excite: Pointwise,
}

/// What CMD finds.
#[derive(Clone, Debug)]
pub struct CmdOutput {
    /// `[batch, 128]`: means of T2's stream, then FLAIR's.
    pub features: Tensor<2>,
    /// `[batch, 64]`, v2 only.
    pub channel: Option<Tensor<2>>,
    /// `[batch, 1, x/2, y/2, z/2]`.
    pub spatial: Tensor<5>,
}

impl Cmd {
    /// CMD of this variant.
    pub fn new(variant: CmdVariant, diff_amp: f64, device: &Device) -> Self {
        let stream = || Conv3d::new(1, CHANNELS, 7, 2, device);
        let v2 = variant == CmdVariant::V2;
        Self {
            conv: stream(),
            conv_flair: (!v2).then(stream),
            channel: v2.then(|| ChannelAttention {
                squeeze: Pointwise::new(CHANNELS, CHANNELS / 16, device),
                excite: Pointwise::new(CHANNELS / 16, CHANNELS, device),
            }),
            spatial: Conv3d::new(2, 1, 3, 1, device),
            diff_amp,
        }
    }

    /// `x` is the network's normalised input `[batch, 4, x, y, z]`, `gate` `[batch, 1, x, y, z]`.
    pub fn forward(&self, x: &Tensor<5>, gate: &Tensor<5>) -> CmdOutput {
        let gated = |channel: usize| x.clone().narrow(1, channel, 1) * gate.clone();
        let (t2, flair) = match &self.conv_flair {
            Some(conv_flair) => (
                self.conv.forward(gated(T2)),
                conv_flair.forward(gated(FLAIR)),
            ),
            // Both streams in one launch.
            None => {
                let batch = x.dims()[0];
                let both = Tensor::cat(vec![gated(T2), gated(FLAIR)], 0);
                let both = self.conv.forward(both);
                (
                    both.clone().narrow(0, 0, batch),
                    both.narrow(0, batch, batch),
                )
            }
        };
        let diff = (t2.clone() - flair.clone()) * self.diff_amp;

        let channel = self
            .channel
            .as_ref()
            .map(|attention| attention.forward(diff.clone()));
        let diff = match &channel {
            Some(channel) => diff * channel.clone(),
            None => diff,
        };
        let (mean, max) = (diff.clone().mean_dim(1), diff.max_dim(1));
        // v1 has the maximum first, v2 the mean.
        let maps = if channel.is_some() {
            vec![mean, max]
        } else {
            vec![max, mean]
        };
        let spatial = sigmoid(relu(self.spatial.forward(Tensor::cat(maps, 1))));

        let attention = match &channel {
            Some(channel) => channel.clone() * spatial.clone(),
            None => spatial.clone(),
        };
        let mean = |stream: Tensor<5>| spatial_mean(stream * (attention.clone() + 1.0));
        let features = Tensor::cat(vec![mean(t2), mean(flair)], 1);
        let channel = channel.map(|c| {
            let batch = c.dims()[0];
            c.reshape([batch, CHANNELS])
        });
        CmdOutput {
            features,
            channel,
            spatial,
        }
    }
}

impl ChannelAttention {
    /// c `[batch, 64, 1, 1, 1]` from the difference `[batch, 64, x, y, z]`.
    fn forward(&self, diff: Tensor<5>) -> Tensor<5> {
        let [batch, channels, dx, dy, dz] = diff.dims();
        let flat = diff.reshape([batch, channels, dx * dy * dz]);
        let shared = |pooled: Tensor<3>| {
            self.excite.forward(relu(
                self.squeeze
                    .forward(pooled.reshape([batch, channels, 1, 1, 1])),
            ))
        };
        sigmoid(shared(flat.clone().mean_dim(2)) + shared(flat.max_dim(2)))
    }
}
