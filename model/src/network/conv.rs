//! The convolutions of this network, rewritten exactly where that costs less: conv(a ‖ b) is conv(a) plus
//! conv(b) added in place, so that the concatenation never exists.

use burn::module::{Module, Param};
use burn::nn::Initializer;
use burn::tensor::{DType, Device, Tensor};

use crate::kernels::{self, Convolved};

/// PyTorch's default initialisation (kaiming-uniform, a = √5) of a kernel `[out, in, k, k, k]`.
pub(super) fn kernel(shape: [usize; 5], device: &Device) -> Param<Tensor<5>> {
    uniform(shape, shape[1..].iter().product(), device)
}

/// The same of a bias beside a weight with this fan-in.
pub(super) fn vector(len: usize, fan_in: usize, device: &Device) -> Param<Tensor<1>> {
    uniform([len], fan_in, device)
}

fn uniform<const D: usize>(shape: [usize; D], fan_in: usize, device: &Device) -> Param<Tensor<D>> {
    let bound = 1.0 / (fan_in as f64).sqrt();
    Initializer::Uniform {
        min: -bound,
        max: bound,
    }
    .init(shape, device)
}

/// An odd-edged convolution without bias, padded so that stride 1 keeps the grid.
#[derive(Module, Debug)]
pub struct Conv3d {
    /// `[out, in, k, k, k]`.
    kernel: Param<Tensor<5>>,
    stride: usize,
}

impl Conv3d {
    /// `edge`³ taps from `channels_in` to `channels_out`.
    pub fn new(
        channels_in: usize,
        channels_out: usize,
        edge: usize,
        stride: usize,
        device: &Device,
    ) -> Self {
        Self {
            kernel: kernel([channels_out, channels_in, edge, edge, edge], device),
            stride,
        }
    }

    /// `x` `[batch, in, x, y, z]`.
    pub fn forward(&self, x: Tensor<5>) -> Tensor<5> {
        kernels::conv3d(x, self.kernel.val(), self.stride, 1)
    }

    /// The same for an instance norm.
    pub fn forward_to_norm(&self, x: Tensor<5>) -> Convolved {
        kernels::conv3d_to_norm(x, self.kernel.val(), self.stride, 1)
    }

    /// What `b` adds to the convolution of `a` and `b` concatenated along the channels, `a` first.
    pub fn forward_second(&self, b: Tensor<5>) -> Tensor<5> {
        second(b, self.kernel.val(), self.stride)
    }

    /// What `a` adds, onto what `b` did, for an instance norm.
    pub fn forward_first_onto_to_norm(&self, sum: Tensor<5>, a: Tensor<5>) -> Convolved {
        first_onto_to_norm(sum, a, self.kernel.val(), self.stride)
    }

    /// `[out, in, k, k, k]`.
    pub fn weight(&self) -> Tensor<5> {
        self.kernel.val()
    }
}

/// conv(a ‖ b) is conv(a) + conv(b), each with its part of the weight: b's part.
fn second(b: Tensor<5>, weight: Tensor<5>, stride: usize) -> Tensor<5> {
    let channels = b.dims()[1];
    let split = weight.dims()[1] - channels;
    kernels::conv3d(b, weight.narrow(1, split, channels), stride, 1)
}

/// And a's part, added to it.
fn first_onto_to_norm(sum: Tensor<5>, a: Tensor<5>, weight: Tensor<5>, stride: usize) -> Convolved {
    let channels = a.dims()[1];
    kernels::conv3d_onto_to_norm(sum, a, weight.narrow(1, 0, channels), stride, 1)
}

/// A 1×1×1 convolution.
#[derive(Module, Debug)]
pub struct Pointwise {
    /// `[out, in, 1, 1, 1]`.
    kernel: Param<Tensor<5>>,
}

impl Pointwise {
    /// From `channels_in` to `channels_out`, without bias.
    pub fn new(channels_in: usize, channels_out: usize, device: &Device) -> Self {
        Self {
            kernel: kernel([channels_out, channels_in, 1, 1, 1], device),
        }
    }

