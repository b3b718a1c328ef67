//! MTS-UNET: one network, four MRI sequences in, four answers out — segmentation, IDH mutation,
//! 1p/19q codeletion and WHO grade (Farahani et al. 2025, arXiv 2503.06828).
//!
//! Without the feature `network` the crate is the words that a page and its engine exchange, what
//! judges answers by numbers alone, and the lists of cases that are learnt from and tested on.

pub mod adapter;
pub mod card;
#[cfg(not(target_arch = "wasm32"))]
pub mod cohort;
#[cfg(not(target_arch = "wasm32"))]
pub mod evaluation;
pub mod foreign_kind;
#[cfg(not(target_arch = "wasm32"))]
pub mod metrics;
#[cfg(not(target_arch = "wasm32"))]
pub mod phantom;
pub mod progress;
pub mod report;

#[cfg(feature = "network")]
pub mod benchmark;
#[cfg(feature = "network")]
pub mod bundle;
#[cfg(feature = "network")]
pub mod device;
#[cfg(feature = "network")]
mod error;
#[cfg(feature = "network")]
pub mod foreign;
#[cfg(feature = "network")]
pub mod golden;
#[cfg(feature = "network")]
pub mod inference;
#[cfg(feature = "network")]
pub mod intake;
#[cfg(feature = "network")]
pub mod kernels;
#[cfg(feature = "network")]
pub mod network;
#[cfg(feature = "network")]
pub mod painting;
#[cfg(feature = "network")]
pub mod parameters;
#[cfg(feature = "network")]
pub mod pipeline;
#[cfg(feature = "network")]
pub mod plan;
#[cfg(feature = "train")]
pub mod training;

#[cfg(feature = "network")]
pub use error::ModelError;
