//! What the segmentation found, to be brought onto any scan's grid: probabilities are resampled, never labels.

use imaging::{Affine, Grid, LabelMap, Volume, resample};

use super::{labels, pieces};
use crate::network::config::Segmentation;

/// A region of the tumour; each holds those after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// Core and oedema.
    Whole,
    /// Necrotic, non-enhancing and enhancing.
    Core,
    /// What takes up contrast agent.
    Enhancing,
}

impl Region {
    /// As in file names: `wt`, `tc`, `et`.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Whole => "wt",
            Self::Core => "tc",
            Self::Enhancing => "et",
        }
    }
}

/// A probability a class or region, on the network's grid in the space of the scan that the others were brought onto.
#[derive(Clone, Debug)]
pub struct Found {
    pub(super) probabilities: Vec<Volume>,
    pub(super) segmentation: Segmentation,
    /// Pieces smaller than this part of the largest are left out.
    pub(super) smallest_piece: f64,
}

impl Found {
    /// Labels 0 to 3 on `own`, the grid of a scan whose voxels lie at `place` in the space that was read in: see
    /// [`Reading::places`](super::Reading::places). Beside them what was left out.
    #[must_use]
    pub fn labels_on(&self, own: &Grid, place: Affine) -> (LabelMap, Option<String>) {
        labels_of(&self.probabilities, self, own, place)
    }

    /// The probability, 0 to 1, of each region that the network tells apart; grid and place as for [`Self::labels_on`].
    #[must_use]
    pub fn regions_on(&self, own: &Grid, place: Affine) -> Vec<(Region, Volume)> {
        let p = |class: usize| &self.probabilities[class];
        let regions: Vec<(Region, Volume)> = match self.segmentation {
            Segmentation::Softmax4 => vec![
                (Region::Whole, less(p(0))),
                (Region::Core, sum(p(1), p(3))),
                (Region::Enhancing, p(3).clone()),
            ],
            Segmentation::Softmax2 => vec![(Region::Whole, less(p(0)))],
            Segmentation::Sigmoid3 => vec![
                (Region::Whole, p(1).clone()),
                (Region::Core, p(0).clone()),
                (Region::Enhancing, p(2).clone()),
            ],
        };
        let moved = at(own, place);
        let bring = |(region, volume): (Region, Volume)| {
            let mut volume = resample::linear(&volume, &moved);
            volume.grid = *own;
            (region, volume)
        };
        regions.into_iter().map(bring).collect()
    }
}

/// As [`Found::labels_on`], of one look's probabilities.
pub(super) fn labels_of(
    probabilities: &[Volume],
    found: &Found,
    own: &Grid,
    place: Affine,
) -> (LabelMap, Option<String>) {
    let mut labels = labels::on_grid(probabilities, found.segmentation, &at(own, place));
    let note = pieces::leave_out_small(&mut labels, found.smallest_piece);
    labels.grid = *own;
    (labels, note)
}

/// A scan's grid where its voxels lie in the space that was read in.
pub(super) fn at(own: &Grid, place: Affine) -> Grid {
    Grid {
        dims: own.dims,
        affine: place,
    }
}

fn less(background: &Volume) -> Volume {
    Volume {
        grid: background.grid,
        data: background.data.iter().map(|p| 1.0 - p).collect(),
    }
}

fn sum(a: &Volume, b: &Volume) -> Volume {
    Volume {
        grid: a.grid,
        data: a.data.iter().zip(&b.data).map(|(a, b)| a + b).collect(),
    }
}

#[cfg(test)]
mod tests {
    use imaging::RasPoint;

    use super::*;

    /// Two voxels of 2 mm beside each other: background, core, oedema, enhancing.
    fn found() -> Found {
        let grid = Grid {
            dims: [2, 1, 1],
            affine: Affine::axis_aligned([2.0; 3], RasPoint([0.0; 3])),
        };
        let of = |data: [f32; 2]| Volume {
            grid,
            data: data.to_vec(),
        };
        Found {
            probabilities: vec![
                of([0.9, 0.1]),
                of([0.02, 0.2]),
                of([0.05, 0.3]),
                of([0.03, 0.4]),
            ],
            segmentation: Segmentation::Softmax4,
            smallest_piece: 0.0,
        }
    }

    #[test]
    fn probabilities_and_labels_lie_where_the_scan_lies() {
        // A scan elsewhere by its header, whose voxels were found to be at 2 mm and 1 mm, in this order.
        let own = Grid {
            dims: [2, 1, 1],
            affine: Affine::axis_aligned([1.0; 3], RasPoint([50.0, 7.0, -3.0])),
        };
        let place = Affine([
            [-1.0, 0.0, 0.0, 2.0],
            [0.0, 1.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
        ]);
        let (labels, note) = found().labels_on(&own, place);
        assert_eq!((labels.grid, note), (own, None));
        assert_eq!(labels.data, [3, 0]);
        let expected = [
            (Region::Whole, [0.9, 0.5]),
            (Region::Core, [0.6, 0.325]),
            (Region::Enhancing, [0.4, 0.215]),
        ];
        for ((region, volume), (wanted, values)) in
            found().regions_on(&own, place).into_iter().zip(expected)
        {
            assert_eq!((region, volume.grid), (wanted, own));
            for (found, value) in volume.data.iter().zip(values) {
                assert!((found - value).abs() < 1e-6, "{region:?} {volume:?}");
            }
        }
    }
}
