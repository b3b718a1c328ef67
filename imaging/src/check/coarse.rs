//! A scan as the checks see it: blocks of about 3 mm, upright in the patient, with what surrounds the head taken off.
//!
//! Every voxel is looked at once, here; all that follows works on some ten thousands of blocks.

use crate::background::{Background, samples};
use crate::recognise::is_label_map;
use crate::{Affine, Grid, Image, Orientation, Series, SeriesInfo, Volume, parallel, reorient};

/// The edge that blocks come near to, in mm.
const BLOCK_MM: f64 = 3.0;

/// So many blocks are left along an axis that has as many voxels.
const FEWEST_BLOCKS: usize = 24;

/// Above this part of the 99th percentile a voxel is something, as in [`brain::mask`](crate::brain::mask()).
const SOMETHING: f32 = 1e-3;

/// Voxels that stand for all in questions of distribution.
const SAMPLES: usize = 1 << 15;

/// One scan, made small.
#[derive(Debug, Clone)]
pub struct Coarse {
    /// Means of the blocks, less the background.
    pub(crate) mean: Volume,
    /// What part of each block is not background, 0 to 1.
    pub(crate) filled: Volume,
    /// The whole field of view, to the outer faces of its voxels.
    pub(crate) grid: Grid,
    pub(crate) background: Background,
    /// Whether it is a mask or a map of labels.
    pub(crate) is_label_map: bool,
    /// Some of the values that are not background, less the background, sorted.
    pub(crate) sorted: Vec<f32>,
    pub(crate) lowest: f32,
    pub(crate) highest: f32,
    pub(crate) info: SeriesInfo,
}

impl Coarse {
    /// Looks at every voxel of a series.
    #[must_use]
    pub fn of(series: &Series) -> Self {
        Self::of_volume(&series.volume, &series.info)
    }

    /// Looks at every voxel of a volume that came of the series that `info` is of.
    #[must_use]
    pub fn of_volume(volume: &Volume, info: &SeriesInfo) -> Self {
        let background = Background::of(volume);
        let all = samples(&volume.data, SAMPLES);
        let mut sorted: Vec<f32> = all.iter().map(|v| v - background.value).collect();
        let mut apart: Vec<f32> = sorted
            .iter()
            .map(|v| v.abs())
            .filter(|v| *v > 0.0)
            .collect();
        apart.sort_unstable_by(f32::total_cmp);
        let high = apart.get(apart.len() * 99 / 100).copied().unwrap_or(0.0);
        let above = (SOMETHING * high).max(background.reach());
        sorted.retain(|v| v.abs() > above);
        sorted.sort_unstable_by(f32::total_cmp);

        let edges = block(volume);
        let blocks = Blocks::of(volume, edges, background.value, above);
        let grid = Grid {
            dims: blocks.dims,
            affine: block_affine(&volume.grid, edges),
        };
        let upright = |data: Vec<f32>| reorient(&Image { grid, data }, Orientation::RAS);
        Self {
            mean: upright(blocks.mean),
            filled: upright(blocks.filled),
            grid: volume.grid,
            background,
            is_label_map: is_label_map(&volume.data, volume.grid.dims),
            sorted,
            lowest: blocks.lowest,
            highest: blocks.highest,
            info: info.clone(),
        }
    }

    /// A quantile of what is not background; 0 where there is nothing.
    pub(crate) fn quantile(&self, part: f64) -> f32 {
        let last = self.sorted.len().saturating_sub(1);
        let at = (part * last as f64).round() as usize;
        self.sorted.get(at).copied().unwrap_or(0.0)
    }
}

/// Edges of a block along x, y, z, in voxels; never so large that nothing of a head would be left, whatever a header
/// says of its size.
fn block(volume: &Volume) -> [usize; 3] {
    let spacing = volume.grid.spacing_mm();
    [0, 1, 2].map(|axis| {
        let voxels = (BLOCK_MM / spacing[axis]).round();
        // A NaN becomes 0.
        (voxels as usize).clamp(1, (volume.grid.dims[axis] / FEWEST_BLOCKS).max(1))
    })
}

