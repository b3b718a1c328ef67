//! The shaders of the instance norm, and how they are launched.

use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor, KernelSource, SourceTemplate, into_contiguous};
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::cubecl::client::Client;
use burn::cubecl::prelude::KernelId;
use burn::cubecl::server::Handle;
#[cfg(feature = "train")]
use burn::tensor::Shape;
use burn::tensor::Tensor;

use super::{InstanceNorm, voxels};
use crate::kernels::gpu::{WORKGROUP, element, empty, exclusive, launch};
use crate::kernels::{Activations, fits};

/// One of the three shaders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Pass {
    Partial(Element),
    Combine,
    /// Of such elements; where the result goes; the bits of the slope.
    Apply(Element, Goal, u32),
}

/// Where the result goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Goal {
    /// A volume of its own.
    Fresh,
    /// The residual's place.
    Residual,
    /// The input's place: a buffer may be bound once alone.
    Input,
}

/// The input's binding, where it is not the output's too.
const INPUT: &str = "// [channel, voxel]
@group(0) @binding(0) var<storage, read_write> input: array<ELEMENT>;";

/// What a thread reads at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Element {
    /// Four, as GPUs like to read, where they do not reach into the next channel; else one.
    voxels: usize,
    activations: Activations,
}

impl Element {
    fn of(x: &CubeTensor) -> Self {
        let is_whole = voxels(x.meta.shape()).is_multiple_of(4);
        Self {
            voxels: if is_whole { 4 } else { 1 },
            activations: Activations::of(x.dtype),
        }
    }

    /// Its type where it is stored.
    fn stored(self) -> String {
        element(self.voxels, self.activations.number())
    }

    fn fill(self, template: SourceTemplate) -> SourceTemplate {
        template
            .register("enable", self.activations.enable())
            .register("element", element(self.voxels, "f32"))
            .register("stored", self.stored())
            .register("voxels", self.voxels.to_string())
    }
}

