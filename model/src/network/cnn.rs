//! The convolutional blocks of the encoder's skips and of the decoder.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::kernels::Convolved;

use super::conv::{Conv3d, Pointwise, Upsample};
use super::norm::{instance_norm, norm_add_rectify, norm_rectify};

/// MONAI's `UnetResBlock`: two 3³ convolutions with instance norm, and a residual.
#[derive(Module, Debug)]
pub struct ResBlock {
    pub(super) conv1: Conv3d,
    pub(super) conv2: Conv3d,
    /// Only where the channels change; otherwise the input itself is the residual.
    pub(super) conv3: Option<Pointwise>,
}

impl ResBlock {
    /// From `channels_in` to `channels_out`.
    pub fn new(channels_in: usize, channels_out: usize, device: &Device) -> Self {
        Self {
            conv1: Conv3d::new(channels_in, channels_out, 3, 1, device),
            conv2: Conv3d::new(channels_out, channels_out, 3, 1, device),
            conv3: (channels_in != channels_out)
                .then(|| Pointwise::new(channels_in, channels_out, device)),
        }
    }

    /// `x` `[batch, in, x, y, z]`.
    pub fn forward(&self, x: Tensor<5>) -> Tensor<5> {
        let y = self.conv1.forward_to_norm(x.clone());
        let residual = match &self.conv3 {
            Some(conv3) => instance_norm(conv3.forward_to_norm(x)),
            None => x,
        };
        self.finish(y, residual)
    }

    /// The block on `a` and `skip` concatenated along the channels, without a `conv3` as with one. The skip's
    /// share comes first, so that it is gone before `a` is made: at the finest level each of them is as large
    /// as anything in the network.
    fn forward_two(&self, a: impl FnOnce() -> Tensor<5>, skip: Tensor<5>) -> Tensor<5> {
        #[cfg(feature = "stock")]
        let in_one = crate::kernels::stock::on();
        #[cfg(not(feature = "stock"))]
        let in_one = false;
        let Some(conv3) = self.conv3.as_ref().filter(|_| !in_one) else {
            return self.forward(Tensor::cat(vec![a(), skip], 1));
        };
        let y = self.conv1.forward_second(skip.clone());
        let residual = conv3.forward_second(skip);
        let a = a();
        let y = self.conv1.forward_first_onto_to_norm(y, a.clone());
        let residual = instance_norm(conv3.forward_first_onto_to_norm(residual, a));
        self.finish(y, residual)
    }

    fn finish(&self, y: Convolved, residual: Tensor<5>) -> Tensor<5> {
        norm_add_rectify(self.conv2.forward_to_norm(norm_rectify(y)), residual)
    }
}

/// MONAI's `UnetrUpBlock`: up by two, beside the skip, and a residual block over both.
#[derive(Module, Debug)]
pub struct UpBlock {
    pub(super) up: Upsample,
    pub(super) block: ResBlock,
}

impl UpBlock {
    /// From `channels_in` to `channels_out`, with a skip of `channels_out`.
    pub fn new(channels_in: usize, channels_out: usize, device: &Device) -> Self {
        Self {
            up: Upsample::new(channels_in, channels_out, device),
            block: ResBlock::new(2 * channels_out, channels_out, device),
        }
    }

    /// `x` `[batch, in, x, y, z]`, `skip` `[batch, out, 2x, 2y, 2z]`.
    pub fn forward(&self, x: Tensor<5>, skip: Tensor<5>) -> Tensor<5> {
        self.block.forward_two(|| self.up.forward(x), skip)
    }
}
