//! Kernels of our own: WGSL on a GPU, plain Rust on the CPU, the same answer.
//!
//! To add one:
//!
//! 1. Write `shaders/compute/NAME.wgsl`: an entry point `main`, bindings in group 0 declared
//!    `read_write` (Burn binds every buffer so), sizes in a last buffer of `u32`. Its first lines
//!    say what it computes and how threads share the work. Its rendered text goes into [`sources`],
//!    which `model/tests/kernels` validates without a GPU.
//! 2. Write `kernels/NAME.rs` after the pattern of [`accumulate_window`](mod@accumulate_window):
//!    - the function that the crate calls, on [`Tensor`](burn::tensor::Tensor)s;
//!    - a trait under `#[backend_extension(Cube, Flex)]` with one method on tensor primitives;
//!    - its twin, a few obvious lines on slices, which the implementation for `Flex` calls unless a
//!      faster way on the CPU is worth its lines;
//!    - the implementation for `CubeBackend`, which makes the tensors contiguous and calls [`launch`].
//! 3. Test it in `model/tests/kernels` on both devices, with sizes that the workgroup does not
//!    divide and values that no symmetry hides.
//!
//! What a template varies on must be in `KernelSource::id`, or a cached pipeline answers for
//! another. Gradients: add `Autodiff` to the trait's backends and implement it for `Autodiff<B, C>`.

pub mod accumulate_window;
pub mod conv3d;
pub mod instance_norm;
pub mod window_attention;

use burn::backend::flex::FlexTensor;
use burn::backend::wgpu::{CubeDim, CubeTensor, KernelSource, SourceKernel, into_contiguous};
use burn::cubecl::CubeCount;
use burn::cubecl::client::Client;
use burn::cubecl::server::{Handle, KernelArguments};
use burn::tensor::Shape;

pub use accumulate_window::accumulate_window;
pub use conv3d::{conv3d, conv3d_onto};
pub use instance_norm::{instance_norm, instance_norm_onto};
pub use window_attention::{Place, Windows, window_attention};

/// Threads of a workgroup; the shaders name the same number.
const WORKGROUP: u32 = 64;

/// Enough workgroups for one thread each of `threads`, over two axes, since an axis ends at 65,535.
fn workgroups(threads: usize) -> CubeCount {
    const LONGEST: u64 = 65_535;
    let groups = (threads as u64).div_ceil(u64::from(WORKGROUP)).max(1);
    let x = groups.min(LONGEST);
    CubeCount::Static(x as u32, groups.div_ceil(x) as u32, 1)
}

/// Runs `kernel` over `threads`, with `buffers` in the order of its bindings and `sizes` in one more
/// after them.
fn launch(
    client: &Client,
    kernel: impl KernelSource,
    threads: usize,
    buffers: &[&Handle],
    sizes: &[usize],
) {
    let sizes: Vec<u32> = sizes.iter().map(|&size| size as u32).collect();
    let sizes = client.create_from_slice(bytemuck::cast_slice(&sizes));
    let all = buffers.iter().copied().chain([&sizes]);
    client.launch(
        Box::new(SourceKernel::new(kernel, CubeDim::new_3d(WORKGROUP, 1, 1))),
        workgroups(threads),
        all.fold(KernelArguments::new(), |arguments, buffer| {
            arguments.with_buffer(buffer.clone().binding())
        }),
    );
}

/// Text for a shader, a line for each item. What a GPU is to keep in registers has to be written
/// out: an array that is indexed in a loop would live in memory.
fn lines<T>(items: impl IntoIterator<Item = T>, line: impl Fn(T) -> String) -> String {
    items.into_iter().map(|item| line(item) + "\n").collect()
}

/// A tensor whose buffer may be written: contiguous, and nobody else's. Burn's tensors are values,
/// and a buffer that another one shares must not change under it.
fn exclusive(tensor: CubeTensor) -> CubeTensor {
    let tensor = into_contiguous(tensor);
    if tensor.can_mut() {
        tensor
    } else {
        tensor.copy()
    }
}

/// A new tensor of `shape` beside `like`, its values not set.
fn empty(like: &CubeTensor, shape: impl Into<Shape>) -> CubeTensor {
    let shape = shape.into();
    let bytes = shape.num_elements() * size_of::<f32>();
    CubeTensor::new_contiguous(
        like.client.clone(),
        like.device.clone(),
        shape,
        like.client.empty(bytes),
        like.dtype,
    )
}

/// Consumes `tensor`, so that the result is its buffer's only owner if `tensor` was.
fn contiguous(tensor: FlexTensor) -> FlexTensor {
    tensor.to_contiguous()
}

/// Every shader as it is compiled: WGSL, each with what it varies on filled in. For checking
/// without a GPU.
#[must_use]
pub fn sources() -> Vec<String> {
    let fixed = [accumulate_window::source()];
    fixed
        .into_iter()
        .chain(conv3d::sources())
        .chain(instance_norm::sources())
        .chain(window_attention::sources())
        .collect()
}
