//! The page and its engine worker.
//!
//! Three wasm files come from this crate. `page` is what the person sees and holds no algorithm;
//! `engine` runs in a dedicated worker, is fetched once a scan has been chosen, and is the only one
//! that owns a device or a model. It is built twice: with the feature `gpu`, and with `threads`, where
//! more workers compute with it. They speak through [`protocol`] alone. What is pure in either
//! (which voxel lies under a pixel, how a slice is painted, what is still missing) is compiled and
//! tested natively.

pub mod assignment;
pub mod benchmark_text;
pub mod doubts;
pub mod folders;
pub mod intake;
#[cfg(target_arch = "wasm32")]
pub mod keeping;
pub mod pairs;
pub mod protocol;
pub mod studies;
pub mod user_error;
pub mod view;
pub mod words;

#[cfg(feature = "engine")]
pub mod engine;
#[cfg(all(feature = "page", target_arch = "wasm32"))]
pub mod page;
