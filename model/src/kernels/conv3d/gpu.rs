//! The shader of the convolution, and how it is launched.

mod moments;

use std::collections::BTreeSet;

use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor, KernelSource, SourceTemplate, into_contiguous};
use burn::cubecl::prelude::KernelId;
use burn::tensor::{Shape, Slice};

use super::tile::Tile;
use super::{Convolve, Taps, output_shape};
use crate::kernels::gpu::{WORKGROUP, empty, exclusive, launch_in_parts, lines};
use crate::kernels::{Activations, cost};

pub use moments::ConvolveMoments;

/// One variant of the shader. What a network answers is f32 whatever it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Conv3dKernel {
    taps: Taps,
    tile: Tile,
    /// Whether a workgroup leaves the moments of what it made.
    moments: bool,
    input: Activations,
    output: Activations,
}

impl Conv3dKernel {
    /// Taps along x that are written out.
    fn taps_x(&self) -> usize {
        if self.tile.planes > 1 {
            self.taps.edge
        } else {
            1
        }
    }

    /// Offsets from the first input place to every one that so many outputs need along an axis.
    fn needed(&self, outputs: usize, taps: usize) -> Vec<usize> {
        let all: BTreeSet<usize> = (0..outputs)
            .flat_map(|output| (0..taps).map(move |tap| self.offset(output, tap)))
            .collect();
        all.into_iter().collect()
    }

    fn enable(&self) -> &'static str {
        match self.output {
            Activations::Full => self.input.enable(),
            half => half.enable(),
        }
    }

    fn offset(&self, output: usize, tap: usize) -> usize {
        output * self.taps.stride + tap * self.taps.dilation
    }

    fn rows_needed(&self) -> Vec<usize> {
        self.needed(self.tile.rows, self.taps.edge)
    }

    fn planes_needed(&self) -> Vec<usize> {
        self.needed(self.tile.planes, self.taps_x())
    }

    fn row_places(&self) -> String {
        lines(self.rows_needed(), |n| {
            format!(
                "    let there{n} = y_first + {n} >= 0 && y_first + {n} < source.y;\n    \
                 let row{n} = u32(clamp(y_first + {n}, 0, source.y - 1) * source.z);"
            )
        })
    }

    fn plane_places(&self) -> String {
        lines(self.planes_needed(), |n| {
            format!(
                "        let deep{n} = x_first + {n} >= 0 && x_first + {n} < source.x;\n        \
                 let plane{n} = u32(clamp(x_first + {n}, 0, source.x - 1) * slice);"
            )
        })
    }

    /// Every plane, row and vector of channels that a thread sums.
    fn sums_of(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        let Tile { planes, rows, .. } = self.tile;
        let vectors = self.tile.vectors();
        let one = move |p| (0..rows).flat_map(move |row| (0..vectors).map(move |v| (p, row, v)));
        (0..planes).flat_map(one)
    }

    fn sums(&self) -> String {
        lines(self.sums_of(), |(p, row, v)| {
            format!("    var sum{p}_{row}_{v} = vec4<f32>();")
        })
    }

    /// Plane by plane of the input. The weights come first where several planes use them.
    fn products(&self) -> String {
        let weights = if self.tile.planes > 1 {
            let taps =
                (0..self.taps_x()).flat_map(|tx| (0..self.taps.edge).map(move |ty| (tx, ty)));
            taps.map(|(tx, ty)| self.weights(tx, ty)).collect()
        } else {
            String::new()
        };
        let planes = self.planes_needed().into_iter();
        weights + &planes.map(|n| self.plane_products(n)).collect::<String>()
    }

    fn weights(&self, tx: usize, ty: usize) -> String {
        let vectors = self.tile.vectors();
        lines(0..vectors, |v| {
            let weight = (tx * self.taps.edge + ty) * vectors + v;
            format!("                let w{tx}_{ty}_{v} = weight[w + {weight}u];")
        })
    }

    fn plane_products(&self, n: usize) -> String {
        let inputs = lines(self.rows_needed(), |m| {
            format!(
                "                let x{n}_{m} = \
                 select(0.0, f32(input[at + plane{n} + row{m}]), deep{n} && there{m});"
            )
        });
        let pairs = (0..self.tile.planes).flat_map(|p| (0..self.taps_x()).map(move |tx| (p, tx)));
        let pairs = pairs.filter(|&(p, tx)| self.offset(p, tx) == n);
        let taps = pairs.flat_map(|(p, tx)| (0..self.taps.edge).map(move |ty| (p, tx, ty)));
        let products = taps.map(|(p, tx, ty)| {
            let weights = if self.tile.planes > 1 {
                String::new()
            } else {
                self.weights(tx, ty)
            };
            let vectors = 0..self.tile.vectors();
            let sums = vectors.flat_map(|v| (0..self.tile.rows).map(move |row| (v, row)));
            weights
                + &lines(sums, |(v, row)| {
                    let m = self.offset(row, ty);
                    format!("                sum{p}_{row}_{v} += x{n}_{m} * w{tx}_{ty}_{v};")
                })
        });
        inputs + &products.collect::<String>()
    }

    /// Row by row of the outputs. One that is added to goes back into the sum: it has a share in the moments.
    fn stores(&self) -> String {
        let number = self.output.number();
        let outputs =
            (0..self.tile.planes).flat_map(|p| (0..self.tile.rows).map(move |row| (p, row)));
        lines(outputs, |(p, row)| {
            let channels = (0..self.tile.vectors()).flat_map(|v| (0..4).map(move |c| (v, c)));
            let channels = lines(channels, |(v, c)| {
                let channel = 4 * v + c;
                format!(
                    "        if ({channel}u < channels_left) {{\n            \
                     let place = line{p}_{row} + {channel}u * voxels_out;\n            \
                     if (onto) {{ sum{p}_{row}_{v}[{c}] += f32(output[place]); }}\n            \
                     output[place] = {number}(sum{p}_{row}_{v}[{c}]);\n        }}"
                )
            });
            format!(
                "    if ({p}u < planes_left && {row}u < rows_left && is_there) {{\n        \
                 let line{p}_{row} = here + ({p}u * goal.y + {row}u) * goal.z;\n{channels}    }}"
            )
        })
    }
}

