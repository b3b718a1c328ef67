//! The shader of the transposed convolution, and how it is launched.

use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, KernelSource, SourceTemplate, into_contiguous};
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::cubecl::prelude::KernelId;
use burn::tensor::{DType, Tensor};

use crate::kernels::gpu::{WORKGROUP, empty, launch_in_parts, lines};
use crate::kernels::{Activations, cost, fits};

/// Voxels of a thread: so many share what it reads of the weights.
const VOXELS: usize = 2;

/// The operation on a GPU's own tensors.
#[backend_extension(Cube)]
pub trait UpsampleVolume: Backend {
    /// See [`super::upsample()`].
    fn upsample_volume(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self>;
}

#[derive(Clone, Copy)]
struct UpsampleKernel(Activations);

/// Every voxel, channel of the block and half of the 2×2×2 that a thread sums.
fn sums() -> impl Iterator<Item = (usize, usize, usize)> {
    (0..VOXELS).flat_map(|v| (0..4).flat_map(move |c| (0..2).map(move |half| (v, c, half))))
}

fn starts() -> String {
    let channels = lines(0..4, |c| {
        format!("    let channel{c} = 2u * min(channel + {c}u, last);")
    });
    let voxels = lines(0..VOXELS, |v| {
        format!("    let voxel{v} = min(first + {v}u * 64u, voxels - 1u);")
    });
    let sums = lines(sums(), |(v, c, half)| {
        format!("    var sum{v}_{c}_{half} = vec4<f32>();")
    });
    channels + &voxels + &sums
}

fn products() -> String {
    let inputs = lines(0..VOXELS, |v| {
        format!("        let x{v} = f32(input[at + voxel{v}]);")
    });
    let weights = (0..4).flat_map(|c| (0..2).map(move |half| (c, half)));
    let products = lines(weights, |(c, half)| {
        let products = lines(0..VOXELS, |v| {
            format!("        sum{v}_{c}_{half} += x{v} * w{c}_{half};")
        });
        format!("        let w{c}_{half} = weight[w + channel{c} + {half}u];\n{products}")
    });
    inputs + &products
}

fn stores(number: &str) -> String {
    lines(0..VOXELS, |v| {
        let stores = lines(0..4, |c| {
            let stores = lines(0..4, |corner| {
                let (half, j) = (corner / 2, corner % 2);
                let parts = if j == 0 { "xy" } else { "zw" };
                format!(
                    "            output[((to + 2u * x{v} + {half}u) * rows + 2u * y{v} + {j}u) \
                     * edges.z + z{v}] = vec2<{number}>(sum{v}_{c}_{half}.{parts});"
                )
            });
            format!(
                "        if (channel + {c}u < channels_out) {{\n            \
                 let to = (sample * channels_out + channel + {c}u) * 2u * edges.x;\n{stores}        }}"
            )
        });
        format!(
            "    if (first + {v}u * 64u < voxels) {{\n        \
             let z{v} = voxel{v} % edges.z;\n        \
             let y{v} = voxel{v} / edges.z % edges.y;\n        \
             let x{v} = voxel{v} / (edges.z * edges.y);\n{stores}    }}"
        )
    })
}

impl KernelSource for UpsampleKernel {
    fn source(&self) -> SourceTemplate {
        let template =
            SourceTemplate::new(include_str!("../../../../shaders/compute/upsample.wgsl"));
        self.0
            .fill(template)
            .register("voxels", VOXELS.to_string())
            .register("starts", starts())
            .register("products", products())
            .register("stores", stores(self.0.number()))
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info(self.0)
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// The shader as it is compiled, for checking without a GPU.
pub(in crate::kernels) fn sources() -> [String; 2] {
    Activations::ALL.map(|activations| UpsampleKernel(activations).source().complete())
}

pub(super) fn upsample(x: Tensor<5>, weight: Tensor<5>) -> Tensor<5> {
    assert!(fits(&x) && weight.dtype() == DType::F32);
    Tensor::from_dispatch(Dispatch::upsample_volume(
        x.into_dispatch(),
        weight.into_dispatch(),
    ))
}

impl UpsampleVolume for CubeBackend {
    fn upsample_volume(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self> {
        let (x, weight) = (into_contiguous(x), into_contiguous(weight));
        let [batch, channels, nx, ny, nz] = [0, 1, 2, 3, 4].map(|axis| x.meta.shape()[axis]);
        let out = weight.meta.shape()[1];
        let output = empty(&x, [batch, out, 2 * nx, 2 * ny, 2 * nz]);
        // Shader indices are u32.
        assert!(output.meta.shape().num_elements() < 1 << 31);
        let tiles = (nx * ny * nz).div_ceil(WORKGROUP as usize * VOXELS);
        let threads = batch * out.div_ceil(4) * tiles * WORKGROUP as usize;
        let operations = cost::upsample(output.meta.shape().num_elements(), channels);
        launch_in_parts(
            &x.client,
            UpsampleKernel(Activations::of(x.dtype)),
            (threads, operations),
            &[&x.handle, &weight.handle, &output.handle],
            &[batch, channels, out, nx, ny, nz],
        );
        output
    }
}
