//! Which graphics adapter there is: asked of the browser before Burn takes one for granted, and by a page that has to
//! know which engine to start.

#[cfg(all(feature = "adapter", target_arch = "wasm32"))]
mod web;

#[cfg(all(feature = "adapter", target_arch = "wasm32"))]
pub use web::{Adapter, ask};

/// Why there is no adapter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdapterError {
    /// The browser has no `navigator.gpu` here.
    #[error("this browser offers no WebGPU")]
    NoWebGpu,
    /// There is a WebGPU, but no adapter behind it.
    #[error("no graphics adapter: {0}")]
    NoAdapter(String),
}

/// Why nobody would choose the adapter of this name: it computes on the CPU, where the CPU path is many times faster.
#[must_use]
pub fn why_passed_over(words: &str) -> Option<String> {
    let names = words.to_lowercase();
    let is_software = ["swiftshader", "llvmpipe", "lavapipe", "basic render"]
        .iter()
        .any(|name| names.contains(name));
    is_software.then(|| format!("the graphics adapter is software ({words})"))
}

/// WebGPU's name of the feature without which an adapter cannot be used: CubeCL's stream panics.
pub const TIMESTAMPS: &str = "timestamp-query";

/// Why an adapter of this name cannot be used at all, whoever asks for it.
#[must_use]
pub fn why_unfit(words: &str, has_timestamps: bool) -> Option<String> {
    (!has_timestamps)
        .then(|| format!("the graphics adapter lacks the feature {TIMESTAMPS}: {words}"))
}

#[cfg(test)]
mod tests {
    use super::{why_passed_over, why_unfit};

    #[test]
    fn an_adapter_without_timestamps_is_unfit_and_named() {
        let why = why_unfit("apple metal-3 (WebGPU)", false).expect("unfit");
        assert!(
            why.contains("timestamp-query") && why.contains("metal-3"),
            "{why}"
        );
        assert_eq!(why_unfit("apple metal-3 (WebGPU)", true), None);
    }

    #[test]
    fn software_is_known_by_its_name() {
        for words in [
            "google swiftshader (WebGPU)",
            "llvmpipe (LLVM 15.0.6) (Vulkan)",
        ] {
            let why = why_passed_over(words).expect(words);
            assert!(why.contains(words), "{why}");
        }
        assert_eq!(why_passed_over("apple metal-3 (WebGPU)"), None);
    }
}