impl KernelSource for Conv3dKernel {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(include_str!("../../../../shaders/compute/conv3d.wgsl"))
            .register("enable", self.enable())
            .register("input_number", self.input.number())
            .register("output_number", self.output.number())
            .register("edge", self.taps.edge.to_string())
            .register("stride", self.taps.stride.to_string())
            .register("dilation", self.taps.dilation.to_string())
            .register("planes", self.tile.planes.to_string())
            .register("taps_x", self.taps_x().to_string())
            .register("rows", self.tile.rows.to_string())
            .register("channels", self.tile.channels.to_string())
            .register("moments_to", self.moments_to())
            .register("last", self.last_binding().to_string())
            .register("place", self.place())
            .register("rows_needed", self.row_places())
            .register("planes_needed", self.plane_places())
            .register("sums", self.sums())
            .register("products", self.products())
            .register("stores", self.stores())
            .register("moments", self.moments())
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
    use Activations::{Full, Half};
    let variant = |edge, stride, dilation, out, edge_out, moments, [input, output]: [_; 2]| {
        let taps = Taps {
            edge,
            stride,
            dilation,
        };
        Conv3dKernel {
            taps,
            tile: Tile::of(out, [edge_out; 2], taps),
            moments,
            input,
            output,
        }
    };
    [
        variant(3, 1, 1, 12, 96, false, [Full; 2]),
        variant(3, 1, 1, 12, 96, true, [Full; 2]),
        variant(3, 1, 1, 48, 3, false, [Full; 2]),
        variant(3, 1, 4, 7, 96, false, [Full; 2]),
        variant(7, 2, 1, 64, 48, false, [Full; 2]),
        variant(1, 1, 1, 12, 96, true, [Full; 2]),
        variant(3, 1, 1, 12, 96, false, [Half; 2]),
        variant(3, 1, 1, 12, 96, true, [Half; 2]),
        variant(3, 1, 1, 48, 3, false, [Half; 2]),
        variant(1, 1, 1, 4, 96, false, [Half, Full]),
    ]
    .map(|kernel| kernel.source().complete())
    .to_vec()
}

