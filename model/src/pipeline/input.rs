//! What the network sees.

use imaging::{Mask, Sequence, Volume};

use crate::network::Mismatch;

/// What the network sees: its channels on its grid, and the brain there. An absent one is zeros, or painted.
#[derive(Clone, Debug)]
pub(super) struct Input {
    pub(super) volumes: [Volume; 4],
    pub(super) brain: Mask,
    /// Which sequence each channel is.
    pub(super) channels: [Sequence; 4],
    /// The sequences that are there.
    pub(super) given: Vec<Sequence>,
}

impl Input {
    /// Whether T2 and FLAIR can be compared.
    pub(super) fn mismatch(&self) -> Mismatch {
        Mismatch::of(|sequence| self.given.contains(&sequence))
    }
}
