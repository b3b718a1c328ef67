//! A 3-D convolution, tiled in registers.
//!
//! Burn's own gives each output a thread of its own, which reads every input and every weight it
//! needs from memory. Here a thread makes a strip of outputs for several channels, and reads once
//! what they share.
//!
//! Shader: `shaders/compute/conv3d.wgsl`.

mod cpu;
#[cfg(feature = "gpu")]
pub(super) mod gpu;
#[cfg(feature = "train")]
pub(super) mod gradient;
pub(crate) mod tile;
mod to_norm;

use burn::backend::flex::FlexTensor;
use burn::backend::ops::{FloatTensorOps, ModuleOps};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, backend_extension};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{DType, Shape, Tensor};

use super::{contiguous, fits, zeros};

pub use to_norm::{Convolved, conv3d_onto_to_norm, conv3d_to_norm, moments_twin};

/// The operation, on each backend's own tensors.
#[backend_extension(Autodiff: cfg(feature = "train"), Cube: cfg(feature = "gpu"), Flex)]
pub trait Convolve: Backend {
    /// See [`conv3d()`].
    fn convolve(x: FloatTensor<Self>, weight: FloatTensor<Self>, taps: Taps) -> FloatTensor<Self>;

    /// See [`conv3d_onto`].
    fn convolve_onto(
        sum: FloatTensor<Self>,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        taps: Taps,
    ) -> FloatTensor<Self>;
}

/// Where the taps of a convolution lie; it is padded by half its reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Taps {
    /// Taps along each axis, odd.
    pub edge: usize,
    /// Voxels from one output to the next.
    pub stride: usize,
    /// Voxels from one tap to the next.
    pub dilation: usize,
}

impl Taps {
    fn padding(self) -> usize {
        self.edge / 2 * self.dilation
    }

    /// Outputs along an axis of `len` voxels.
    fn outputs(self, len: usize) -> usize {
        (len - 1) / self.stride + 1
    }
}

/// `x` `[batch, in, x, y, z]` convolved with `weight` `[out, in, k, k, k]`.
///
/// # Panics
/// If the shapes do not fit together, the edge is even, or the device does not compute with the tensors' types.
#[must_use]
pub fn conv3d(x: Tensor<5>, weight: Tensor<5>, stride: usize, dilation: usize) -> Tensor<5> {
    let taps = checked(&x, &weight, stride, dilation);
    #[cfg(feature = "stock")]
    if super::stock::on() {
        return super::stock::conv3d(x, weight, stride, dilation);
    }
    Tensor::from_dispatch(Dispatch::convolve(
        x.into_dispatch(),
        weight.into_dispatch(),
        taps,
    ))
}

/// The same, added to `sum`, which keeps its type: two inputs need no concatenation.
///
/// # Panics
/// As [`conv3d()`]; `sum` must have the shape of the result.
#[must_use]
pub fn conv3d_onto(
    sum: Tensor<5>,
    x: Tensor<5>,
    weight: Tensor<5>,
    stride: usize,
    dilation: usize,
) -> Tensor<5> {
    let taps = checked(&x, &weight, stride, dilation);
    assert_eq!(sum.shape(), output_shape(&x.shape(), &weight.shape(), taps));
    assert!(fits(&sum));
    #[cfg(feature = "stock")]
    if super::stock::on() {
        return sum + super::stock::conv3d(x, weight, stride, dilation);
    }
    Tensor::from_dispatch(Dispatch::convolve_onto(
        sum.into_dispatch(),
        x.into_dispatch(),
        weight.into_dispatch(),
        taps,
    ))
}

fn checked(x: &Tensor<5>, weight: &Tensor<5>, stride: usize, dilation: usize) -> Taps {
    let [_, channels_in, edge, ..] = weight.dims();
    assert_eq!(weight.dims()[2..], [edge; 3], "the taps form a cube");
    assert_eq!(edge % 2, 1, "an even edge has no middle");
    assert_eq!(x.dims()[1], channels_in, "channels of input and weight");
    assert!(fits(x) && weight.dtype() == DType::F32);
    Taps {
        edge,
        stride,
        dilation,
    }
}

fn output_shape(x: &Shape, weight: &Shape, taps: Taps) -> Shape {
    Shape::new([
        x[0],
        weight[0],
        taps.outputs(x[2]),
        taps.outputs(x[3]),
        taps.outputs(x[4]),
    ])
}

