//! A 3-D convolution, tiled in registers.
//!
//! Burn's own gives each output a thread of its own, which reads every input and every weight it
//! needs from memory. Here a thread makes a strip of outputs for several channels, and reads once
//! what they share.
//!
//! Shader: `shaders/compute/conv3d.wgsl`.

mod cpu;

use std::collections::BTreeSet;

use burn::backend::flex::FlexTensor;
use burn::backend::ops::{FloatTensorOps, ModuleOps};
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor, KernelSource, SourceTemplate, into_contiguous};
use burn::backend::{Backend, Dispatch, Flex, backend_extension};
use burn::cubecl::prelude::KernelId;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{DType, Shape, Slice, Tensor};

use super::{contiguous, empty, exclusive, launch, lines};

/// The operation, on each backend's own tensors.
#[backend_extension(Cube, Flex)]
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
/// If the shapes do not fit together, the edge is even, or a tensor is not f32.
#[must_use]
pub fn conv3d(x: Tensor<5>, weight: Tensor<5>, stride: usize, dilation: usize) -> Tensor<5> {
    let taps = checked(&x, &weight, stride, dilation);
    Tensor::from_dispatch(Dispatch::convolve(
        x.into_dispatch(),
        weight.into_dispatch(),
        taps,
    ))
}

/// The same, added to `sum`: two inputs need no concatenation.
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
    assert!([x.dtype(), weight.dtype()] == [DType::F32; 2]);
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
            return rows_onto(FlexTensor::zeros(shape, DType::F32), x, weight);
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

/// Natively Burn's own is faster: it has the machine's wide vectors and all cores.
fn by_rows(x: &FlexTensor, taps: Taps) -> bool {
    let plain = Taps {
        edge: 3,
        stride: 1,
        dilation: 1,
    };
    cfg!(target_arch = "wasm32") && taps == plain && cpu::suits(x.layout().shape()[4])
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

/// How much one thread makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Tile {
    /// Outputs along y.
    rows: usize,
    /// Channels, a multiple of four.
    channels: usize,
}

impl Tile {
    /// As much as fits the registers and is not wasted on what lies beyond the output.
    fn of(channels_out: usize, height: usize) -> Self {
        let channels = match channels_out {
            0..=4 => 4,
            out if out % 12 == 0 => 12,
            _ => 8,
        };
        Self {
            rows: if height > 4 {
                8
            } else {
                height.next_power_of_two()
            },
            channels,
        }
    }

    /// Vectors of four channels.
    fn vectors(self) -> usize {
        self.channels / 4
    }
}

/// One variant of the shader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Conv3dKernel {
    taps: Taps,
    tile: Tile,
    onto: bool,
}

impl Conv3dKernel {
    /// Offsets along y from the strip's first input row to every row that it needs.
    fn rows_needed(&self) -> Vec<usize> {
        let Taps {
            edge,
            stride,
            dilation,
        } = self.taps;
        let offset = |row: usize, tap: usize| row * stride + tap * dilation;
        let all: BTreeSet<usize> = (0..self.tile.rows)
            .flat_map(|row| (0..edge).map(move |tap| offset(row, tap)))
            .collect();
        all.into_iter().collect()
    }

    fn row_places(&self) -> String {
        lines(self.rows_needed(), |n| {
            format!(
                "    let there{n} = y_first + {n} >= 0 && y_first + {n} < source.y;\n    \
                 let row{n} = u32(clamp(y_first + {n}, 0, source.y - 1) * source.z);"
            )
        })
    }

    /// Every pair of a row and a vector of channels.
    fn sums_of(&self) -> impl Iterator<Item = (usize, usize)> {
        let vectors = self.tile.vectors();
        (0..self.tile.rows).flat_map(move |row| (0..vectors).map(move |v| (row, v)))
    }

    fn sums(&self) -> String {
        lines(self.sums_of(), |(row, v)| {
            format!("    var sum{row}_{v} = vec4<f32>();")
        })
    }

    fn products(&self) -> String {
        let Taps {
            edge,
            stride,
            dilation,
        } = self.taps;
        let vectors = self.tile.vectors();
        let inputs = lines(self.rows_needed(), |n| {
            format!("                let x{n} = select(0.0, input[at + row{n}], there{n});")
        });
        let taps = (0..edge).flat_map(|tap| (0..vectors).map(move |v| (tap, v)));
        let products = lines(taps, |(tap, v)| {
            let weight = tap * vectors + v;
            let products = lines(0..self.tile.rows, |row| {
                let n = row * stride + tap * dilation;
                format!("                sum{row}_{v} += x{n} * w{tap}_{v};")
            });
            format!("                let w{tap}_{v} = weight[w + {weight}u];\n{products}")
        });
        inputs + &products
    }

