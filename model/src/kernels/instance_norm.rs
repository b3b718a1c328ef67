//! Instance norm with the residual and the rectifier that follow it.
//!
//! Burn's reductions give each channel one thread, and every step writes a whole volume. Here the
//! input is read twice and the result written once.
//!
//! Shaders: `shaders/compute/instance_norm_{partial,combine,apply}.wgsl`.

use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor, KernelSource, SourceTemplate, into_contiguous};
use burn::backend::{Backend, Dispatch, Flex, backend_extension};
use burn::cubecl::prelude::KernelId;
use burn::tensor::{DType, Tensor};

use super::{WORKGROUP, contiguous, empty, exclusive, launch};

const EPSILON: f32 = 1e-5;

/// The operation, on each backend's own tensors.
#[backend_extension(Cube, Flex)]
pub trait InstanceNorm: Backend {
    /// See [`instance_norm()`].
    fn instance_norm(x: FloatTensor<Self>, slope: f32) -> FloatTensor<Self>;

    /// See [`instance_norm_onto`].
    fn instance_norm_onto(
        residual: FloatTensor<Self>,
        x: FloatTensor<Self>,
        slope: f32,
    ) -> FloatTensor<Self>;
}

/// Each channel of each sample of `x` `[batch, channel, x, y, z]` to mean 0 and (biased) variance
/// 1; what is below 0 then times `slope`.
///
/// # Panics
/// If `x` is not f32.
#[must_use]
pub fn instance_norm(x: Tensor<5>, slope: f32) -> Tensor<5> {
    assert_eq!(x.dtype(), DType::F32);
    Tensor::from_dispatch(Dispatch::instance_norm(x.into_dispatch(), slope))
}

/// The same with `residual` added before the slope is applied.
///
/// # Panics
/// If the shapes differ or a tensor is not f32.
#[must_use]
pub fn instance_norm_onto(residual: Tensor<5>, x: Tensor<5>, slope: f32) -> Tensor<5> {
    assert_eq!(residual.dims(), x.dims());
    assert!([x.dtype(), residual.dtype()] == [DType::F32; 2]);
    Tensor::from_dispatch(Dispatch::instance_norm_onto(
        residual.into_dispatch(),
        x.into_dispatch(),
        slope,
    ))
}

/// The same on plain slices: the shaders' oracle. `output` holds the residual, or zeros.
pub fn twin(output: &mut [f32], x: &[f32], voxels: usize, slope: f32) {
    for (output, x) in output.chunks_mut(voxels).zip(x.chunks(voxels)) {
        let mean = x.iter().map(|&v| f64::from(v)).sum::<f64>() / voxels as f64;
        let square = |v: f32| (f64::from(v) - mean).powi(2);
        let variance = x.iter().map(|&v| square(v)).sum::<f64>() / voxels as f64;
        let factor = 1.0 / (variance + f64::from(EPSILON)).sqrt();
        for (output, &v) in output.iter_mut().zip(x) {
            let value = *output + ((f64::from(v) - mean) * factor) as f32;
            *output = if value < 0.0 { slope * value } else { value };
        }
    }
}

impl InstanceNorm for Flex {
    fn instance_norm(x: FloatTensor<Self>, slope: f32) -> FloatTensor<Self> {
        let mut x = contiguous(x);
        let voxels = voxels(x.layout().shape());
        // Copies where somebody else holds it, too.
        for channel in x.storage_mut::<f32>().chunks_mut(voxels) {
            let (mean, factor) = statistics(channel);
            for value in channel {
                *value = rectified((*value - mean) * factor, slope);
            }
        }
        x
    }

    fn instance_norm_onto(
        residual: FloatTensor<Self>,
        x: FloatTensor<Self>,
        slope: f32,
    ) -> FloatTensor<Self> {
        let (mut output, x) = (contiguous(residual), contiguous(x));
        let voxels = voxels(x.layout().shape());
        let channels = output.storage_mut::<f32>().chunks_mut(voxels);
        for (output, x) in channels.zip(x.storage::<f32>().chunks(voxels)) {
            let (mean, factor) = statistics(x);
            for (output, &value) in output.iter_mut().zip(x) {
                *output = rectified(*output + (value - mean) * factor, slope);
            }
        }
        output
    }
}

fn voxels(shape: &[usize]) -> usize {
    shape[2..].iter().product()
}

/// Without a branch, so that a loop over it is one over vectors.
fn rectified(value: f32, slope: f32) -> f32 {
    value.max(0.0) + slope * value.min(0.0)
}

/// Mean and 1 / standard deviation.
fn statistics(x: &[f32]) -> (f32, f32) {
    let mean = sum(x, |value| value) / x.len() as f64;
    let near = mean as f32;
    // The mean in f32 may be off by half a digit: what that adds to every square is taken away.
    let off = mean - f64::from(near);
    let square = sum(x, |value| (value - near) * (value - near)) / x.len() as f64;
    let variance = square - off * off;
    (near, (1.0 / (variance + f64::from(EPSILON)).sqrt()) as f32)
}

/// Short runs in f32, side by side so that they make vectors; the runs' sums in f64.
fn sum(x: &[f32], term: impl Fn(f32) -> f32) -> f64 {
    const LANES: usize = 16;
    const RUN: usize = 64 * LANES;
    x.chunks(RUN)
        .map(|run| {
            let mut lanes = [0.0_f32; LANES];
            let whole = run.chunks_exact(LANES);
            let rest: f32 = whole.remainder().iter().map(|&value| term(value)).sum();
            for values in whole {
                for (lane, &value) in lanes.iter_mut().zip(values) {
                    *lane += term(value);
                }
            }
            f64::from(lanes.iter().sum::<f32>() + rest)
        })
        .sum()
}

/// One of the three shaders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Pass {
    Partial,
    Combine,
    /// Whether there is a residual; the bits of the slope.
    Apply(bool, u32),
}

impl KernelSource for Pass {
    fn source(&self) -> SourceTemplate {
        match self {
            Self::Partial => SourceTemplate::new(include_str!(
                "../../../shaders/compute/instance_norm_partial.wgsl"
            )),
            Self::Combine => SourceTemplate::new(include_str!(
                "../../../shaders/compute/instance_norm_combine.wgsl"
            )),
            Self::Apply(onto, slope) => SourceTemplate::new(include_str!(
                "../../../shaders/compute/instance_norm_apply.wgsl"
            ))
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
pub(super) fn sources() -> Vec<String> {
    let apply = |onto, slope: f32| Pass::Apply(onto, slope.to_bits());
    [
        Pass::Partial,
        Pass::Combine,
        apply(false, 0.01),
        apply(true, 1.0),
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
    let parts = (voxels / LEAST_VOXELS).clamp(1, MOST_PARTS);
    let client = &x.client;
    let sizes = [channels, voxels, parts];
    let partial = client.empty(channels * parts * size_of::<[f32; 4]>());
    let statistics = client.empty(channels * size_of::<[f32; 2]>());
    launch(
        client,
        Pass::Partial,
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
        Pass::Apply(onto, slope.to_bits()),
        channels * voxels,
        &[&x.handle, &statistics, &output.handle],
        &sizes,
    );
    output
}
