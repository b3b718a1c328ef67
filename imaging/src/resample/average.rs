//! Onto a coarser grid by averaging: every voxel of the source counts, however coarse the target.
//!
//! A target voxel is the mean of the source over its own box, voxels being boxes of one value. Grids that are turned
//! alike take it axis by axis, exactly; others first become coarser along their own axes and are then interpolated.
//! Along axes where the target is not coarser it is linear interpolation.

use super::linear;
use crate::{Affine, Grid, Volume, parallel};

/// So nearly parallel are axes that are the same.
const ALIKE: f64 = 1e-6;

/// The volume's means on another grid; 0 where the volume has no voxel.
#[must_use]
pub fn averaged(volume: &Volume, grid: &Grid) -> Volume {
    let Some(inverse) = volume.grid.affine.inverse() else {
        return Volume::filled(*grid, 0.0);
    };
    let map = inverse.compose(&grid.affine);
    // Source voxels along each of its axes for a step of the target along any.
    let steps = map
        .0
        .map(|row| row[..3].iter().map(|v| v * v).sum::<f64>().sqrt());
    if steps.iter().all(|step| *step <= 1.0 + ALIKE) {
        return linear(volume, grid);
    }
    let is_parallel = (0..3).all(|row| (0..3).all(|c| row == c || map.0[row][c].abs() < ALIKE));
    if is_parallel {
        let taps = [0, 1, 2].map(|axis| {
            let (start, step) = (map.0[axis][3], map.0[axis][axis]);
            Taps::of(volume.grid.dims[axis], grid.dims[axis], start, step)
        });
        return along_axes(volume, grid, &taps);
    }
    let between = coarser(&volume.grid, steps);
    linear(&averaged(volume, &between), grid)
}

/// A grid along the same axes that is `steps` times as coarse where that is more than 1, around the same middle.
fn coarser(grid: &Grid, steps: [f64; 3]) -> Grid {
    let steps = steps.map(|step| step.max(1.0));
    let dims =
        [0, 1, 2].map(|axis| ((grid.dims[axis] as f64 / steps[axis]).ceil() as usize).max(1));
    let first = [0, 1, 2].map(|axis| {
        let middle = (grid.dims[axis] as f64 - 1.0) / 2.0;
        middle - (dims[axis] as f64 - 1.0) / 2.0 * steps[axis]
    });
    let origin = grid.affine.map(first);
    let affine = Affine(std::array::from_fn(|row| {
        let scaled = |axis: usize| grid.affine.0[row][axis] * steps[axis];
        [scaled(0), scaled(1), scaled(2), origin[row]]
    }));
    Grid { dims, affine }
}

/// Which source voxels make each target voxel along one axis, and how much each counts.
struct Taps(Vec<(usize, Vec<f32>)>);

impl Taps {
    /// Target voxel i lies at `start + i · step` source voxels.
    fn of(source: usize, target: usize, start: f64, step: f64) -> Self {
        let taps = (0..target).map(|i| {
            let at = start + i as f64 * step;
            let reach = step.abs() / 2.0;
            let end = source as f64 - 0.5;
            // As in linear interpolation: what lies beyond the outermost faces is nothing.
            if !(at >= -0.5 - ALIKE && at <= end + ALIKE) {
                return (0, Vec::new());
            }
            if step.abs() <= 1.0 + ALIKE {
                let place = at.clamp(0.0, source as f64 - 1.0);
                let low = place as usize;
                let part = (place - low as f64) as f32;
                return if part > 0.0 {
                    (low, vec![1.0 - part, part])
                } else {
                    (low, vec![1.0])
                };
            }
            let (low, high) = ((at - reach).max(-0.5), (at + reach).min(end));
            let first = (low + 0.5) as usize;
            let last = ((high + 0.5).ceil() as usize - 1).clamp(first, source - 1);
            let share = |voxel: usize| {
                let (left, right) = (voxel as f64 - 0.5, voxel as f64 + 0.5);
                ((high.min(right) - low.max(left)).max(0.0) / (high - low)) as f32
            };
            (first, (first..=last).map(share).collect())
        });
        Self(taps.collect())
    }
}

