//! Manifests, folds and the layouts of public collections, on made files.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "tests")]

mod dealing;
mod manifests;
mod presets;
mod segmentations;
mod shared_data;
