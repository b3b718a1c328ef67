//! Covering a volume with windows that overlap, as MONAI's `sliding_window_inference` does, so
//! that a network meets the sizes it was trained on.
//!
//! Beyond MONAI: windows without any brain are skipped, and a volume that one window covers is
//! predicted directly.

mod importance;
mod plan;
mod run;

use serde::{Deserialize, Serialize};

pub use plan::WindowPlan;

/// How a volume is covered and its predictions blended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlidingWindow {
    /// Edges of a window, in voxels.
    pub window: [usize; 3],
    /// Part of a window that its neighbour covers too, at least 0 and below 1.
    pub overlap: f64,
    /// What counts how much where windows overlap.
    pub blending: Blending,
}

impl Default for SlidingWindow {
    /// This project's custom: windows of 96³ with half overlap, averaged plainly.
    fn default() -> Self {
        Self {
            window: [96; 3],
            overlap: 0.5,
            blending: Blending::Constant,
        }
    }
}

/// What counts how much where windows overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blending {
    /// Every voxel of every window the same.
    Constant,
    /// A window's middle more than its border: a normal curve, standard deviation 1/8 of the edge.
    Gaussian,
}
