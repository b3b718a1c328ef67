//! What must hold of any bytes at all, shared by the seeded fuzzing in `cargo test` and by the
//! cargo-fuzz target.

use mts_unet::bundle::{Bundle, BundleError, MANIFEST_KEY, MANIFEST_SHA256_KEY};
use sha2::{Digest, Sha256};

/// Reads `bytes` as a bundle. A refusal has a short message; what was accepted hangs together.
pub fn file(bytes: Vec<u8>) -> Result<(), BundleError> {
    let length = bytes.len();
    let error = match Bundle::read(bytes) {
        Err(error) => error,
        Ok(bundle) => {
            let numbers = |shape: &[usize]| shape.iter().product::<usize>();
            let data: usize = bundle
                .tensors()
                .map(|t| numbers(t.shape) * t.storage.size())
                .sum();
            assert!(data < length, "the tensors are longer than the file");
            assert_eq!(bundle.identity().sha256.len(), 64);
            return Ok(());
        }
    };
    let message = error.to_string();
    assert!(!message.is_empty() && message.len() < 1000, "{message}");
    Err(error)
}

/// Reads `text` as the manifest of a bundle without tensors, sealed so that it is looked at.
pub fn manifest(text: &str) -> Result<(), BundleError> {
    let digest: String = Sha256::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let metadata = serde_json::json!({ MANIFEST_KEY: text, MANIFEST_SHA256_KEY: digest });
    let header = serde_json::json!({ "__metadata__": metadata }).to_string();
    file([&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat())
}
