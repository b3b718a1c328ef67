//! What of a scan is head or brain, by the scan alone.

use super::Coarse;
use crate::brain::{drop_small, fill_holes};
use crate::{Background, Mask, Volume};

/// A block is inside where at least so much of it is something.
const HALF: f32 = 0.5;

/// Pieces smaller than this part of the largest are left out. A scalp is a large piece that does not touch the brain.
const LEAST_PIECE: f64 = 0.1;

/// A scan and what it shows: the large pieces of what is not background, without holes.
#[derive(Debug, Clone)]
pub struct Head {
    pub(crate) coarse: Coarse,
    /// On the coarse scan's grid.
    pub(crate) mask: Mask,
    pub(crate) volume_ml: f64,
    /// From the first block to the last, to the right, to the front, to the head.
    pub(crate) extent_mm: [f64; 3],
    /// Of the grid, along the same axes.
    pub(crate) field_mm: [f64; 3],
}

impl Head {
    /// The head of a scan; empty where it shows nothing.
    #[must_use]
    pub fn of(coarse: Coarse) -> Self {
        let filled: &Volume = &coarse.filled;
        let mut mask = Mask {
            grid: filled.grid,
            data: filled.data.iter().map(|part| *part >= HALF).collect(),
        };
        drop_small(&mut mask, LEAST_PIECE);
        fill_holes(&mut mask);
        let spacing = mask.grid.spacing_mm();
        let size = mask.bounding_box().map_or([0; 3], |(_, size)| size);
        let dims = mask.grid.dims;
        Self {
            volume_ml: mask.volume_ml(),
            extent_mm: [0, 1, 2].map(|axis| size[axis] as f64 * spacing[axis]),
            field_mm: [0, 1, 2].map(|axis| dims[axis] as f64 * spacing[axis]),
            coarse,
            mask,
        }
    }

    /// Whether the scan is a mask or a map of labels.
    #[must_use]
    pub fn is_label_map(&self) -> bool {
        self.coarse.is_label_map
    }

    /// What surrounds it.
    #[must_use]
    pub fn background(&self) -> Background {
        self.coarse.background
    }
}
