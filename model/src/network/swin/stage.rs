//! One stage: blocks that take turns at shifting, then patch merging.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::block::SwinBlock;
use super::merging::PatchMerging;
use super::window::{RelativePositions, WindowShape};
use crate::network::config::{ClippedWindow, Merging, SwinUnetrConfig};

/// A stage of the encoder; halves the grid and doubles the channels.
#[derive(Module, Debug)]
pub struct Stage {
    blocks: Vec<SwinBlock>,
    merging: PatchMerging,
    window: usize,
    #[module(skip)]
    clipped_window: ClippedWindow,
}

impl Stage {
    /// Stage `index` (0 to 3) of this network.
    pub fn new(config: &SwinUnetrConfig, index: usize, device: &Device) -> Self {
        let (channels, heads) = (config.channels(index), config.num_heads[index]);
        Self {
            blocks: (0..config.depths[index])
                .map(|_| SwinBlock::new(channels, heads, config.window, device))
                .collect(),
            merging: PatchMerging::new(channels, config.merging, device),
            window: config.window,
            clipped_window: config.clipped_window,
        }
    }

    pub(super) fn with_merging(self, order: Merging) -> Self {
        Self {
            merging: self.merging.with_order(order),
            ..self
        }
    }

    /// `tokens` `[batch, grid, channels]`; back come half the grid's edges and twice the channels.
    pub fn forward(&self, mut tokens: Tensor<3>, grid: [usize; 3]) -> (Tensor<3>, [usize; 3]) {
        let device = tokens.device();
        let shape = WindowShape::clipped(grid, self.window);
        let positions = RelativePositions::new(shape, self.window, self.clipped_window);
        let plain = shape.windows(grid, false, &positions, &device);
        let shifted = (self.blocks.len() > 1 && shape.shift != [0; 3])
            .then(|| shape.windows(grid, true, &positions, &device));
        for (i, block) in self.blocks.iter().enumerate() {
            let windows = match &shifted {
                Some(shifted) if i % 2 == 1 => shifted,
                _ => &plain,
            };
            tokens = block.forward(tokens, windows);
        }
        self.merging.forward(tokens, grid)
    }
}
