//! Why training stopped.

use std::path::PathBuf;

use crate::ModelError;

/// Why training stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The network.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// There is nothing to draw from.
    #[error("no case to train on: every pool that the recipe draws from is empty")]
    NoCases,
    /// Heads are to learn, and no case has a label.
    #[error("heads are to learn with the segmentation, and no case has a label")]
    NoLabels,
    /// A case on both sides.
    #[error("a case that the run is validated on is learnt from too: {0}")]
    LearntFrom(String),
    /// No case to validate on has a tumour, so that no Dice can be had.
    #[error("none of the cases to validate on has a tumour")]
    NoTumour,
    /// A run that was stopped was validated on other cases.
    #[error("the run was validated on other cases before it was stopped: {}", .0.display())]
    OtherCases(PathBuf),
    /// A checkpoint.
    #[error("the checkpoint cannot be {verb}: {problem}: {}", path.display())]
    Checkpoint {
        /// Read or written.
        verb: &'static str,
        /// What happened.
        problem: String,
        /// Where.
        path: PathBuf,
    },
    /// The loss is no number any more.
    #[error("the loss of step {0} is no number")]
    Diverged(usize),
}

impl TrainError {
    /// What the person can do about it, in plain words.
    #[must_use]
    pub fn mend(&self) -> &'static str {
        match self {
            Self::Model(error) => error.mend(),
            Self::NoCases => {
                "See what the recipe draws and which cases the manifest leaves to learn from."
            }
            Self::NoLabels => {
                "Fill in idh_mutant, codeleted_1p19q or grade, or leave [heads] joint out."
            }
            Self::LearntFrom(_) => "Put all cases of a patient on one side.",
            Self::NoTumour => "Validate on cases whose tumour is outlined.",
            Self::OtherCases(_) => "Name the same cases again, or give the run a new folder.",
            Self::Checkpoint { .. } => "Give the run a new folder.",
            Self::Diverged(_) => "Lower the recipe's learning rate, in a new folder.",
        }
    }
}
