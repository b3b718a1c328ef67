//! The metrics against their slow twins, made phantoms, and a published table of predictions.
#![cfg(not(target_arch = "wasm32"))]

mod areas;
mod published;
mod surfaces;
