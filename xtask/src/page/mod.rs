//! The built page: making it with Trunk, and checking what was made.

mod check;
mod csp;
pub mod html;
mod trunk;

pub use check::{check, first_screen};
pub use trunk::{Flavour, build};
