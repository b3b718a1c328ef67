//! The way back through the convolution on a GPU.
//!
//! The input's gradient is a convolution too, of the output's gradient by the mirrored weights. For the weights'
//! Burn would convolve the input by the output's gradient, a kernel as large as the volume, and each weight's sum
//! would be one thread's; here many workgroups share it.
//!
//! Shader: `shaders/training/conv3d_weight_gradient.wgsl`.

use burn::backend::ops::{FloatTensorOps, ModuleOps};
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, KernelSource, SourceTemplate, into_contiguous};
use burn::cubecl::prelude::KernelId;

use super::{ConvolveBack, options};
use crate::kernels::conv3d::{Convolve, Taps};
use crate::kernels::cost;
use crate::kernels::gpu::{WORKGROUP, empty, launch_in_parts, lines};

/// Channels of the output that a workgroup has.
const CHANNELS: usize = 4;

/// One variant of the shader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct WeightGradient(Taps);

impl WeightGradient {
    /// Taps along y that are written out.
    fn taps_y(self) -> usize {
        if self.0.edge <= 3 { self.0.edge } else { 1 }
    }

    /// Places along y and z of the taps that a workgroup sums.
    fn taps(self) -> impl Iterator<Item = (usize, usize)> {
        let edge = self.0.edge;
        (0..self.taps_y()).flat_map(move |y| (0..edge).map(move |z| (y, z)))
    }

    fn starts(self) -> String {
        let channels = lines(0..CHANNELS, |c| {
            // One beyond the last reads the last, and is not written.
            format!("    let out{c} = min(first_out + {c}u, channels_out - 1u) * voxels_out;")
        });
        channels
            + &lines(self.taps(), |(y, z)| {
                format!("    var sum{y}_{z} = vec4<f32>();")
            })
    }

    fn products(self) -> String {
        let (edge, dilation) = (self.0.edge, self.0.dilation);
        lines(0..self.taps_y(), |y| {
            let products = lines(0..edge, |z| {
                let z_in = format!("z + {}", z * dilation);
                format!(
                    "            sum{y}_{z} += select(0.0, input[line + u32(clamp({z_in}, 0, source.z - 1))], \
                     {z_in} >= 0 && {z_in} < source.z) * g;"
                )
            });
            let y_in = format!("y + {}", y * dilation);
            format!(
                "        if ({y_in} >= 0 && {y_in} < source.y) {{\n            \
                 let line = plane + u32(({y_in}) * source.z);\n{products}        }}"
            )
        })
    }

    fn keeps(self) -> String {
        let kept = self.taps().enumerate();
        lines(kept, |(at, (y, z))| {
            format!("    sums[{at}u * 64u + lane] = sum{y}_{z};")
        })
    }
}

impl KernelSource for WeightGradient {
    fn source(&self) -> SourceTemplate {
        let Taps {
            edge,
            stride,
            dilation,
        } = self.0;
        let kept = self.taps().count() * WORKGROUP as usize;
        SourceTemplate::new(include_str!(
            "../../../../../shaders/training/conv3d_weight_gradient.wgsl"
        ))
        .register("edge", edge.to_string())
        .register("stride", stride.to_string())
        .register("dilation", dilation.to_string())
        .register("taps_y", self.taps_y().to_string())
        .register("kept", kept.to_string())
        .register("starts", self.starts())
        .register("products", self.products())
        .register("keeps", self.keeps())
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
    let variant = |edge, stride, dilation| {
        let taps = Taps {
            edge,
            stride,
            dilation,
        };
        WeightGradient(taps).source().complete()
    };
    vec![
        variant(3, 1, 1),
        variant(1, 1, 1),
        variant(7, 2, 1),
        variant(3, 1, 4),
    ]
}

impl ConvolveBack for CubeBackend {
    fn input_gradient(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        taps: Taps,
    ) -> FloatTensor<Self> {
        if taps.stride > 1 {
            return Self::conv3d_x_backward(x, weight, gradient, options(taps));
        }
        let mirrored = Self::float_flip(weight, &[2, 3, 4]);
        Self::convolve(gradient, Self::float_swap_dims(mirrored, 0, 1), taps)
    }

    fn weight_gradient(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        taps: Taps,
    ) -> FloatTensor<Self> {
        let (x, gradient) = (into_contiguous(x), into_contiguous(gradient));
        let (from, to) = (x.meta.shape(), gradient.meta.shape());
        // Shader indices are u32.
        assert!(from.num_elements().max(to.num_elements()) < 1 << 31);
        let kernel = WeightGradient(taps);
        let rows = taps.edge * (taps.edge / kernel.taps_y());
        let groups = to[1].div_ceil(CHANNELS) * from[1] * rows;
        let outputs = to[0] * to[2] * to[3] * to[4];
        let parts = parts(groups, outputs);
        let shape = weight.meta.shape().clone();
        let partial = empty(&x, [parts, shape.num_elements()]);
        let sizes = [
            from[0], from[1], to[1], from[2], from[3], from[4], to[2], to[3], to[4], parts,
        ];
        launch_in_parts(
            &x.client,
            kernel,
            (
                groups * parts * WORKGROUP as usize,
                cost::convolution(outputs, shape.num_elements()),
            ),
            &[&x.handle, &gradient.handle, &partial.handle],
            &sizes,
        );
        Self::float_reshape(Self::float_sum_dim(partial, 0), shape)
    }
}

/// Parts of the volume: enough to keep a large GPU busy, each with several outputs a thread.
fn parts(groups: usize, outputs: usize) -> usize {
    const ENOUGH_GROUPS: usize = 16_384;
    const LEAST_OUTPUTS: usize = 8 * WORKGROUP as usize;
    let most = (outputs / LEAST_OUTPUTS).max(1);
    ENOUGH_GROUPS.div_ceil(groups).min(most)
}