    fn stores(&self) -> String {
        let all = self
            .sums_of()
            .flat_map(|(row, v)| (0..4).map(move |c| (row, v, c)));
        lines(all, |(row, v, c)| {
            let channel = 4 * v + c;
            format!(
                "    if ({row}u < rows_left && {channel}u < channels_left) {{\n        \
                 let place = here + {channel}u * voxels_out + {row}u * goal.z;\n        \
                 output[place] = sum{row}_{v}[{c}] + select(0.0, output[place], ONTO);\n    }}"
            )
        })
    }
}

impl KernelSource for Conv3dKernel {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(include_str!("../../../shaders/compute/conv3d.wgsl"))
            .register("edge", self.taps.edge.to_string())
            .register("stride", self.taps.stride.to_string())
            .register("dilation", self.taps.dilation.to_string())
            .register("rows", self.tile.rows.to_string())
            .register("channels", self.tile.channels.to_string())
            .register("onto", self.onto.to_string())
            .register("rows_needed", self.row_places())
            .register("sums", self.sums())
            .register("products", self.products())
            .register("stores", self.stores())
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info(*self)
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// The shader as it is compiled for a few convolutions of the network, for checking without a GPU.
pub(super) fn sources() -> Vec<String> {
    let variant = |edge, stride, dilation, tile, onto| Conv3dKernel {
        taps: Taps {
            edge,
            stride,
            dilation,
        },
        tile,
        onto,
    };
    [
        variant(3, 1, 1, Tile::of(12, 96), false),
        variant(3, 1, 1, Tile::of(48, 3), true),
        variant(3, 1, 4, Tile::of(7, 96), true),
        variant(7, 2, 1, Tile::of(64, 48), false),
    ]
    .map(|kernel| kernel.source().complete())
    .to_vec()
}

impl Convolve for CubeBackend {
    fn convolve(x: FloatTensor<Self>, weight: FloatTensor<Self>, taps: Taps) -> FloatTensor<Self> {
        let shape = output_shape(x.meta.shape(), weight.meta.shape(), taps);
        let output = empty(&x, shape);
        convolve(output, x, weight, taps, false)
    }

    fn convolve_onto(
        sum: FloatTensor<Self>,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        taps: Taps,
    ) -> FloatTensor<Self> {
        convolve(exclusive(sum), x, weight, taps, true)
    }
}

fn convolve(
    output: CubeTensor,
    x: CubeTensor,
    weight: CubeTensor,
    taps: Taps,
    onto: bool,
) -> CubeTensor {
    let x = into_contiguous(x);
    let (from, to) = (x.meta.shape(), output.meta.shape());
    // Shader indices are u32, and its signed ones i32.
    assert!(from.num_elements().max(to.num_elements()) < 1 << 31);
    let tile = Tile::of(to[1], to[3]);
    let weight = packed(weight, tile);
    let blocks = to[1].div_ceil(tile.channels);
    let threads = to[0] * blocks * to[2] * to[3].div_ceil(tile.rows) * to[4];
    let sizes = [
        from[0], from[1], to[1], from[2], from[3], from[4], to[2], to[3], to[4],
    ];
    launch(
        &output.client,
        Conv3dKernel { taps, tile, onto },
        threads,
        &[&x.handle, &weight.handle, &output.handle],
        &sizes,
    );
    output
}

/// `[out, in, x, y, z]` in the order in which a thread reads it:
/// `[block, x, z, in, y, channel in the block]`, the last block filled up with zeros.
fn packed(weight: CubeTensor, tile: Tile) -> CubeTensor {
    let [out, channels_in, edge] = [0, 1, 2].map(|axis| weight.meta.shape()[axis]);
    let blocks = out.div_ceil(tile.channels);
    let weight = if out % tile.channels == 0 {
        weight
    } else {
        let whole = Shape::new([blocks * tile.channels, channels_in, edge, edge, edge]);
        let zeros = CubeBackend::float_zeros(whole, &weight.device, weight.dtype.into());
        let there: Vec<Slice> = [out, channels_in, edge, edge, edge]
            .iter()
            .map(|&len| Slice::from(0..len))
            .collect();
        CubeBackend::float_slice_assign(zeros, &there, weight)
    };
    let split = Shape::new([blocks, tile.channels, channels_in, edge, edge, edge]);
    let weight = CubeBackend::float_reshape(weight, split);
    into_contiguous(CubeBackend::float_permute(weight, &[0, 3, 5, 2, 4, 1]))
}
