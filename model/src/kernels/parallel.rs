//! Work on all cores where there are threads, one after the other where there are none (wasm).

#[cfg(not(target_arch = "wasm32"))]
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// `work` on every item; the results in the items' order.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn map<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
    items.into_par_iter().map(work).collect()
}

/// `work` on every item; the results in the items' order.
#[cfg(target_arch = "wasm32")]
pub(super) fn map<T, R>(items: Vec<T>, work: impl Fn(T) -> R) -> Vec<R> {
    items.into_iter().map(work).collect()
}
