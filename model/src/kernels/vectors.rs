//! Which vectors a kernel on the CPU is compiled for.

use pulp::WithSimd;

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
    use pulp::{Scalar, Simd, wasm::Simd128};
    match Simd128::try_new() {
        Some(simd) => Simd::vectorize(simd, work),
        None => Simd::vectorize(Scalar, work),
    }
}