/// One output after the other, as the definition says: the shader's oracle. Shapes as in
/// [`conv3d()`], z fastest; added to `sum`.
pub fn twin(
    sum: &mut [f32],
    (x, [batch, channels_in, nx, ny, nz]): (&[f32], [usize; 5]),
    (weight, channels_out): (&[f32], usize),
    taps: Taps,
) {
    let edge = taps.edge;
    let [ox, oy, oz] = [nx, ny, nz].map(|len| taps.outputs(len));
    // The input's place for an output's place and a tap; nothing outside.
    let place = |output: usize, tap: usize, len: usize| {
        (output * taps.stride + tap * taps.dilation)
            .checked_sub(taps.padding())
            .filter(|&place| place < len)
    };
    for (at, sum) in sum.iter_mut().enumerate() {
        let (z, y, x_out) = (at % oz, at / oz % oy, at / (oz * oy) % ox);
        let (out, sample) = (
            at / (oz * oy * ox) % channels_out,
            at / (oz * oy * ox * channels_out),
        );
        assert!(sample < batch);
        let mut total = 0.0_f64;
        for c in 0..channels_in {
            for tap in 0..edge.pow(3) {
                let (tx, ty, tz) = (tap / (edge * edge), tap / edge % edge, tap % edge);
                if let (Some(i), Some(j), Some(k)) =
                    (place(x_out, tx, nx), place(y, ty, ny), place(z, tz, nz))
                {
                    let value = x[(((sample * channels_in + c) * nx + i) * ny + j) * nz + k];
                    let factor = weight[(out * channels_in + c) * edge.pow(3) + tap];
                    total += f64::from(value) * f64::from(factor);
                }
            }
        }
        *sum += total as f32;
    }
}

impl Convolve for Flex {
    fn convolve(x: FloatTensor<Self>, weight: FloatTensor<Self>, taps: Taps) -> FloatTensor<Self> {
        if taps.edge == 1 && taps.stride == 1 {
            return pointwise(x, weight);
        }
        if by_rows(&x, taps) {
            let shape = output_shape(x.layout().shape(), weight.layout().shape(), taps);
            return rows_onto(zeros(shape), x, weight);
        }
        let options =
            ConvOptions::new([taps.stride; 3], [taps.padding(); 3], [taps.dilation; 3], 1);
        Self::conv3d(x, weight, None, options)
    }

    fn convolve_onto(
        sum: FloatTensor<Self>,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        taps: Taps,
    ) -> FloatTensor<Self> {
        if by_rows(&x, taps) {
            return rows_onto(sum, x, weight);
        }
        Self::float_add(sum, Self::convolve(x, weight, taps))
    }
}

/// Whether our own way on the CPU is faster than Burn's.
fn by_rows(x: &FlexTensor, taps: Taps) -> bool {
    let plain = Taps {
        edge: 3,
        stride: 1,
        dilation: 1,
    };
    taps == plain && cpu::suits(x.layout().shape()[4])
}

fn rows_onto(sum: FlexTensor, x: FlexTensor, weight: FlexTensor) -> FlexTensor {
    let (mut sum, x, weight) = (contiguous(sum), contiguous(x), contiguous(weight));
    let shape = [0, 1, 2, 3, 4].map(|axis| x.layout().shape()[axis]);
    let channels_out = weight.layout().shape()[0];
    cpu::convolve(
        sum.storage_mut(),
        (x.storage(), shape),
        (weight.storage(), channels_out),
    );
    sum
}

/// 1×1×1 is a matrix product that leaves the layout alone.
fn pointwise(x: FlexTensor, weight: FlexTensor) -> FlexTensor {
    let [batch, channels, dx, dy, dz] = [0, 1, 2, 3, 4].map(|axis| x.layout().shape()[axis]);
    let out = weight.layout().shape()[0];
    let weight = Flex::float_reshape(weight, Shape::new([1, out, channels]));
    let x = Flex::float_reshape(x, Shape::new([batch, channels, dx * dy * dz]));
    let y = Flex::float_matmul(weight, x);
    Flex::float_reshape(y, Shape::new([batch, out, dx, dy, dz]))
}
