//! The shader of the convolution, and how it is launched.

use std::collections::BTreeSet;

use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor, KernelSource, SourceTemplate, into_contiguous};
use burn::cubecl::prelude::KernelId;
use burn::tensor::{Shape, Slice};

use super::{Convolve, Taps, output_shape};
use crate::kernels::gpu::{empty, exclusive, launch, lines};

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
        SourceTemplate::new(include_str!("../../../../shaders/compute/conv3d.wgsl"))
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
pub(in crate::kernels) fn sources() -> Vec<String> {
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
