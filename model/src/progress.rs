//! How far a reading is, and whether it is still wanted.

use serde::{Deserialize, Serialize};

/// The stages of a reading, in the order they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Bytes into series.
    Open,
    /// The bundle's tensors onto the device.
    Load,
    /// A small network on the device against the CPU's answer.
    SelfTest,
    /// The GPU's programs for this bundle compiled.
    Prepare,
    /// Each scan, and each beside the others.
    Check,
    /// Scans that do not lie on each other registered, all on one grid.
    Align,
    /// The brain, and the skull taken off where it is on.
    Strip,
    /// Every sequence onto the bundle's grid.
    Resample,
    /// z-score inside the brain.
    Normalise,
    /// The sliding window.
    Segment,
    /// The heads.
    Classify,
    /// Probabilities back onto the scan's own grid, labels, volumes.
    Measure,
}

impl Stage {
    /// What the person reads while it runs.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Open => "Reading the scans",
            Self::Load => "Loading the model",
            Self::SelfTest => "Testing the device",
            Self::Prepare => "Preparing the device",
            Self::Check => "Checking the scans",
            Self::Align => "Laying the scans onto each other",
            Self::Strip => "Finding the brain",
            Self::Resample => "Bringing the scans to the model's voxels",
            Self::Normalise => "Normalising intensities",
            Self::Segment => "Segmenting",
            Self::Classify => "Predicting the subtype",
            Self::Measure => "Measuring",
        }
    }
}

/// Where a reading reports to. Called often; must be cheap.
pub trait Progress {
    /// `stage` is `done` of 1 finished.
    fn stage(&mut self, stage: Stage, done: f32);

    /// True once nobody wants the answer; the reading then stops at its next step.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Reports to nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&mut self, _: Stage, _: f32) {}
}