/// The highest axis first, which makes most of the data small before the others are gone along.
fn along_axes(volume: &Volume, grid: &Grid, [along_x, along_y, along_z]: &[Taps; 3]) -> Volume {
    let [nx, ny, _] = volume.grid.dims;
    let [mx, my, _] = grid.dims;
    let planes = parallel::map(along_z.0.iter().collect(), |(first, weights)| {
        let mut plane = vec![0.0f32; nx * ny];
        for (weight, z) in weights.iter().zip(*first..) {
            let slice = &volume.data[nx * ny * z..][..nx * ny];
            for (sum, value) in plane.iter_mut().zip(slice) {
                *sum += weight * value;
            }
        }
        let mut out = Vec::with_capacity(mx * my);
        let mut row = vec![0.0f32; nx];
        for (first, weights) in &along_y.0 {
            row.fill(0.0);
            for (weight, y) in weights.iter().zip(*first..) {
                for (sum, value) in row.iter_mut().zip(&plane[nx * y..][..nx]) {
                    *sum += weight * value;
                }
            }
            let value = |(first, weights): &(usize, Vec<f32>)| {
                let values = &row[*first..];
                weights.iter().zip(values).map(|(w, v)| w * v).sum::<f32>()
            };
            out.extend(along_x.0.iter().map(value));
        }
        out
    });
    Volume {
        grid: *grid,
        data: planes.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RasPoint, VoxelIndex};

    fn upright(dims: [usize; 3], spacing: [f64; 3], origin: [f64; 3]) -> Grid {
        Grid {
            dims,
            affine: Affine::axis_aligned(spacing, RasPoint(origin)),
        }
    }

    fn textured(grid: Grid) -> Volume {
        let data = (0..grid.voxel_count()).map(|at| ((at * 7919) % 1009) as f32);
        Volume {
            grid,
            data: data.collect(),
        }
    }

    #[test]
    fn a_target_voxel_is_the_mean_of_its_box() {
        let volume = textured(upright([12, 9, 8], [1.0, 2.0, 1.0], [0.0; 3]));
        // Boxes of 2 by 3 (one voxel and a half) by 4 voxels, the second axis mirrored.
        let mut target = upright([6, 6, 2], [2.0, 3.0, 4.0], [0.5, 0.0, 1.5]);
        target.affine.0[1] = [0.0, -3.0, 0.0, 15.5];
        let found = averaged(&volume, &target);
        for offset in 0..found.data.len() {
            let VoxelIndex([x, y, z]) = target.index_of(offset);
            // A naive integral: a hundred points along the box's second axis.
            let middle = (15.5 - 3.0 * y as f64) / 2.0;
            let mut sum = 0.0;
            let mut count = 0.0;
            for i in 0..3000 {
                let v = (middle - 0.75 + 1.5 * (f64::from(i) + 0.5) / 3000.0).round();
                if !(0.0..9.0).contains(&v) {
                    continue;
                }
                for dx in 0..2 {
                    for dz in 0..4 {
                        let at = VoxelIndex([2 * x + dx, v as usize, 4 * z + dz]);
                        sum += f64::from(volume.data[volume.grid.offset_of(at)]);
                        count += 1.0;
                    }
                }
            }
            let expected = if middle > 8.5 { 0.0 } else { sum / count };
            assert!(
                (f64::from(found.data[offset]) - expected).abs() < 1.0,
                "{x} {y} {z}: {} {expected}",
                found.data[offset]
            );
        }
    }

    #[test]
    fn every_voxel_counts_and_the_total_stays() {
        let volume = textured(upright([20, 20, 20], [1.0; 3], [0.0; 3]));
        let target = upright([10, 10, 10], [2.0; 3], [0.5; 3]);
        let before: f32 = volume.data.iter().sum();
        let after: f32 = averaged(&volume, &target).data.iter().sum();
        assert!((8.0 * after / before - 1.0).abs() < 1e-4);
        let mut odd = volume.clone();
        for (at, value) in odd.data.iter_mut().enumerate() {
            if odd.grid.index_of(at).0[2] % 2 == 1 {
                *value = 0.0;
            }
        }
        let found = averaged(&odd, &target);
        let same = averaged(&volume, &target);
        let different = found
            .data
            .iter()
            .zip(&same.data)
            .filter(|(a, b)| a != b)
            .count();
        assert_eq!(different, found.data.len());
    }

    #[test]
    fn a_finer_target_is_interpolated_as_ever() {
        let volume = textured(upright([8, 9, 7], [2.0; 3], [0.0; 3]));
        let target = upright([16, 16, 12], [1.0; 3], [0.3; 3]);
        assert_eq!(averaged(&volume, &target), linear(&volume, &target));
    }

    #[test]
    fn a_turned_target_sees_the_mean_around_it() {
        let volume = textured(upright([40, 40, 40], [1.0; 3], [0.0; 3]));
        let (s, c) = 0.4f64.sin_cos();
        let affine = Affine([
            [4.0 * c, -4.0 * s, 0.0, 18.0],
            [4.0 * s, 4.0 * c, 0.0, 10.0],
            [0.0, 0.0, 4.0, 10.0],
        ]);
        let target = Grid {
            dims: [3, 3, 3],
            affine,
        };
        let spread = |volume: &Volume| {
            let mean = volume.data.iter().sum::<f32>() / 27.0;
            volume.data.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / 27.0
        };
        // Means of some 64 voxels of noise vary far less than the noise.
        assert!(spread(&averaged(&volume, &target)) < 0.05 * spread(&linear(&volume, &target)));
    }
}
