//! The engine: runs in a dedicated worker, reads scans, owns the device and the model.
//!
//! [`library`] keeps what was loaded, [`guess`](mod@guess) says what it is, [`fits`] whether it fits the
//! others, [`model`] opens added models, [`thumbnail`] and [`display`] make what the page draws,
//! [`allocator`] notes where memory ended. In the browser, `worker` answers the page's commands in turn, `read` calls the
//! pipeline, and `threads` shares its work out where the engine was built for it.

pub mod allocator;
pub mod display;
pub mod fits;
pub mod guess;
pub mod library;
pub mod model;
pub mod thumbnail;

#[cfg(target_arch = "wasm32")]
mod abort;
#[cfg(target_arch = "wasm32")]
mod adding;
#[cfg(target_arch = "wasm32")]
mod benchmark;
#[cfg(target_arch = "wasm32")]
mod blob;
#[cfg(target_arch = "wasm32")]
mod export;
#[cfg(target_arch = "wasm32")]
mod files;
#[cfg(target_arch = "wasm32")]
mod read;
#[cfg(target_arch = "wasm32")]
mod speaker;
#[cfg(target_arch = "wasm32")]
mod studies;
#[cfg(target_arch = "wasm32")]
mod teller;
#[cfg(all(feature = "threads", target_arch = "wasm32"))]
mod threads;
#[cfg(target_arch = "wasm32")]
mod unpack;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(target_arch = "wasm32")]
pub use worker::start;
