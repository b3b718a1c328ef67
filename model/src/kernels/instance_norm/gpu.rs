//! The shaders of the instance norm, and how they are launched.

use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor, KernelSource, SourceTemplate, into_contiguous};
use burn::cubecl::prelude::KernelId;

use super::{InstanceNorm, voxels};
use crate::kernels::gpu::{WORKGROUP, empty, exclusive, launch};

/// One of the three shaders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Pass {
    /// Voxels of an element.
    Partial(usize),
    Combine,
    /// Voxels of an element; whether there is a residual; the bits of the slope.
    Apply(usize, bool, u32),
}

fn of_elements(template: SourceTemplate, voxels: usize) -> SourceTemplate {
    let element = if voxels == 4 { "vec4<f32>" } else { "f32" };
    template
        .register("element", element)
        .register("voxels", voxels.to_string())
}

impl KernelSource for Pass {
    fn source(&self) -> SourceTemplate {
        match self {
            Self::Partial(voxels) => {
                let template = SourceTemplate::new(include_str!(
                    "../../../../shaders/compute/instance_norm_partial.wgsl"
                ));
                let total = |name: &str| match voxels {
                    4 => format!("dot({name}, vec4(1.0))"),
                    _ => name.to_owned(),
                };
                of_elements(template, *voxels)
                    .register("first", if *voxels == 4 { ".x" } else { "" })
                    .register("total_sum", total("sum"))
                    .register("total_squares", total("squares"))
            }
            Self::Combine => SourceTemplate::new(include_str!(
                "../../../../shaders/compute/instance_norm_combine.wgsl"
            )),
            Self::Apply(voxels, onto, slope) => of_elements(
                SourceTemplate::new(include_str!(
                    "../../../../shaders/compute/instance_norm_apply.wgsl"
                )),
                *voxels,
            )
            .register("onto", onto.to_string())
            .register("slope", format!("{:?}", f32::from_bits(*slope))),
        }
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info(*self)
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// The shaders as they are compiled, for checking without a GPU.
pub(in crate::kernels) fn sources() -> Vec<String> {
    let apply = |voxels, onto, slope: f32| Pass::Apply(voxels, onto, slope.to_bits());
    [
        Pass::Partial(1),
        Pass::Partial(4),
        Pass::Combine,
        apply(1, false, 0.01),
        apply(4, true, 1.0),
    ]
    .map(|pass| pass.source().complete())
    .to_vec()
}

impl InstanceNorm for CubeBackend {
    fn instance_norm(x: FloatTensor<Self>, slope: f32) -> FloatTensor<Self> {
        let x = into_contiguous(x);
        let output = empty(&x, x.meta.shape().clone());
        normalise(output, x, slope, false)
    }

    fn instance_norm_onto(
        residual: FloatTensor<Self>,
        x: FloatTensor<Self>,
        slope: f32,
    ) -> FloatTensor<Self> {
        normalise(exclusive(residual), into_contiguous(x), slope, true)
    }
}

fn normalise(output: CubeTensor, x: CubeTensor, slope: f32, onto: bool) -> CubeTensor {
    /// Enough to fill a GPU with a few channels; each then still sums a few hundred voxels.
    const MOST_PARTS: usize = 1024;
    const LEAST_VOXELS: usize = 32;
    let dims = x.meta.shape();
    let (channels, voxels) = (dims[0] * dims[1], voxels(dims));
    // Four at a time, as GPUs like to read, where they do not reach into the next channel.
    let element = if voxels.is_multiple_of(4) { 4 } else { 1 };
    let elements = voxels / element;
    let parts = (voxels / LEAST_VOXELS).clamp(1, MOST_PARTS);
    let client = &x.client;
    let sizes = [channels, elements, parts];
    let partial = client.empty(channels * parts * size_of::<[f32; 4]>());
    let statistics = client.empty(channels * size_of::<[f32; 2]>());
    launch(
        client,
        Pass::Partial(element),
        channels * parts,
        &[&x.handle, &partial],
        &sizes,
    );
    launch(
        client,
        Pass::Combine,
        channels * WORKGROUP as usize,
        &[&partial, &statistics],
        &sizes,
    );
    launch(
        client,
        Pass::Apply(element, onto, slope.to_bits()),
        channels * elements,
        &[&x.handle, &statistics, &output.handle],
        &sizes,
    );
    output
}
