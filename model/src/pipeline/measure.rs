//! The way back: probabilities onto a scan's own grid, labels of them, volumes of these.

use imaging::{Affine, Grid, LabelMap, Volume, resample};

use super::found::{Found, at, labels_of};
use super::look::Segmented;
use super::{Reader, report};
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
    /// The same for other grids.
    pub(super) found: Found,
}

/// Brings what was found onto the grid of a scan whose voxels lie at `place` in the space that was read in: its own
/// affine, or another where it was moved.
pub(super) fn measure(
    reader: &Reader,
    segmented: Segmented,
    own: &Grid,
    place: Affine,
) -> Measured {
    let segmentation = reader.manifest.network.segmentation;
    let spread = segmented.spread(segmentation).map(|spread| {
        let mut spread = resample::linear(&spread, &at(own, place));
        spread.grid = *own;
        spread
    });
    let Segmented {
        probabilities,
        looks,
        ..
    } = segmented;
    let found = Found {
        probabilities,
        segmentation,
        smallest_piece: reader.manifest.smallest_piece,
    };
    let (labels, note) = found.labels_on(own, place);
    let by_look = match &looks[..] {
        [one, other] => Some(
            [one, other]
                .map(|look| report::volumes(&labels_of(&look.probabilities, &found, own, place).0)),
        ),
        _ => None,
    };
    Measured {
        labels,
        spread,
        by_look,
        note,
        found,
    }
}
