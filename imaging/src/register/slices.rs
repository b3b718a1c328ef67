//! What a thick slice sees: the mean through its thickness.
//!
//! A finer scan that is held against it has to be looked at in the same way, or edges that slope through the slices seem to
//! lie elsewhere.

use crate::{Affine, Grid};

/// An axis with voxels so many times as long as the shortest is one of slices.
const SLICES: f64 = 1.8;

/// A blur shorter than this, in the finer scan's voxels, changes nothing.
const SHORT: f64 = 1.0;

/// For each axis of a grid, whether it runs through slices.
pub(crate) fn axes(grid: &Grid) -> [bool; 3] {
    let spacing = grid.spacing_mm();
    let shortest = spacing.into_iter().fold(f64::INFINITY, f64::min);
    spacing.map(|mm| mm > SLICES * shortest)
}

/// Where another scan is looked at for one point of a sliced one.
#[derive(Debug, Clone)]
pub(crate) struct Slices {
    /// Through the slices, of length 1, in RAS of the sliced scan.
    pub(crate) normal: [f32; 3],
    /// One, three or five places along it.
    pub(crate) offsets_mm: Vec<f32>,
}

impl Slices {
    pub(crate) fn none() -> Self {
        Self {
            normal: [0.0, 0.0, 1.0],
            offsets_mm: vec![0.0],
        }
    }

    /// Of the `still` scan, as `other` sees them after a move of RAS mm: as long a blur as the other lacks.
    pub(crate) fn between(still: &Grid, other: &Grid, moved: &Affine) -> Self {
        let Some(axis) = axes(still).iter().position(|is| *is) else {
            return Self::none();
        };
        let spacing = still.spacing_mm();
        let normal = still.affine.0.map(|row| row[axis] / spacing[axis]);
        let there = moved
            .0
            .map(|row| (0..3).map(|c| row[c] * normal[c]).sum::<f64>());
        // How long a voxel of the other is in that direction.
        let steps = other.spacing_mm();
        let long = |axis: usize| {
            let column = other.affine.0.map(|row| row[axis] / steps[axis]);
            let cosine: f64 = (0..3).map(|r| column[r] * there[r]).sum();
            (cosine * steps[axis]).powi(2)
        };
        let own: f64 = (0..3).map(long).sum();
        let lacks = (spacing[axis].powi(2) - own).max(0.0).sqrt();
        let voxels = lacks / own.sqrt().max(1e-3);
        let count = match voxels {
            v if v < SHORT => return Self::none(),
            v if v < 3.5 => 3,
            _ => 5,
        };
        let middle = (f64::from(count) - 1.0) / 2.0;
        let place = |tap: i32| (f64::from(tap) - middle) / f64::from(count) * lacks;
        Self {
            normal: normal.map(|v| v as f32),
            offsets_mm: (0..count).map(|tap| place(tap) as f32).collect(),
        }
    }
}
