//! From a network to an answer for a whole volume.

pub mod sliding_window;

pub use sliding_window::{Blending, SlidingWindow, WindowPlan};
