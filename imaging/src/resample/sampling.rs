//! How a scan is brought onto a coarser grid.

use serde::{Deserialize, Serialize};

use super::{averaged, linear};
use crate::{Grid, Volume};

/// What a voxel of the coarser grid holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sampling {
    /// The value at its centre, interpolated: voxels between the centres are not looked at.
    #[default]
    Centre,
    /// The mean over its box.
    Average,
}

impl Sampling {
    /// The volume on another grid; 0 where it has no voxel.
    #[must_use]
    pub fn onto(self, volume: &Volume, grid: &Grid) -> Volume {
        match self {
            Self::Centre => linear(volume, grid),
            Self::Average => averaged(volume, grid),
        }
    }
}
