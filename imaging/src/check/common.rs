//! The scans of a case on one coarse grid.

use super::Head;
use crate::{Affine, Grid, Mask, RasPoint, Sequence, Volume, VoxelPoint, parallel, resample};

/// Edges of the common grid's voxels, in mm.
pub(crate) const EDGE_MM: f64 = 4.0;

/// Around all that the scans show, in mm.
const MARGIN_MM: f64 = 12.0;

/// A case wider than this is none of a head; nothing of it is compared.
const WIDEST_MM: f64 = 600.0;

/// A scan on the common grid.
pub(crate) struct Placed<'a> {
    pub(crate) sequence: Sequence,
    pub(crate) head: &'a Head,
    pub(crate) values: Volume,
    /// What it shows of the head, by itself.
    pub(crate) mask: Mask,
    /// Where the scan has voxels.
    pub(crate) field: Mask,
}

/// All scans that show something, on one grid.
pub(crate) struct Common<'a> {
    pub(crate) scans: Vec<Placed<'a>>,
    /// Dice overlap of each two masks, in their places in `scans`.
    pub(crate) overlaps: Vec<Vec<f64>>,
    /// The scan that agrees best with the others: its place in `scans`.
    pub(crate) anchor: usize,
}

impl<'a> Common<'a> {
    /// The scans, of which the first are trusted first; `None` where none shows a head, or one is far too large.
    pub(crate) fn of(heads: &[(Sequence, &'a Head)]) -> Option<Self> {
        let shown: Vec<_> = heads
            .iter()
            .filter(|(_, head)| head.volume_ml > 0.0)
            .copied()
            .collect();
        if shown.is_empty() {
            return None;
        }
        let grid = grid(&shown)?;
        let scans = parallel::map(shown, |(sequence, head)| Placed {
            sequence,
            head,
            values: resample::linear(&head.coarse.mean, &grid),
            mask: resample::mask(&head.mask, &grid),
            field: field(&head.coarse.grid, &grid),
        });
        let of = |a: &Placed<'_>, b: &Placed<'_>| dice(a, b);
        let overlaps: Vec<Vec<f64>> = scans
            .iter()
            .map(|a| scans.iter().map(|b| of(a, b)).collect())
            .collect();
        let anchor = anchor(&overlaps);
        Some(Self {
            scans,
            overlaps,
            anchor,
        })
    }
}

/// Upright voxels around everything that is shown.
fn grid(shown: &[(Sequence, &Head)]) -> Option<Grid> {
    let (mut low, mut high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
    for (_, head) in shown {
        let (first, size) = head.mask.bounding_box()?;
        let inside = head.mask.grid.window(first.0.map(|n| n as isize), size);
        let around = inside.world_box();
        for axis in 0..3 {
            low[axis] = low[axis].min(around.low[axis] - MARGIN_MM);
            high[axis] = high[axis].max(around.high[axis] + MARGIN_MM);
        }
    }
    let widths = [0, 1, 2].map(|axis| high[axis] - low[axis]);
    if !widths.iter().all(|width| *width <= WIDEST_MM) {
        return None;
    }
    let dims = widths.map(|width| (width / EDGE_MM).ceil() as usize);
    let origin = low.map(|edge| edge + EDGE_MM / 2.0);
    Some(Grid {
        dims,
        affine: Affine::axis_aligned([EDGE_MM; 3], RasPoint(origin)),
    })
}

/// Where a scan of `own` grid has voxels.
fn field(own: &Grid, grid: &Grid) -> Mask {
    let inverse = own.affine.inverse();
    let covers = |at: usize| {
        let point = grid
            .affine
            .apply(VoxelPoint(grid.index_of(at).0.map(|n| n as f64)));
        inverse.is_some_and(|inverse| {
            let voxel = inverse.map(point.0);
            (0..3).all(|axis| voxel[axis] >= -0.5 && voxel[axis] <= own.dims[axis] as f64 - 0.5)
        })
    };
    Mask {
        grid: *grid,
        data: (0..grid.voxel_count()).map(covers).collect(),
    }
}

/// Dice overlap of two masks where both scans have voxels; 0 where neither shows anything there.
fn dice(a: &Placed<'_>, b: &Placed<'_>) -> f64 {
    let (mut both, mut total) = (0u32, 0u32);
    let fields = a.field.data.iter().zip(&b.field.data);
    for ((x, y), (here, there)) in a.mask.data.iter().zip(&b.mask.data).zip(fields) {
        if *here && *there {
            both += u32::from(*x && *y);
            total += u32::from(*x) + u32::from(*y);
        }
    }
    if total == 0 {
        0.0
    } else {
        f64::from(2 * both) / f64::from(total)
    }
}

/// The scan whose middle overlap with the others is the largest; of nearly equal ones the first.
fn anchor(overlaps: &[Vec<f64>]) -> usize {
    const NEARLY: f64 = 0.01;
    let middle = |at: usize| {
        let mut others: Vec<f64> = (0..overlaps.len())
            .filter(|other| *other != at)
            .map(|other| overlaps[at][other])
            .collect();
        others.sort_unstable_by(f64::total_cmp);
        others.get(others.len() / 2).copied().unwrap_or(0.0)
    };
    (0..overlaps.len()).fold(0, |best, at| {
        if middle(at) > middle(best) + NEARLY {
            at
        } else {
            best
        }
    })
}
