//! From probabilities on the network's grid to labels on a scan's own grid: probabilities are
//! resampled, never labels.

use imaging::resample::{LabelVote, linear_each};
use imaging::{Grid, LabelMap, Volume};

use crate::network::config::Segmentation;

/// Regions of a sigmoid segmentation as (channel, label), in the order in which they are laid over
/// each other: whole tumour, core, enhancing.
const REGIONS: [(usize, u8); 3] = [(1, 2), (0, 1), (2, 3)];

/// Labels 0 to 3 on `grid`; 0 outside the network's grid.
pub(super) fn on_grid(
    probabilities: &[Volume],
    segmentation: Segmentation,
    grid: &Grid,
) -> LabelMap {
    match segmentation {
        Segmentation::Softmax4 => vote(probabilities, &[0, 1, 2, 3], grid),
        // Whole tumour alone: nothing of it is known to be core.
        Segmentation::Softmax2 => vote(probabilities, &[0, 2], grid),
        Segmentation::Sigmoid3 => {
            let mut labels = LabelMap::filled(*grid, 0);
            for (channel, label) in REGIONS {
                linear_each(&probabilities[channel], grid, |place, p| {
                    if p > 0.5 {
                        labels.data[place] = label;
                    }
                });
            }
            labels
        }
    }
}

fn vote(probabilities: &[Volume], labels: &[u8], grid: &Grid) -> LabelMap {
    let mut vote = LabelVote::new(grid);
    for (&label, probability) in labels.iter().zip(probabilities) {
        vote.add(label, probability);
    }
    vote.finish()
}

#[cfg(test)]
mod tests {
    use imaging::Affine;

    use super::*;

    fn on_one_voxel(values: &[f32], segmentation: Segmentation) -> u8 {
        let grid = Grid {
            dims: [1, 1, 1],
            affine: Affine::IDENTITY,
        };
        let volumes: Vec<_> = values
            .iter()
            .map(|&v| Volume {
                grid,
                data: vec![v],
            })
            .collect();
        on_grid(&volumes, segmentation, &grid).data[0]
    }

    #[test]
    fn sigmoid_regions_are_laid_over_each_other() {
        let label = |tc, wt, et| on_one_voxel(&[tc, wt, et], Segmentation::Sigmoid3);
        assert_eq!(
            [
                label(0.1, 0.2, 0.3),
                label(0.1, 0.9, 0.3),
                label(0.9, 0.9, 0.3),
                label(0.9, 0.9, 0.8)
            ],
            [0, 2, 1, 3]
        );
    }

    #[test]
    fn softmax_takes_the_likeliest() {
        assert_eq!(
            on_one_voxel(&[0.2, 0.1, 0.3, 0.4], Segmentation::Softmax4),
            3
        );
        assert_eq!(on_one_voxel(&[0.4, 0.6], Segmentation::Softmax2), 2);
    }
}
