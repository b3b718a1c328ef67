//! Patch merging: eight neighbours into one token of twice the channels.

use burn::module::Module;
use burn::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::kernels::linear::{Around, linear};
use crate::network::config::Merging;

/// Concatenates the eight tokens of each 2×2×2 block, normalises, and reduces 8C to 2C.
#[derive(Module, Debug)]
pub struct PatchMerging {
    reduction: Linear,
    norm: LayerNorm,
    #[module(skip)]
    order: Merging,
}

impl PatchMerging {
    /// Merging of tokens with `channels` channels.
    pub fn new(channels: usize, order: Merging, device: &Device) -> Self {
        Self {
            reduction: LinearConfig::new(8 * channels, 2 * channels)
                .with_bias(false)
                .init(device),
            norm: LayerNormConfig::new(8 * channels).init(device),
            order,
        }
    }

    pub(super) fn with_order(self, order: Merging) -> Self {
        Self { order, ..self }
    }

    /// `tokens` `[batch, grid, channels]` of `grid` (z fastest); back come the merged tokens and
    /// their grid. An odd axis is padded with a zero token at its end.
    pub fn forward(&self, tokens: Tensor<3>, grid: [usize; 3]) -> (Tensor<3>, [usize; 3]) {
        let [batch, _, channels] = tokens.dims();
        let device = tokens.device();
        let mut x = tokens.reshape([batch, grid[0], grid[1], grid[2], channels]);
        for axis in 0..3 {
            if grid[axis] % 2 == 1 {
                let mut pad = x.dims();
                pad[axis + 1] = 1;
                let zeros = Tensor::zeros(pad, (&device, x.dtype()));
                x = Tensor::cat(vec![x, zeros], axis + 1);
            }
        }
        let half = grid.map(|n| n.div_ceil(2));
        let [a, b, c] = half;
        let blocks = x
            .reshape([batch, a, 2, b, 2, c, 2, channels])
            .permute([0, 1, 3, 5, 2, 4, 6, 7])
            .reshape([batch, a * b * c, 8, channels]);
        let blocks = match self.order {
            Merging::V2 => blocks, // its order is the memory's own
            order => blocks.select(
                2,
                Tensor::<1, Int>::from_data(TensorData::new(offsets(order).to_vec(), [8]), &device),
            ),
        };
        let blocks = blocks.reshape([batch, a * b * c, 8 * channels]);
        let around = Around {
            norm: Some(&self.norm),
            ..Around::default()
        };
        (linear(blocks, &self.reduction, around), half)
    }
}

/// The neighbour, as the binary number xyz, at each place of the concatenation.
fn offsets(order: Merging) -> [i32; 8] {
    match order {
        Merging::Legacy => [0b000, 0b100, 0b010, 0b001, 0b101, 0b010, 0b001, 0b111],
        Merging::Fixed => [0b000, 0b100, 0b010, 0b001, 0b110, 0b101, 0b011, 0b111],
        Merging::V2 => [0, 1, 2, 3, 4, 5, 6, 7],
    }
}
