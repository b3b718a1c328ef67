//! One picture of all sequences in which brain is about 1, and bone, air and most CSF are dark.
//!
//! Bone is dark in every sequence while scalp, marrow and brain are bright in each, so the plain
//! mean of the sequences shows the gap between brain and scalp better than any of them alone.

use crate::quantile::quantile;
use crate::{Grid, Volume, resample};

/// The edge of the work grid's voxels: half a brain's cortex, and coarse enough for a fast answer.
const WORK_SPACING_MM: f64 = 2.0;

/// More voxels than this get larger ones; a head takes about a million.
const LARGEST_WORK_GRID: f64 = 4e6;

/// The work grid for scans on `grid`: upright RAS, equal edges, all of the field of view.
pub(super) fn work_grid(grid: &Grid) -> Grid {
    let b = grid.world_box();
    let mm3: f64 = (0..3).map(|i| b.high[i] - b.low[i]).product();
    let spacing = WORK_SPACING_MM.max((mm3 / LARGEST_WORK_GRID).cbrt());
    Grid::covering(grid, [spacing; 3])
}

/// One sequence on the work grid, air at 0.
pub(super) fn on_work_grid(volume: &Volume, work: &Grid) -> Volume {
    let mut out = resample::linear(volume, work);
    let air = air_level(&out);
    for value in &mut out.data {
        // An exact 0 is where a resampled scan has no voxel; it stays one.
        if *value != 0.0 {
            *value = (*value - air).max(0.0);
        }
    }
    out
}

/// The median of what is not 0 on the faces at the sides, front and back, where there is air: some
/// exports move all values up to make room for negative ones.
fn air_level(volume: &Volume) -> f32 {
    let [nx, ny, nz] = volume.grid.dims;
    let mut found = Vec::new();
    for z in 0..nz {
        for y in 0..ny {
            let row = &volume.data[nx * (y + ny * z)..][..nx];
            if y == 0 || y + 1 == ny {
                found.extend(row.iter().copied().filter(|v| *v != 0.0));
            } else {
                found.extend([row[0], row[nx - 1]].into_iter().filter(|v| *v != 0.0));
            }
        }
    }
    // Few voxels that are not 0 on the border belong to a head that touches it.
    if found.len() < (nx + ny) * nz {
        return 0.0;
    }
    quantile(&mut found, 0.5)
}

/// The mean of the sequences, each divided by its median in `inside`. A sequence that is exactly 0
/// at a voxel does not count there: resampled scans are 0 where they have no slices.
pub(super) fn fuse(sequences: &[Volume], inside: &[bool]) -> Volume {
    let grid = sequences[0].grid;
    let medians = sequences.iter().map(|s| median(s, inside));
    let scaled: Vec<(&Volume, f32)> = sequences
        .iter()
        .zip(medians)
        .filter(|(_, m)| *m > 0.0)
        .collect();
    let mut fused = Volume::filled(grid, 0.0);
    for (offset, fused) in fused.data.iter_mut().enumerate() {
        let (mut sum, mut shown, mut least) = (0.0, 0.0_f32, f32::INFINITY);
        for (sequence, median) in &scaled {
            let value = sequence.data[offset] / median;
            if value != 0.0 {
                sum += value.min(BRIGHTEST);
                shown += 1.0;
                least = least.min(value);
            }
        }
        let mean = sum / shown.max(1.0);
        *fused = if shown >= 2.0 && least > FAT {
            FAT_AS
        } else if mean > TISSUE {
            mean
        } else {
            sum / scaled.len().max(1) as f32
        };
    }
    fused
}

/// The median of what is bright in `inside`.
fn median(sequence: &Volume, inside: &[bool]) -> f32 {
    let values = sequence.data.iter().zip(inside);
    let mut values: Vec<f32> = values
        .filter_map(|(v, inside)| (*inside && *v > 0.0).then_some(*v))
        .collect();
    quantile(&mut values, 0.5)
}

/// Where the sequences that are not 0 are brighter than this part of brain, the others have no voxel;
/// where all are darker it is air or bone.
const TISSUE: f32 = 0.5;

/// What is brighter than brain by this in every sequence is fat: scalp, marrow, the eye's socket. A
/// tumour is dark in T1.
const FAT: f32 = 1.5;

/// Fat stops the surface as bone does.
const FAT_AS: f32 = 0.3;

/// Fat near a coil can be ten times as bright as brain; more than this says no more.
const BRIGHTEST: f32 = 4.0;
