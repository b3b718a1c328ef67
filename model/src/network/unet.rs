//! SwinUNETR: the transformer's hidden states through convolutional skips into a decoder.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::cnn::{ResBlock, UpBlock};
use super::config::{Merging, SwinUnetrConfig};
use super::conv::PointwiseBias;
use super::finest::{self, Finest};
use super::swin::{Encoding, SwinTransformer};
use crate::ModelError;
use crate::kernels::Activations;

/// The backbone. Fields stand in torch's state-dict order.
#[derive(Module, Debug)]
pub struct SwinUnetr {
    swin: SwinTransformer,
    encoder1: ResBlock,
    encoder2: ResBlock,
    encoder3: ResBlock,
    encoder4: ResBlock,
    encoder10: ResBlock,
    decoder5: UpBlock,
    decoder4: UpBlock,
    decoder3: UpBlock,
    decoder2: UpBlock,
    decoder1: UpBlock,
    out: PointwiseBias,
    in_channels: usize,
    #[module(skip)]
    finest: Finest,
    #[module(skip)]
    activations: Activations,
}

impl SwinUnetrConfig {
    /// The backbone with PyTorch's default initialisation, drawn when first used.
    pub fn init(&self, device: &Device) -> SwinUnetr {
        let f = self.feature_size;
        let same = |channels| ResBlock::new(channels, channels, device);
        let up = |from, to| UpBlock::new(from, to, device);
        SwinUnetr {
            swin: SwinTransformer::new(self, device),
            encoder1: ResBlock::new(self.in_channels, f, device),
            encoder2: same(f),
            encoder3: same(2 * f),
            encoder4: same(4 * f),
            encoder10: same(16 * f),
            decoder5: up(16 * f, 8 * f),
            decoder4: up(8 * f, 4 * f),
            decoder3: up(4 * f, 2 * f),
            decoder2: up(2 * f, f),
            decoder1: up(f, f),
            out: PointwiseBias::new(f, self.out_channels, device),
            in_channels: self.in_channels,
            finest: Finest::default(),
            activations: Activations::default(),
        }
    }
}

impl SwinUnetr {
    /// Hidden states h0 to h4 and logits `[batch, out, x, y, z]` of `x` `[batch, in, x, y, z]`.
    ///
    /// # Errors
    /// If an axis is no multiple of 32, or all are 32: instance norm needs more than one voxel at
    /// 1/32.
    pub fn forward(&self, x: Tensor<5>) -> Result<(Vec<Tensor<5>>, Tensor<5>), ModelError> {
        Ok(self.pass(x)?.finish())
    }

    /// Logits `[batch, out, x, y, z]` alone: no hidden state outlives its use.
    ///
    /// # Errors
    /// As [`Self::forward`].
    pub fn logits(&self, x: Tensor<5>) -> Result<Tensor<5>, ModelError> {
        let mut pass = self.pass(x)?;
        pass.keeps_hidden = false;
        Ok(pass.finish().1)
    }

    /// The same network, its finest level computed so. A forward panics where that is in groups of no channels.
    #[must_use]
    pub fn with_finest(self, finest: Finest) -> Self {
        Self { finest, ..self }
    }

    /// The same network, what lies between its layers stored so; input, hidden states and logits are f32 to its caller
    /// either way. A forward panics where the device has no shaders for it.
    #[must_use]
    pub fn with_activations(self, activations: Activations) -> Self {
        Self {
            activations,
            ..self
        }
    }

    /// The same network, its eight neighbours merged in this order: the weights fit any, and are right for one.
    #[must_use]
    pub fn with_merging(self, order: Merging) -> Self {
        Self {
            swin: self.swin.with_merging(order),
            ..self
        }
    }

