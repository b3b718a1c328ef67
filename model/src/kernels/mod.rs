//! Kernels of our own: WGSL on a GPU, plain Rust on the CPU, the same answer.
//!
//! To add one:
//!
//! 1. Write `shaders/compute/NAME.wgsl`: an entry point `main`, bindings in group 0 declared
//!    `read_write` (Burn binds every buffer so), sizes in a last buffer of `u32`. Its first lines
//!    say what it computes and how threads share the work. Its rendered text goes into `sources`,
//!    which `model/tests/kernels` validates without a GPU.
//! 2. Write `kernels/NAME.rs` after the pattern of [`accumulate_window`](mod@accumulate_window):
//!    - the function that the crate calls, on [`Tensor`](burn::tensor::Tensor)s;
//!    - a trait under `#[backend_extension(…)]` with one method on tensor primitives;
//!    - its twin, a few obvious lines on slices, which the implementation for `Flex` calls unless a
//!      faster way on the CPU is worth its lines;
//!    - the implementation for `CubeBackend`, which makes the tensors contiguous and calls `launch`.
//! 3. Test it in `model/tests/kernels` on both devices, with sizes that the workgroup does not
//!    divide and values that no symmetry hides.
//! 4. Say in `plan/kernels.rs` what it allocates and moves, and in `kernels/cost.rs` what it computes: the
//!    plan's own test counts.
//!
//! An operation that Burn composes well enough on the CPU, gradient included, has a shader alone and
//! asks `by_shader`: see [`upsample`](mod@upsample). One that Burn computes slowly on the CPU alone is for `Flex` alone
//! and asks `on_the_cpu`: see `gelu`.
//!
//! What lies between the backbone's kernels may be stored in f16, see [`Activations`]: a shader of theirs converts to
//! f32 what it reads and back what it leaves, and its template varies on it.
//!
//! What a template varies on must be in `KernelSource::id`, or a cached pipeline answers for
//! another. What training needs a gradient of has it in `kernels/NAME/gradient.rs`, the GPU's in
//! `kernels/NAME/gradient/gpu.rs`, by shaders of `shaders/training` or by Burn's own operations; shaders and their
//! launchers are in `kernels/NAME/gpu.rs`.

pub mod accumulate_window;
mod activations;
mod channel_softmax;
pub mod conv3d;
pub(crate) mod cost;
mod exp;
mod gelu;
#[cfg(feature = "gpu")]
mod gpu;
pub mod instance_norm;
pub mod linear;
pub mod pace;
#[cfg(feature = "stock")]
pub mod stock;
pub mod token_norm;
pub mod upsample;
mod vectors;
#[cfg(all(test, feature = "gpu", not(target_arch = "wasm32")))]
pub(crate) mod watch;
pub mod window_attention;

use burn::backend::flex::FlexTensor;
use imaging::parallel;

pub use accumulate_window::accumulate_window;
pub use activations::Activations;
use activations::fits;
pub(crate) use channel_softmax::channel_softmax;
pub(crate) use conv3d::Taps;
pub(crate) use conv3d::tile::{moment_parts, packed_channels};
pub use conv3d::{Convolved, conv3d, conv3d_onto, conv3d_onto_to_norm, conv3d_to_norm};
#[cfg(feature = "gpu")]
pub use gpu::{programs_compiled, sources};
pub use instance_norm::{
    instance_norm, instance_norm_of, instance_norm_of_onto, instance_norm_onto,
};
pub use linear::linear;
pub use token_norm::token_norm;
pub use upsample::upsample;
pub use window_attention::{Place, Windows, window_attention};

/// Threads of a workgroup; the shaders name the same number.
pub(crate) const WORKGROUP: u32 = 64;

/// Whether shaders compute what lies on `device`: a GPU, and no gradient is asked for.
#[cfg(feature = "gpu")]
pub(crate) fn by_shader(device: &burn::tensor::Device) -> bool {
    #[cfg(feature = "stock")]
    if stock::on() {
        return false;
    }
    matches!(device.as_dispatch(), burn::backend::DispatchDevice::Cube(_))
}

/// Whether what lies on `device` is computed by Burn's own operations on a GPU, for the gradient's sake.
#[cfg(feature = "gpu")]
pub(crate) fn by_burn_on_a_gpu(device: &burn::tensor::Device) -> bool {
    !by_shader(device) && by_shader(&device.clone().inner())
}

/// Nothing is, where there are no GPUs.
#[cfg(not(feature = "gpu"))]
pub(crate) fn by_burn_on_a_gpu(_: &burn::tensor::Device) -> bool {
    false
}

/// Whether `device` is the CPU, and no gradient is asked for.
fn on_the_cpu(device: &burn::tensor::Device) -> bool {
    matches!(device.as_dispatch(), burn::backend::DispatchDevice::Flex(_))
}

/// Sum over the voxels, `[batch, channel, 1, 1, 1]`. Axis by axis: a single sum of a million numbers in f32 would lose
/// digits on a GPU, and keep one of its threads busy.
pub(crate) fn voxel_sum(x: burn::tensor::Tensor<5>) -> burn::tensor::Tensor<5> {
    x.sum_dim(4).sum_dim(3).sum_dim(2)
}

/// Consumes `tensor`, so that the result is its buffer's only owner if `tensor` was.
fn contiguous(tensor: FlexTensor) -> FlexTensor {
    tensor.to_contiguous()
}

/// Cuts each channel of `values`, of so many `voxels`, into parts of so many: `[part][channel]`, so that what works on
/// a part has its own of every channel.
fn parts_of_channels(values: &mut [f32], voxels: usize, part: usize) -> Vec<Vec<&mut [f32]>> {
    let mut parts: Vec<Vec<_>> = (0..voxels.div_ceil(part)).map(|_| Vec::new()).collect();
    for channel in values.chunks_mut(voxels) {
        for (parts, values) in parts.iter_mut().zip(channel.chunks_mut(part)) {
            parts.push(values);
        }
    }
    parts
}

/// `FlexTensor::zeros` makes them twice: once as bytes, and once as bytes in their place.
fn zeros(shape: burn::tensor::Shape) -> FlexTensor {
    let values = vec![0.0_f32; shape.num_elements()];
    FlexTensor::from_data(burn::tensor::TensorData::new(values, shape))
}
