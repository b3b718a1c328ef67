//! Whether a mask lies where its scan lies, and labels on another grid.

use super::{Share, TruthError};
use crate::resample::LabelVote;
use crate::{Grid, LabelMap, Volume, VoxelIndex};

/// Share of the tumour that must lie in the scan, and where it shows anything. A scan of a few slices may
/// show half a tumour; a mask without its affine seldom hits as much.
const LEAST_TUMOUR: f64 = 0.5;

/// Share of a mask's box that must lie in the scan's, where both have as many voxels. Lost affines, which
/// start at 0, share a quarter with scans that are centred at 0; a session's scans share nearly all.
const LEAST_OF_SAME_VOXELS: f64 = 0.75;

/// Share of the smaller box that must lie in the other, where there is no tumour to look at.
const LEAST_BOX: f64 = 0.05;

/// The most voxels that a mask is continued to; as many as the reader takes in a cube.
const MOST_VOXELS: usize = 512 * 512 * 512;

/// Refuses a mask that lies elsewhere than the scan. `labels` may be numbered in any way; 0 is background.
///
/// A mirror image or a mask of another patient in the same space cannot be told this way.
///
/// # Errors
/// [`TruthError::Apart`].
pub fn check_place(labels: &LabelMap, scan: &Volume) -> Result<(), TruthError> {
    let enough = |share, found: f64, least: f64| {
        if found >= least {
            return Ok(());
        }
        let (percent, least) = (100.0 * found, 100.0 * least);
        Err(TruthError::Apart {
            share,
            percent,
            least,
        })
    };
    let tumour = Tumour::of(labels, scan);
    if let Some(inside) = tumour.inside {
        enough(Share::Tumour, inside, LEAST_TUMOUR)?;
    }
    let overlap = labels.grid.overlap_fraction(&scan.grid);
    if sorted(labels.grid.dims) == sorted(scan.grid.dims) {
        enough(Share::SameVoxels, overlap, LEAST_OF_SAME_VOXELS)?;
    }
    match tumour.shown {
        Some(shown) => enough(Share::Shown, shown, LEAST_TUMOUR),
        None => enough(Share::Box, overlap, LEAST_BOX),
    }
}

fn sorted(mut dims: [usize; 3]) -> [usize; 3] {
    dims.sort_unstable();
    dims
}

/// How much of the tumour lies in the scan; none where there is no tumour.
struct Tumour {
    inside: Option<f64>,
    shown: Option<f64>,
}

impl Tumour {
    fn of(labels: &LabelMap, scan: &Volume) -> Self {
        let background = background(scan);
        let Some(to_scan) = scan.grid.affine.inverse() else {
            return Self {
                inside: None,
                shown: None,
            };
        };
        let to_scan = to_scan.compose(&labels.grid.affine);
        let (mut all, mut inside, mut shown) = (0_usize, 0_usize, 0_usize);
        let tumour = labels.data.iter().enumerate().filter(|(_, l)| **l != 0);
        for (offset, _) in tumour {
            all += 1;
            let place = to_scan.map(labels.grid.index_of(offset).0.map(|i| i as f64));
            let nearest = place.map(f64::round);
            if nearest.iter().any(|i| *i < 0.0) {
                continue;
            }
            if let Some(value) = scan.get(VoxelIndex(nearest.map(|i| i as usize))) {
                inside += 1;
                shown += usize::from(Some(value) != background);
            }
        }
        let share = |some: usize| (all > 0).then(|| some as f64 / all as f64);
        Self {
            inside: share(inside),
            shown: share(shown),
        }
    }
}

/// The value outside a stripped brain or a cut-out head: that of all eight corners. None in noisy air,
/// which tells nothing, and in a scan that has no other value.
fn background(scan: &Volume) -> Option<f32> {
    let value = *scan.data.first()?;
    let corners = (0..8).all(|corner| {
        let end = |axis: usize| (corner >> axis & 1) * scan.grid.dims[axis].saturating_sub(1);
        scan.get(VoxelIndex([end(0), end(1), end(2)])) == Some(value)
    });
    (corners && scan.data.iter().any(|other| *other != value)).then_some(value)
}

/// The same labels on the same voxels, continued with background so that they reach over all of `grid`.
/// Where that would take too many voxels, as with a finely drawn cut-out of a large scan, they are put
/// onto `grid` instead.
#[must_use]
pub fn covering(labels: LabelMap, grid: &Grid) -> LabelMap {
    let Some(inverse) = labels.grid.affine.inverse() else {
        return labels;
    };
    let dims = labels.grid.dims.map(|n| n as f64);
    let (mut low, mut high) = ([0.0; 3], dims.map(|n| n - 1.0));
    for corner in grid.corners(0.5) {
        // A voxel reaches half a voxel beyond its centre; what is over by a hundredth is rounding.
        for (axis, place) in inverse.map(corner.0).into_iter().enumerate() {
            low[axis] = f64::min(low[axis], (place + 0.51).floor());
            high[axis] = f64::max(high[axis], (place - 0.51).ceil());
        }
    }
    let size: [f64; 3] = std::array::from_fn(|axis| high[axis] - low[axis] + 1.0);
    if size == dims {
        return labels;
    }
    if size.iter().product::<f64>() > MOST_VOXELS as f64 {
        return onto(&labels, grid);
    }
    labels.window(low.map(|i| i as isize), size.map(|n| n as usize), 0)
}

/// Labels on another grid: each label's share of the neighbouring voxels is interpolated, and the largest
/// wins. Exact where the voxels of both grids lie on each other, however they are turned.
#[must_use]
pub fn onto(labels: &LabelMap, grid: &Grid) -> LabelMap {
    if labels.grid.is_close(grid) {
        return labels.clone();
    }
    let mut there = [false; 256];
    for label in &labels.data {
        there[usize::from(*label)] = true;
    }
    let mut vote = LabelVote::new(grid);
    for label in (0..=u8::MAX).filter(|label| there[usize::from(*label)]) {
        let is = |l: &u8| if *l == label { 1.0 } else { 0.0 };
        let share = Volume {
            grid: labels.grid,
            data: labels.data.iter().map(is).collect(),
        };
        vote.add(label, &share);
    }
    vote.finish()
}
