//! Labels on another grid: each class's probability is interpolated, and the largest wins.
//!
//! Interpolating labels themselves would invent classes between others, and taking the nearest
//! leaves steps. One class is looked at at a time, so the peak is the target's labels and one `f32`
//! a voxel, whatever the number of classes.

use super::linear_with;
use crate::{Grid, LabelMap, Volume};

/// Labels from one probability volume a class, class number as label; 0 outside the volumes.
#[must_use]
pub fn labels(probabilities: &[Volume], grid: &Grid) -> LabelMap {
    let mut vote = LabelVote::new(grid);
    for (label, probability) in (0..=u8::MAX).zip(probabilities) {
        vote.add(label, probability);
    }
    vote.finish()
}

/// The same, class by class, for callers that do not hold all of them at once.
#[derive(Debug, Clone)]
pub struct LabelVote {
    map: LabelMap,
    best: Vec<f32>,
}

impl LabelVote {
    /// Nobody has voted: background everywhere, with probability 0.
    #[must_use]
    pub fn new(grid: &Grid) -> Self {
        Self {
            map: LabelMap::filled(*grid, 0),
            best: vec![0.0; grid.voxel_count()],
        }
    }

    /// Gives `label` every voxel where its probability is above that of all labels before it. A tie
    /// stays with the earlier one.
    pub fn add(&mut self, label: u8, probability: &Volume) {
        let grid = self.map.grid;
        let votes = (&mut self.best[..], &mut self.map.data[..]);
        linear_with(probability, &grid, votes, |p, best, voted| {
            if p > *best {
                *best = p;
                *voted = label;
            }
        });
    }

    /// The labels.
    #[must_use]
    pub fn finish(self) -> LabelMap {
        self.map
    }
}
