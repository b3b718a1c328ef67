//! Patch embedding: each 2×2×2 block of voxels becomes one token.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

use crate::kernels::linear::{Around, affine};
use crate::network::conv::{kernel, vector};

/// A k2 s2 convolution, done as what it is: a matrix product over blocks.
#[derive(Module, Debug)]
pub struct PatchEmbed {
    /// `[features, in, 2, 2, 2]`.
    weight: Param<Tensor<5>>,
    bias: Param<Tensor<1>>,
}

impl PatchEmbed {
    /// Embeds `channels` into `features`.
    pub fn new(channels: usize, features: usize, device: &Device) -> Self {
        let fan_in = channels * 8;
        Self {
            weight: kernel([features, channels, 2, 2, 2], device),
            bias: vector(features, fan_in, device),
        }
    }

    /// `x` `[batch, channel, x, y, z]`, all axes even, into tokens `[batch, grid, features]` and
    /// their grid.
    pub fn forward(&self, x: Tensor<5>) -> (Tensor<3>, [usize; 3]) {
        let [batch, channels, dx, dy, dz] = x.dims();
        let grid = [dx / 2, dy / 2, dz / 2];
        let blocks = x
            .reshape([batch, channels, grid[0], 2, grid[1], 2, grid[2], 2])
            .permute([0, 2, 4, 6, 1, 3, 5, 7])
            .reshape([batch, grid.iter().product(), channels * 8]);
        let weight = self.weight.val();
        let features = weight.dims()[0];
        let weight = weight.reshape([features, channels * 8]).swap_dims(0, 1);
        let tokens = affine(blocks, weight, Some(self.bias.val()), Around::default());
        (tokens, grid)
    }
}
