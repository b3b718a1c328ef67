//! Hearing of a GPU that the system took away.

use std::sync::OnceLock;

static HEARER: OnceLock<fn(&str)> = OnceLock::new();

/// Calls `hear`, with the reason in words, when the GPU is lost. The first caller stays.
pub fn on_lost(hear: fn(&str)) {
    // A second caller changes nothing: a process has one GPU and one engine.
    let _ = HEARER.set(hear);
}

#[cfg(all(feature = "gpu", target_arch = "wasm32"))]
pub(super) fn tell(words: &str) {
    if let Some(hear) = HEARER.get() {
        hear(words);
    }
}