    /// The same forward, to be taken step by step by whoever has to tell how far it is.
    ///
    /// # Errors
    /// As [`Self::forward`].
    pub fn pass(&self, x: Tensor<5>) -> Result<Pass<'_>, ModelError> {
        self.check(&x)?;
        let x = x.cast(self.activations.dtype());
        Ok(Pass {
            network: self,
            encoding: self.swin.start(x.clone()),
            x,
            y: None,
            decoded: 0,
            keeps_hidden: true,
        })
    }

    /// The transformer alone.
    pub fn encoder(&self) -> &SwinTransformer {
        &self.swin
    }

    fn check(&self, x: &Tensor<5>) -> Result<(), ModelError> {
        let dims = x.dims();
        if dims[1] != self.in_channels {
            return Err(ModelError::InputShape {
                found: dims.to_vec(),
                expected: format!("{} channels are needed", self.in_channels),
            });
        }
        check_window([dims[2], dims[3], dims[4]])
    }
}

/// Refuses a window, edges in voxels, that the backbone cannot compute.
///
/// # Errors
/// [`ModelError::InputShape`].
pub(crate) fn check_window(window: [usize; 3]) -> Result<(), ModelError> {
    let refuse = |expected: &str| {
        Err(ModelError::InputShape {
            found: window.to_vec(),
            expected: expected.into(),
        })
    };
    if window.iter().any(|n| n % 32 != 0 || *n == 0) {
        return refuse("every axis has to be a multiple of 32");
    }
    if window == [32; 3] {
        return refuse("32³ is too small: instance norm would see one voxel");
    }
    Ok(())
}

/// A forward on its way; see [`SwinUnetr::pass`].
#[derive(Debug)]
pub struct Pass<'a> {
    network: &'a SwinUnetr,
    x: Tensor<5>,
    encoding: Encoding<'a>,
    /// The decoder's latest volume; at the end the logits.
    y: Option<Tensor<5>>,
    /// Decoder steps done.
    decoded: usize,
    /// Whether the hidden states are asked for.
    keeps_hidden: bool,
}

/// Share of the whole that is done after each of the ten steps: embedding and four stages, then the
/// decoder from the deepest level up. Measured on a CPU, feature size 12; only progress hangs on it.
const DONE: [f32; 10] = [0.01, 0.3, 0.38, 0.4, 0.41, 0.42, 0.43, 0.45, 0.5, 1.0];

impl Pass<'_> {
    /// One step further: the share that is done and a tensor that is there once it is; nothing
    /// when all steps are done.
    pub fn step(&mut self) -> Option<(f32, Tensor<5>)> {
        if let Some(state) = self.encoding.step() {
            return Some((DONE[self.encoding.done() - 1], state));
        }
        let y = self.decode()?;
        self.y = Some(y.clone());
        self.decoded += 1;
        Some((DONE[4 + self.decoded], y))
    }

    /// Hidden states, where they are kept, and logits. Takes the steps that were not taken.
    pub fn finish(mut self) -> (Vec<Tensor<5>>, Tensor<5>) {
        while self.step().is_some() {}
        let hidden = self.encoding.finish().into_iter();
        let hidden = hidden.map(|state| state.cast(Activations::Full.dtype()));
        (hidden.collect(), self.y.unwrap_or(self.x))
    }

    fn decode(&mut self) -> Option<Tensor<5>> {
        let net = self.network;
        let mut h = || self.encoding.deepest(self.keeps_hidden);
        let y = match self.y.take() {
            Some(y) => y,
            None => net.encoder10.forward(h()?),
        };
        Some(match self.decoded {
            0 => net.decoder5.forward(y, h()?),
            1 => net.decoder4.forward(y, net.encoder4.forward(h()?)),
            2 => net.decoder3.forward(y, net.encoder3.forward(h()?)),
            3 => net.decoder2.forward(y, net.encoder2.forward(h()?)),
            // The full-size skip comes last, so that it does not lie in memory while the rest runs.
            4 => match net.finest {
                Finest::Whole => {
                    let skip = net.encoder1.forward(self.x.clone());
                    net.out.forward(net.decoder1.forward(y, skip))
                }
                Finest::Groups(channels) => {
                    let skip = finest::skip(&net.encoder1, &self.x, channels);
                    finest::logits(&net.decoder1, &net.out, &y, &skip, channels)
                }
            },
            _ => {
                self.y = Some(y);
                return None;
            }
        })
    }
}
