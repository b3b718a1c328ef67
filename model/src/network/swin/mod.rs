//! The Swin transformer that encodes: patch embedding and four stages.

mod attention;
mod block;
mod merging;
mod patch_embed;
mod stage;
mod window;

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::kernels::token_norm;
use crate::network::config::{Merging, SwinUnetrConfig};
use patch_embed::PatchEmbed;
use stage::Stage;
pub(crate) use window::WindowShape;

/// MONAI's `swinViT`.
#[derive(Module, Debug)]
pub struct SwinTransformer {
    patch_embed: PatchEmbed,
    stages: Vec<Stage>,
}

impl SwinTransformer {
    /// The encoder of this network.
    pub fn new(config: &SwinUnetrConfig, device: &Device) -> Self {
        Self {
            patch_embed: PatchEmbed::new(config.in_channels, config.feature_size, device),
            stages: (0..4).map(|i| Stage::new(config, i, device)).collect(),
        }
    }

    /// The same encoder, its eight neighbours merged in this order.
    pub(super) fn with_merging(mut self, order: Merging) -> Self {
        let stages = self.stages.into_iter();
        self.stages = stages.map(|stage| stage.with_merging(order)).collect();
        self
    }

    /// The encoding of `x` `[batch, channel, x, y, z]`, not begun.
    pub fn start(&self, x: Tensor<5>) -> Encoding<'_> {
        Encoding {
            network: self,
            x: Some(x),
            state: None,
            hidden: Vec::with_capacity(5),
            done: 0,
            read: 0,
        }
    }

    /// The states h0 to h4 as they feed the next stage, before the norm that [`Encoding`] gives
    /// them.
    pub fn forward_raw(&self, x: Tensor<5>) -> Vec<Tensor<5>> {
        let mut state = self.patch_embed.forward(x);
        let mut states = vec![to_volume(state.0.clone(), state.1)];
        for stage in &self.stages {
            state = stage.forward(state.0, state.1);
            states.push(to_volume(state.0.clone(), state.1));
        }
        states
    }
}

/// An encoding on its way: one step for the patch embedding and one for each stage.
#[derive(Debug)]
pub struct Encoding<'a> {
    network: &'a SwinTransformer,
    x: Option<Tensor<5>>,
    /// What feeds the next stage, where there is one.
    state: Option<(Tensor<3>, [usize; 3])>,
    hidden: Vec<Tensor<5>>,
    done: usize,
    /// How many the decoder has seen, from the deepest up.
    read: usize,
}

impl Encoding<'_> {
    /// The next hidden state, `[batch, F·2^i, x/2^(i+1), …]`, normalised over its channels without
    /// scale or offset; the state that feeds the next stage is not normalised.
    pub fn step(&mut self) -> Option<Tensor<5>> {
        let stages = &self.network.stages;
        let (tokens, grid) = match self.x.take() {
            Some(x) => self.network.patch_embed.forward(x),
            None => {
                let (tokens, grid) = self.state.take()?;
                stages[self.done - 1].forward(tokens, grid)
            }
        };
        let hidden = token_norm(tokens.clone(), grid);
        self.done += 1;
        self.state = (self.done <= stages.len()).then_some((tokens, grid));
        self.hidden.push(hidden.clone());
        Some(hidden)
    }

    /// Steps done.
    pub fn done(&self) -> usize {
        self.done
    }

    /// The deepest hidden state that was not asked for yet, from h4 up to h0; afterwards it is forgotten if
    /// it is not to be `kept`.
    pub fn deepest(&mut self, kept: bool) -> Option<Tensor<5>> {
        let level = self.done.checked_sub(self.read + 1)?;
        self.read += 1;
        if kept {
            self.hidden.get(level).cloned()
        } else {
            self.hidden.pop()
        }
    }

    /// The hidden states that are kept, from h0. Takes the steps that were not taken.
    pub fn finish(mut self) -> Vec<Tensor<5>> {
        while self.step().is_some() {}
        self.hidden
    }
}

/// `[batch, grid, channels]` to `[batch, channels, x, y, z]`.
fn to_volume(tokens: Tensor<3>, grid: [usize; 3]) -> Tensor<5> {
    let [batch, _, channels] = tokens.dims();
    tokens
        .swap_dims(1, 2)
        .reshape([batch, channels, grid[0], grid[1], grid[2]])
}