impl KernelSource for Pass {
    fn source(&self) -> SourceTemplate {
        match self {
            Self::Partial(element) => {
                let template = SourceTemplate::new(include_str!(
                    "../../../../shaders/compute/instance_norm_partial.wgsl"
                ));
                let total = |name: &str| match element.voxels {
                    4 => format!("dot({name}, vec4(1.0))"),
                    _ => name.to_owned(),
                };
                let first = if element.voxels == 4 { ".x" } else { "" };
                element
                    .fill(template)
                    .register("first", first)
                    .register("total_sum", total("sum"))
                    .register("total_squares", total("squares"))
            }
            Self::Combine => SourceTemplate::new(include_str!(
                "../../../../shaders/compute/instance_norm_combine.wgsl"
            )),
            Self::Apply(element, goal, slope) => {
                let template = SourceTemplate::new(include_str!(
                    "../../../../shaders/compute/instance_norm_apply.wgsl"
                ));
                let (input, from) = match goal {
                    Goal::Input => (String::new(), "output"),
                    _ => (INPUT.replace("ELEMENT", &element.stored()), "input"),
                };
                let first = usize::from(*goal != Goal::Input);
                element
                    .fill(template)
                    .register("input", input)
                    .register("from", from)
                    .register("statistics", first.to_string())
                    .register("output", (first + 1).to_string())
                    .register("shape", (first + 2).to_string())
                    .register("onto", (*goal == Goal::Residual).to_string())
                    .register("slope", format!("{:?}", f32::from_bits(*slope)))
            }
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
    let of = |activations| {
        let element = |voxels| Element {
            voxels,
            activations,
        };
        let apply = |voxels, goal, slope: f32| Pass::Apply(element(voxels), goal, slope.to_bits());
        [
            Pass::Partial(element(1)),
            Pass::Partial(element(4)),
            apply(1, Goal::Fresh, 0.01),
            apply(4, Goal::Residual, 1.0),
            apply(4, Goal::Input, 0.01),
        ]
    };
    let all = Activations::ALL.into_iter().flat_map(of);
    all.chain([Pass::Combine])
        .map(|pass| pass.source().complete())
        .collect()
}

impl InstanceNorm for CubeBackend {
    fn instance_norm(x: FloatTensor<Self>, slope: f32) -> FloatTensor<Self> {
        let x = into_contiguous(x);
        let output = empty(&x, x.meta.shape().clone());
        let statistics = look(&x);
        apply(output, Some(&x), &statistics, (Goal::Fresh, slope))
    }

    fn instance_norm_onto(
        residual: FloatTensor<Self>,
        x: FloatTensor<Self>,
        slope: f32,
    ) -> FloatTensor<Self> {
        let x = into_contiguous(x);
        let statistics = look(&x);
        let residual = exclusive(residual);
        apply(residual, Some(&x), &statistics, (Goal::Residual, slope))
    }
}

/// The norm of a volume whose moments are known.
#[backend_extension(Cube)]
pub trait NormByMoments: Backend {
    /// See [`instance_norm_of`](super::instance_norm_of).
    fn norm_by_moments(
        x: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        slope: f32,
    ) -> FloatTensor<Self>;

    /// See [`instance_norm_of_onto`](super::instance_norm_of_onto).
    fn norm_by_moments_onto(
        residual: FloatTensor<Self>,
        x: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        slope: f32,
    ) -> FloatTensor<Self>;
}

/// `moments` as in [`Convolved`](crate::kernels::Convolved).
pub(super) fn by_moments(x: Tensor<5>, moments: Tensor<3>, slope: f32) -> Tensor<5> {
    Tensor::from_dispatch(Dispatch::norm_by_moments(
        x.into_dispatch(),
        moments.into_dispatch(),
        slope,
    ))
}

pub(super) fn by_moments_onto(
    residual: Tensor<5>,
    x: Tensor<5>,
    moments: Tensor<3>,
    slope: f32,
) -> Tensor<5> {
    assert_eq!(residual.dims(), x.dims());
    assert!(fits(&x) && residual.dtype() == x.dtype());
    Tensor::from_dispatch(Dispatch::norm_by_moments_onto(
        residual.into_dispatch(),
        x.into_dispatch(),
        moments.into_dispatch(),
        slope,
    ))
}

impl NormByMoments for CubeBackend {
    fn norm_by_moments(
        x: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        slope: f32,
    ) -> FloatTensor<Self> {
        let statistics = of_moments(&moments);
        apply(exclusive(x), None, &statistics, (Goal::Input, slope))
    }

    fn norm_by_moments_onto(
        residual: FloatTensor<Self>,
        x: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        slope: f32,
    ) -> FloatTensor<Self> {
        let x = into_contiguous(x);
        let statistics = of_moments(&moments);
        let residual = exclusive(residual);
        apply(residual, Some(&x), &statistics, (Goal::Residual, slope))
    }
}

/// Channels of all samples, elements of a channel, and what an element is.
fn sizes(x: &CubeTensor) -> (usize, usize, Element) {
    let dims = x.meta.shape();
    let element = Element::of(x);
    (dims[0] * dims[1], voxels(dims) / element.voxels, element)
}

/// Mean and 1 / standard deviation of each channel.
fn look(x: &CubeTensor) -> Handle {
    /// Enough to fill a GPU with a few channels; each then still sums a few hundred voxels.
    const MOST_PARTS: usize = 1024;
    const LEAST_VOXELS: usize = 32;
    let (channels, elements, element) = sizes(x);
    let parts = (elements * element.voxels / LEAST_VOXELS).clamp(1, MOST_PARTS);
    let partial = x.client.empty(channels * parts * size_of::<[f32; 4]>());
    launch(
        &x.client,
        Pass::Partial(element),
        channels * parts,
        &[&x.handle, &partial],
        &[channels, elements, parts],
    );
    combine(&x.client, &partial, (channels, parts))
}

/// The same as a tensor `[batch, channel, 1, 1, 2]`.
#[cfg(feature = "train")]
pub(super) fn statistics(x: &CubeTensor) -> CubeTensor {
    let dims = x.meta.shape();
    let shape = Shape::new([dims[0], dims[1], 1, 1, 2]);
    CubeTensor::new_contiguous(x.client.clone(), x.device.clone(), shape, look(x), x.dtype)
}

/// The same from `[channel, part, 4]`.
fn of_moments(moments: &CubeTensor) -> Handle {
    let shape = moments.meta.shape();
    combine(&moments.client, &moments.handle, (shape[0], shape[1]))
}

/// The same from the moments of so many `parts` of each channel.
fn combine(client: &Client, partial: &Handle, (channels, parts): (usize, usize)) -> Handle {
    let statistics = client.empty(channels * size_of::<[f32; 2]>());
    launch(
        client,
        Pass::Combine,
        channels * WORKGROUP as usize,
        &[partial, &statistics],
        &[channels, parts],
    );
    statistics
}

/// Without an `x` that of `output`.
fn apply(
    output: CubeTensor,
    x: Option<&CubeTensor>,
    statistics: &Handle,
    (goal, slope): (Goal, f32),
) -> CubeTensor {
    let (channels, elements, element) = sizes(&output);
    let input = x.map(|x| &x.handle);
    let buffers: Vec<_> = input
        .into_iter()
        .chain([statistics, &output.handle])
        .collect();
    launch(
        &output.client,
        Pass::Apply(element, goal, slope.to_bits()),
        channels * elements,
        &buffers,
        &[channels, elements],
    );
    output
}