/// The affine of blocks' centres.
fn block_affine(grid: &Grid, edges: [usize; 3]) -> Affine {
    let shift = edges.map(|n| (n as f64 - 1.0) / 2.0);
    let origin = grid.affine.map(shift);
    Affine(std::array::from_fn(|row| {
        let scaled = |axis: usize| grid.affine.0[row][axis] * edges[axis] as f64;
        [scaled(0), scaled(1), scaled(2), origin[row]]
    }))
}

struct Blocks {
    dims: [usize; 3],
    mean: Vec<f32>,
    filled: Vec<f32>,
    lowest: f32,
    highest: f32,
}

impl Blocks {
    fn of(volume: &Volume, edges: [usize; 3], background: f32, above: f32) -> Self {
        let [nx, ny, nz] = volume.grid.dims;
        let dims = [0, 1, 2].map(|axis| volume.grid.dims[axis].div_ceil(edges[axis]));
        let slabs = parallel::map((0..dims[2]).collect(), |slab| {
            let mut columns = Columns::new(nx);
            let (mut mean, mut filled) = (Vec::new(), Vec::new());
            let slices = slab * edges[2]..((slab + 1) * edges[2]).min(nz);
            for block in 0..dims[1] {
                let rows = block * edges[1]..((block + 1) * edges[1]).min(ny);
                columns.clear();
                for z in slices.clone() {
                    for y in rows.clone() {
                        let row = &volume.data[nx * (y + ny * z)..][..nx];
                        columns.add(row, background, above);
                    }
                }
                let high = (rows.len() * slices.len()) as f32;
                let sums = columns
                    .sum
                    .chunks(edges[0])
                    .zip(columns.count.chunks(edges[0]));
                for (sum, count) in sums {
                    let voxels = high * sum.len() as f32;
                    mean.push(sum.iter().sum::<f32>() / voxels);
                    filled.push(count.iter().sum::<f32>() / voxels);
                }
            }
            let [lowest, highest] = columns.ends();
            (mean, filled, lowest, highest)
        });
        let mut all = Self {
            dims,
            mean: Vec::new(),
            filled: Vec::new(),
            lowest: f32::INFINITY,
            highest: f32::NEG_INFINITY,
        };
        for (mean, filled, lowest, highest) in slabs {
            all.mean.extend(mean);
            all.filled.extend(filled);
            all.lowest = all.lowest.min(lowest);
            all.highest = all.highest.max(highest);
        }
        all
    }
}

/// Sums over rows, a place along x at a time: nothing of it hangs on its neighbour, so that it runs in vectors.
struct Columns {
    sum: Vec<f32>,
    count: Vec<f32>,
    lowest: Vec<f32>,
    highest: Vec<f32>,
}

impl Columns {
    fn new(width: usize) -> Self {
        Self {
            sum: vec![0.0; width],
            count: vec![0.0; width],
            lowest: vec![f32::INFINITY; width],
            highest: vec![f32::NEG_INFINITY; width],
        }
    }

    /// Begins new sums; the ends stay.
    fn clear(&mut self) {
        self.sum.fill(0.0);
        self.count.fill(0.0);
    }

    fn add(&mut self, row: &[f32], background: f32, above: f32) {
        let sums = self.sum.iter_mut().zip(&mut self.count);
        let ends = self.lowest.iter_mut().zip(&mut self.highest);
        for ((value, (sum, count)), (lowest, highest)) in row.iter().zip(sums).zip(ends) {
            *lowest = if *value < *lowest { *value } else { *lowest };
            *highest = if *value > *highest { *value } else { *highest };
            let apart = value - background;
            *sum += apart;
            *count += if apart.abs() > above { 1.0 } else { 0.0 };
        }
    }

    /// The lowest and the highest value of all rows.
    fn ends(&self) -> [f32; 2] {
        [
            self.lowest.iter().copied().fold(f32::INFINITY, f32::min),
            self.highest
                .iter()
                .copied()
                .fold(f32::NEG_INFINITY, f32::max),
        ]
    }
}