    /// `x` `[batch, in, x, y, z]`.
    pub fn forward(&self, x: Tensor<5>) -> Tensor<5> {
        kernels::conv3d(x, self.kernel.val(), 1, 1)
    }

    /// The same for an instance norm.
    pub fn forward_to_norm(&self, x: Tensor<5>) -> Convolved {
        kernels::conv3d_to_norm(x, self.kernel.val(), 1, 1)
    }

    /// As [`Conv3d::forward_second`].
    pub fn forward_second(&self, b: Tensor<5>) -> Tensor<5> {
        second(b, self.kernel.val(), 1)
    }

    /// As [`Conv3d::forward_first_onto_to_norm`].
    pub fn forward_first_onto_to_norm(&self, sum: Tensor<5>, a: Tensor<5>) -> Convolved {
        first_onto_to_norm(sum, a, self.kernel.val(), 1)
    }

    /// `[out, in, 1, 1, 1]`.
    pub fn weight(&self) -> Tensor<5> {
        self.kernel.val()
    }
}

/// The output convolution: 1×1×1 with bias.
#[derive(Module, Debug)]
pub struct PointwiseBias {
    weight: Param<Tensor<5>>,
    bias: Param<Tensor<1>>,
}

impl PointwiseBias {
    /// From `channels_in` to `channels_out`.
    pub fn new(channels_in: usize, channels_out: usize, device: &Device) -> Self {
        Self {
            weight: kernel([channels_out, channels_in, 1, 1, 1], device),
            bias: vector(channels_out, channels_in, device),
        }
    }

    /// `x` `[batch, in, x, y, z]`; the answer is f32 whatever `x` is.
    pub fn forward(&self, x: Tensor<5>) -> Tensor<5> {
        let (weight, [batch, _, dx, dy, dz]) = (self.weight.val(), x.dims());
        if kernels::by_burn_on_a_gpu(&x.device()) {
            // The offset as a weight by which a channel of ones is convolved: its gradient is shared by many threads,
            // where that of a sum would be one's.
            let ones = Tensor::ones([batch, 1, dx, dy, dz], &x.device());
            let bias = self.bias.val().reshape([weight.dims()[0], 1, 1, 1, 1]);
            let sum = kernels::conv3d(x, weight, 1, 1);
            return kernels::conv3d_onto(sum, ones, bias, 1, 1);
        }
        if x.dtype() == DType::F32 {
            return kernels::conv3d(x, weight, 1, 1) + self.bias();
        }
        let sum = self.bias().expand([batch, weight.dims()[0], dx, dy, dz]);
        kernels::conv3d_onto(sum, x, weight, 1, 1)
    }

    /// `[out, in, 1, 1, 1]`.
    pub fn weight(&self) -> Tensor<5> {
        self.weight.val()
    }

    /// `[1, out, 1, 1, 1]`.
    pub fn bias(&self) -> Tensor<5> {
        let bias = self.bias.val();
        let channels = bias.dims()[0];
        bias.reshape([1, channels, 1, 1, 1])
    }
}

/// A transposed convolution k2 s2 without bias.
#[derive(Module, Debug)]
pub struct Upsample {
    /// `[in, out, 2, 2, 2]`, torch's order for a transposed convolution.
    kernel: Param<Tensor<5>>,
}

impl Upsample {
    /// From `channels_in` to `channels_out`.
    pub fn new(channels_in: usize, channels_out: usize, device: &Device) -> Self {
        Self {
            kernel: kernel([channels_in, channels_out, 2, 2, 2], device),
        }
    }

    /// `x` `[batch, in, x, y, z]` to `[batch, out, 2x, 2y, 2z]`.
    pub fn forward(&self, x: Tensor<5>) -> Tensor<5> {
        kernels::upsample(x, self.kernel.val())
    }

    /// `[in, out, 2, 2, 2]`.
    pub fn weight(&self) -> Tensor<5> {
        self.kernel.val()
    }
}
