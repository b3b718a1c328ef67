//! The way back: probabilities onto a scan's own grid, labels of them, volumes of these.

use imaging::{Affine, Grid, LabelMap, Volume, resample};

use super::look::Segmented;
use super::{Reader, labels, pieces, report};
use crate::report::VolumesMl;

/// What was found, on a scan's own grid as it was given.
pub(super) struct Measured {
    pub(super) labels: LabelMap,
    /// See [`Reading::spread`](super::Reading::spread).
    pub(super) spread: Option<Volume>,
    /// Of the scans and of their mirror image, where both were read.
    pub(super) by_look: Option<[VolumesMl; 2]>,
    /// What was left out.
    pub(super) note: Option<String>,
}

/// Brings what was found onto the grid of a scan whose voxels lie at `place` in the space that was read in: its own
/// affine, or another where it was moved.
pub(super) fn measure(
    reader: &Reader,
    segmented: &Segmented,
    own: &Grid,
    place: Affine,
) -> Measured {
    let moved = Grid {
        dims: own.dims,
        affine: place,
    };
    let segmentation = reader.manifest.network.segmentation;
    let on_grid = |probabilities: &[Volume]| {
        let mut labels = labels::on_grid(probabilities, segmentation, &moved);
        let note = pieces::leave_out_small(&mut labels, reader.manifest.smallest_piece);
        labels.grid = *own;
        (labels, note)
    };
    let (labels, note) = on_grid(&segmented.probabilities);
    let spread = segmented.spread(segmentation).map(|spread| {
        let mut spread = resample::linear(&spread, &moved);
        spread.grid = *own;
        spread
    });
    let by_look = segmented
        .looks()
        .map(|looks| looks.map(|look| report::volumes(&on_grid(look).0)));
    Measured {
        labels,
        spread,
        by_look,
        note,
    }
}
