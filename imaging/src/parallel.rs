//! Work on all cores where there are threads, one after the other where there are none: in the browser's ordinary
//! build.

#[cfg(any(feature = "threads", not(target_arch = "wasm32")))]
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

/// `work` on every item; the results in the items' order.
///
/// Items are few and large here, and not all alike: they are dealt one by one, so that no thread waits for another's
/// last run of them.
#[cfg(any(feature = "threads", not(target_arch = "wasm32")))]
pub fn map<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
    items.into_par_iter().with_max_len(1).map(work).collect()
}

/// `work` on every item; the results in the items' order.
#[cfg(not(any(feature = "threads", not(target_arch = "wasm32"))))]
pub fn map<T, R>(items: Vec<T>, work: impl Fn(T) -> R) -> Vec<R> {
    items.into_iter().map(work).collect()
}

/// How many threads [`map`] works on.
#[cfg(any(feature = "threads", not(target_arch = "wasm32")))]
#[must_use]
pub fn threads() -> usize {
    rayon::current_num_threads()
}

/// How many threads [`map`] works on.
#[cfg(not(any(feature = "threads", not(target_arch = "wasm32"))))]
#[must_use]
pub fn threads() -> usize {
    1
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn results_stand_in_the_items_order() {
        let squares = map((0..1000_u64).collect(), |n| n * n);
        assert!((0..1000).zip(squares).all(|(n, square)| n * n == square));
    }
}
