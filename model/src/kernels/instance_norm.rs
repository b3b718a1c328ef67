//! Instance norm with the residual and the rectifier that follow it.
//!
//! Burn's reductions give each channel one thread, and every step writes a whole volume. Here the
//! input is read twice and the result written once; where a convolution has left its moments, it is read once
//! and the result takes its place.
//!
//! Shaders: `shaders/compute/instance_norm_{partial,combine,apply}.wgsl`.

#[cfg(feature = "gpu")]
pub(super) mod gpu;
#[cfg(feature = "train")]
mod gradient;
mod of_convolution;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;

use super::{contiguous, fits, parallel};

pub use of_convolution::{instance_norm_of, instance_norm_of_onto};

pub(super) const EPSILON: f32 = 1e-5;

/// The operation, on each backend's own tensors.
#[backend_extension(Autodiff: cfg(feature = "train"), Cube: cfg(feature = "gpu"), Flex)]
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
/// If the device does not compute with the type of `x`.
#[must_use]
pub fn instance_norm(x: Tensor<5>, slope: f32) -> Tensor<5> {
    assert!(fits(&x));
    #[cfg(feature = "stock")]
    if super::stock::on() {
        return super::stock::instance_norm(x, None, slope);
    }
    Tensor::from_dispatch(Dispatch::instance_norm(x.into_dispatch(), slope))
}

/// The same with `residual` added before the slope is applied.
///
/// # Panics
/// If shapes or types differ or the device does not compute with them.
#[must_use]
pub fn instance_norm_onto(residual: Tensor<5>, x: Tensor<5>, slope: f32) -> Tensor<5> {
    assert_eq!(residual.dims(), x.dims());
    assert!(fits(&x) && residual.dtype() == x.dtype());
    #[cfg(feature = "stock")]
    if super::stock::on() {
        return super::stock::instance_norm(x, Some(residual), slope);
    }
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
        let channels = x.storage_mut::<f32>().chunks_mut(voxels);
        parallel::map(channels.collect(), |channel| {
            let (mean, factor) = statistics(channel);
            for value in channel {
                *value = rectified((*value - mean) * factor, slope);
            }
        });
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
        let pairs = channels.zip(x.storage::<f32>().chunks(voxels));
        parallel::map(pairs.collect(), |(output, x)| {
            let (mean, factor) = statistics(x);
            for (output, &value) in output.iter_mut().zip(x) {
                *output = rectified(*output + (value - mean) * factor, slope);
            }
        });
        output
    }
}

fn voxels(shape: &[usize]) -> usize {
    shape[2..].iter().product()
}

/// A choice between two numbers, so that a loop over it is one over vectors. `f32::max` and `min` are calls in wasm.
fn rectified(value: f32, slope: f32) -> f32 {
    let below = slope * value;
    if value < 0.0 { below } else { value }
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
