//! Which vectors a kernel on the CPU is compiled for.

use bytemuck::cast_slice;
use pulp::{Simd, WithSimd};

/// `work` with the widest vectors that the machine has.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn dispatch<W: WithSimd>(work: W) -> W::Output {
    pulp::Arch::new().dispatch(work)
}

/// `work` with vectors of four lanes.
///
/// `pulp` would compile it for relaxed SIMD as well, to choose when it runs; but a browser that lacks one
/// instruction refuses the whole file, and some lack these: Firefox has them from 146
/// (December 2025) on, and Safari had none then.
#[cfg(target_arch = "wasm32")]
pub(super) fn dispatch<W: WithSimd>(work: W) -> W::Output {
    use pulp::{Scalar, wasm::Simd128};
    match Simd128::try_new() {
        Some(simd) => Simd::vectorize(simd, work),
        None => Simd::vectorize(Scalar, work),
    }
}

/// The first vector of a slice.
#[inline(always)]
pub(super) fn load<S: Simd>(values: &[f32]) -> S::f32s {
    bytemuck::pod_read_unaligned(cast_slice(&values[..S::F32_LANES]))
}

/// Over the first numbers of a slice.
#[inline(always)]
pub(super) fn store<V: bytemuck::Pod>(to: &mut [f32], value: V) {
    let values = [value];
    let values: &[f32] = cast_slice(&values);
    to[..values.len()].copy_from_slice(values);
}