impl Convolve for CubeBackend {
    fn convolve(x: FloatTensor<Self>, weight: FloatTensor<Self>, taps: Taps) -> FloatTensor<Self> {
        let shape = output_shape(x.meta.shape(), weight.meta.shape(), taps);
        let output = empty(&x, shape);
        Launch::of(output, &x, taps, false).run(x, weight, None)
    }

    fn convolve_onto(
        sum: FloatTensor<Self>,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        taps: Taps,
    ) -> FloatTensor<Self> {
        Launch::of(exclusive(sum), &x, taps, true).run(x, weight, None)
    }
}

/// A convolution into `output`, or onto what is there.
struct Launch {
    output: CubeTensor,
    taps: Taps,
    tile: Tile,
    onto: bool,
    batch: usize,
    /// Blocks of channels.
    blocks: usize,
    /// Threads that a block of one sample needs.
    positions: usize,
}

impl Launch {
    fn of(output: CubeTensor, x: &CubeTensor, taps: Taps, onto: bool) -> Self {
        let (from, to) = (x.meta.shape(), output.meta.shape());
        // Shader indices are u32, and its signed ones i32.
        assert!(from.num_elements().max(to.num_elements()) < 1 << 31);
        let tile = Tile::of(to[1], [to[2], to[3]], taps);
        Self {
            taps,
            tile,
            onto,
            batch: to[0],
            blocks: to[1].div_ceil(tile.channels),
            positions: tile.positions([to[2], to[3], to[4]]),
            output,
        }
    }

    /// Workgroups that a block of one sample needs, if it has some of its own.
    fn groups(&self) -> usize {
        self.positions.div_ceil(WORKGROUP as usize)
    }

    /// `moments` gets those of each channel, by workgroup.
    fn run(self, x: CubeTensor, weight: CubeTensor, moments: Option<&CubeTensor>) -> CubeTensor {
        let x = into_contiguous(x);
        let kernel = Conv3dKernel {
            taps: self.taps,
            tile: self.tile,
            moments: moments.is_some(),
            input: Activations::of(x.dtype),
            output: Activations::of(self.output.dtype),
        };
        let weight = packed(weight, self.tile, kernel.taps_x());
        let threads = match moments {
            Some(_) => self.groups() * WORKGROUP as usize,
            None => self.positions,
        };
        let (from, to) = (x.meta.shape(), self.output.meta.shape());
        let products = from[1] * self.taps.edge.pow(3);
        let operations = cost::convolution(to.num_elements(), products);
        let sizes = [
            from[0],
            from[1],
            to[1],
            from[2],
            from[3],
            from[4],
            usize::from(self.onto),
        ];
        let buffers = [&x.handle, &weight.handle, &self.output.handle];
        let moments = moments.map(|moments| &moments.handle);
        let buffers: Vec<_> = buffers.into_iter().chain(moments).collect();
        launch_in_parts(
            &self.output.client,
            kernel,
            (self.batch * self.blocks * threads, operations),
            &buffers,
            &sizes,
        );
        self.output
    }
}

/// `[out, in, x, y, z]` in the order in which a thread reads it:
/// `[block, x, z, in, y, channel in the block]`, or with all taps along x together
/// `[block, z, in, x, y, channel in the block]`; the last block filled up with zeros.
fn packed(weight: CubeTensor, tile: Tile, taps_x: usize) -> CubeTensor {
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
    let order = if taps_x == 1 {
        [0, 3, 5, 2, 4, 1]
    } else {
        [0, 5, 2, 3, 4, 1]
    };
    into_contiguous(CubeBackend::float_permute(weight, &order))
}
