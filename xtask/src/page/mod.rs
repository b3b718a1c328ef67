//! The built page: making it with Trunk, and checking what was made.

mod check;
mod csp;
pub mod html;
mod threads;
mod trunk;

pub use check::{check, first_screen};
pub use threads::build as engine_with_threads;
pub use trunk::{Flavour, build};
