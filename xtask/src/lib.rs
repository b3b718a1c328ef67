//! What `cargo xtask` can do: set a machine up, build and serve the page, test, make the folder
//! for a static host. A library beside the program, so that the browser tests serve pages with
//! the very server that visitors of `cargo xtask serve` get.

pub mod bench;
pub mod claim;
pub mod compress;
pub mod dist;
pub mod doctor;
pub mod files;
pub mod lock;
pub mod needs;
mod onnx_runtime_web;
pub mod page;
pub mod peer;
pub mod places;
pub mod serve;
pub mod server;
pub mod shell;
pub mod table;
pub mod test;
pub mod wasm_test;
