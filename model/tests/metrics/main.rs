//! The metrics against their slow twins, made phantoms, and a published table of predictions.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "tests")]

mod areas;
mod published;
mod surfaces;
