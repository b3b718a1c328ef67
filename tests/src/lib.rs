//! What crosses crates: the page in a real browser, and the figures of `cargo xtask bench`.
//!
//! This library is the harness of both: it serves a built page with `xtask`'s own server, steers
//! Chromium through WebDriver, and knows the page only by its stable hooks ([`page`]). What a test
//! compares with comes from elsewhere: the server's record, Chromium's own network log, NIfTI
//! headers read byte by byte, and what `mts predict` writes.

pub mod browser;
pub mod case;
pub mod dicom;
pub mod driver;
pub mod longtask;
pub mod mts;
pub mod net_log;
pub mod page;
pub mod phantom;
pub mod probed;
pub mod profile;
pub mod programs;
pub mod raw_nifti;
pub mod segmentation;
pub mod wasm_bench;
pub mod world;

pub use browser::{Gpu, Settings};
pub use page::{Page, State};
pub use world::World;

/// The median: of an even count the upper of the two in the middle.
///
/// # Panics
/// If there are no values.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
