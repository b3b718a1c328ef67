//! What is in use on the GPU while kernels are launched, for the tests of the plan.

use std::cell::Cell;

use burn::cubecl::MemoryScope;
use burn::cubecl::client::Client;
use burn::tensor::Tensor;

use crate::device::memory;

thread_local! {
    static MOST: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Watches the launches of this thread from now on.
pub(crate) fn start() {
    MOST.set(Some(0));
}

/// The most bytes that were in use at a launch.
pub(crate) fn most_bytes() -> u64 {
    MOST.take().unwrap_or(0)
}

pub(super) fn launched(client: &Client) {
    if let Some(most) = MOST.get() {
        let usage = client.memory_report(MemoryScope::Device).usage();
        MOST.set(Some(most.max(usage.bytes_in_use)));
    }
}

/// Counts what is in use where Burn's own operations compute, which launch nothing of ours.
pub(crate) fn look<const D: usize>(tensor: &Tensor<D>) {
    if let Some(most) = MOST.get() {
        let in_use = memory(&tensor.device()).map_or(0, |memory| memory.bytes_in_use);
        MOST.set(Some(most.max(in_use)));
    }
}
