//! What all shaders' launchers share.

use std::sync::atomic::{AtomicUsize, Ordering};

use burn::backend::wgpu::{
    CubeDim, CubeTensor, KernelSource, SourceKernel, SourceTemplate, into_contiguous,
};
use burn::cubecl::CubeCount;
use burn::cubecl::client::Client;
use burn::cubecl::prelude::KernelId;
use burn::cubecl::server::{Handle, KernelArguments};
use burn::tensor::Shape;

pub(super) use super::WORKGROUP;
use super::pace::Speed;
use super::{
    accumulate_window, conv3d, instance_norm, linear, token_norm, upsample, window_attention,
};

/// What a layer norm needs of a row of the shader's `input`.
pub(super) const ROW_STATISTICS: &str = include_str!("../../../shaders/parts/row_statistics.wgsl");

/// Enough workgroups for one thread each of `threads`, over two axes, since an axis ends at 65,535.
fn workgroups(threads: usize) -> CubeCount {
    const LONGEST: u64 = 65_535;
    let groups = (threads as u64).div_ceil(u64::from(WORKGROUP)).max(1);
    let x = groups.min(LONGEST);
    CubeCount::Static(x as u32, groups.div_ceil(x) as u32, 1)
}

/// Runs `kernel` over `threads`, with `buffers` in the order of its bindings and `sizes` in one more
/// after them.
pub(super) fn launch(
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
        Box::new(SourceKernel::new(
            Counted(kernel),
            CubeDim::new_3d(WORKGROUP, 1, 1),
        )),
        workgroups(threads),
        all.fold(KernelArguments::new(), |arguments, buffer| {
            arguments.with_buffer(buffer.clone().binding())
        }),
    );
    #[cfg(all(test, not(target_arch = "wasm32")))]
    super::watch::launched(client);
}

/// The same for long work of so many `operations` in all: in several dispatches where the GPU is slow, see
/// [`pace`](super::pace). `sizes` get one more, the first thread of the part.
pub(super) fn launch_in_parts<K: KernelSource + Copy>(
    client: &Client,
    kernel: K,
    (threads, operations): (usize, u64),
    buffers: &[&Handle],
    sizes: &[usize],
) {
    // A part has whole workgroups along one axis alone, so that no thread is in two of them.
    const LONGEST: usize = 65_535;
    let groups = threads.div_ceil(WORKGROUP as usize);
    let parts = Speed::measured().parts(operations);
    let part = groups.div_ceil(parts).clamp(1, LONGEST) * WORKGROUP as usize;
    for first in (0..threads).step_by(part) {
        let sizes = [sizes, &[first]].concat();
        launch(client, kernel, part.min(threads - first), buffers, &sizes);
    }
}

/// Programs of ours that were compiled so far.
static COMPILED: AtomicUsize = AtomicUsize::new(0);

/// Programs of ours that this process has compiled: a shader once for each of its variants.
#[must_use]
pub fn programs_compiled() -> usize {
    COMPILED.load(Ordering::Relaxed)
}

/// A kernel that is counted when it is compiled: nobody else asks for its source.
struct Counted<K>(K);

impl<K: KernelSource> KernelSource for Counted<K> {
    fn source(&self) -> SourceTemplate {
        COMPILED.fetch_add(1, Ordering::Relaxed);
        self.0.source()
    }

    fn id(&self) -> KernelId {
        self.0.id()
    }

    fn lang(&self) -> &'static str {
        self.0.lang()
    }
}

/// Text for a shader, a line for each item. What a GPU is to keep in registers has to be written
/// out: an array that is indexed in a loop would live in memory.
pub(super) fn lines<T>(items: impl IntoIterator<Item = T>, line: impl Fn(T) -> String) -> String {
    items.into_iter().map(|item| line(item) + "\n").collect()
}

/// A tensor whose buffer may be written: contiguous, and nobody else's. Burn's tensors are values,
/// and a buffer that another one shares must not change under it.
pub(super) fn exclusive(tensor: CubeTensor) -> CubeTensor {
    let tensor = into_contiguous(tensor);
    if tensor.can_mut() {
        tensor
    } else {
        tensor.copy()
    }
}

/// WGSL's type of so many numbers read at once: one, or four.
pub(super) fn element(count: usize, number: &str) -> String {
    match count {
        4 => format!("vec4<{number}>"),
        _ => number.to_owned(),
    }
}

/// A new tensor of `shape` beside `like`, of its type, its values not set.
pub(super) fn empty(like: &CubeTensor, shape: impl Into<Shape>) -> CubeTensor {
    let shape = shape.into();
    let bytes = shape.num_elements() * like.dtype.size();
    CubeTensor::new_contiguous(
        like.client.clone(),
        like.device.clone(),
        shape,
        like.client.empty(bytes),
        like.dtype,
    )
}

/// What a tensor is on its GPU.
///
/// # Panics
/// If it is on none.
#[cfg(feature = "train")]
pub(super) fn primitive<const D: usize>(tensor: burn::tensor::Tensor<D>) -> CubeTensor {
    let primitive = tensor.try_into_primitive::<burn::backend::wgpu::CubeBackend>();
    primitive.expect("the tensor is on a GPU")
}

/// Every shader as it is compiled: WGSL, each with what it varies on filled in. For checking
/// without a GPU.
#[must_use]
pub fn sources() -> Vec<String> {
    #[cfg(feature = "train")]
    let training: Vec<String> = {
        let put_back = window_attention::gradient::put_back::source();
        let convolution = conv3d::gradient::gpu::sources().into_iter();
        convolution.chain([put_back]).collect()
    };
    #[cfg(not(feature = "train"))]
    let training = Vec::new();
    [accumulate_window::gpu::source()]
        .into_iter()
        .chain(training)
        .chain(conv3d::gpu::sources())
        .chain(instance_norm::gpu::sources())
        .chain(linear::gpu::sources())
        .chain(token_norm::gpu::sources())
        .chain(upsample::gpu::sources())
        .chain(window_attention::gpu::sources())
        .collect()
}
