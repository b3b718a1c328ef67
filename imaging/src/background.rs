//! What surrounds the head: one value, and how noisy it is.
//!
//! It is found rather than taken to be 0: pictures that were z-scored as a whole have a negative one, some formats
//! cannot hold 0, and air is noise or the ringing of a resampling.

use crate::Volume;

/// Voxels that are looked at to find the commonest value.
const SAMPLES: usize = 1 << 15;

/// A value that so many of the voxels share is the background's: no tissue has one value so often.
const COMMON: f64 = 0.05;

/// So many deviations of the noise around the background's value are background.
const NOISE: f32 = 4.0;

/// Noise above this part of the range is no noise: the head reaches the faces of the picture.
const MOST_NOISE: f32 = 0.1;

/// The surroundings of a head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Background {
    /// What most of it is.
    pub value: f32,
    /// The standard deviation of what it is otherwise; 0 where it is constant, or was not found.
    pub noise: f32,
}

impl Background {
    /// Finds it: the value that at least a twentieth of the voxels share, or else the median of the picture's faces.
    #[must_use]
    pub fn of(volume: &Volume) -> Self {
        let mut values = samples(&volume.data, SAMPLES);
        values.sort_unstable_by(f32::total_cmp);
        let Some((low, high)) = ends(&values) else {
            return Self {
                value: 0.0,
                noise: 0.0,
            };
        };
        let mut faces = faces(volume);
        faces.sort_unstable_by(f32::total_cmp);
        let (commonest, count) = commonest(&values);
        let value = if count as f64 >= COMMON * values.len() as f64 {
            commonest
        } else {
            faces[faces.len() / 2]
        };
        let mut apart: Vec<f32> = faces.iter().map(|v| (v - value).abs()).collect();
        apart.sort_unstable_by(f32::total_cmp);
        // Three quarters of a normal distribution lie within 1.15 of its deviations.
        let noise = apart[apart.len() * 3 / 4] / 1.15;
        let found = noise <= MOST_NOISE * (high - low);
        // Zeros are so commonly the background that nothing else is taken for it on weak grounds.
        let sure = found || count as f64 >= COMMON * values.len() as f64;
        Self {
            value: if sure { value } else { 0.0 },
            noise: if found { noise } else { 0.0 },
        }
    }

    /// How far from [`Self::value`] what is still background lies.
    #[must_use]
    pub fn reach(self) -> f32 {
        NOISE * self.noise
    }
}

/// Some of the values, from everywhere: steps of the golden ratio, which fall into no row's rhythm.
pub(crate) fn samples(data: &[f32], count: usize) -> Vec<f32> {
    if data.len() <= count {
        return data.to_vec();
    }
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let place = |i: usize| ((i as f64 * GOLDEN).fract() * data.len() as f64) as usize;
    (0..count).map(|i| data[place(i)]).collect()
}

/// The first and the last percentile of sorted values.
fn ends(sorted: &[f32]) -> Option<(f32, f32)> {
    let last = sorted.len().checked_sub(1)?;
    Some((sorted[last / 100], sorted[last - last / 100]))
}

/// The commonest of sorted values, and how often it is there; of equals the first.
fn commonest(sorted: &[f32]) -> (f32, usize) {
    let runs = sorted.chunk_by(|a, b| a == b);
    runs.fold((0.0, 0), |best, run| {
        if run.len() > best.1 {
            (run[0], run.len())
        } else {
            best
        }
    })
}

/// The outermost voxels; of flat pictures those of the sides that are not all of it.
fn faces(volume: &Volume) -> Vec<f32> {
    let [nx, ny, nz] = volume.grid.dims;
    let mut faces = Vec::new();
    for (row, values) in volume.data.chunks_exact(nx.max(1)).enumerate() {
        let (y, z) = (row % ny, row / ny);
        let outer = |at: usize, size: usize| size > 2 && (at == 0 || at + 1 == size);
        if outer(y, ny) || outer(z, nz) {
            faces.extend_from_slice(values);
        } else {
            faces.extend([values[0], values[nx - 1]]);
        }
    }
    samples(&faces, SAMPLES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Affine, Grid, VoxelIndex};

    /// A ball of 100 to 140 in the middle, and what `air` gives for a voxel's number around it.
    fn ball(air: impl Fn(usize) -> f32) -> Volume {
        let grid = Grid {
            dims: [24, 26, 22],
            affine: Affine::IDENTITY,
        };
        let value = |at: usize| {
            let VoxelIndex([x, y, z]) = grid.index_of(at);
            let square = |a: usize, b: f32| (a as f32 - b).powi(2);
            if square(x, 12.0) + square(y, 13.0) + square(z, 10.0) < 64.0 {
                100.0 + (at * 7919 % 41) as f32
            } else {
                air(at)
            }
        };
        Volume {
            grid,
            data: (0..grid.voxel_count()).map(value).collect(),
        }
    }

    #[test]
    fn a_constant_background_is_found_whatever_its_value() {
        for value in [0.0, -1.25, 7.0] {
            let found = Background::of(&ball(|_| value));
            assert_eq!(found, Background { value, noise: 0.0 });
        }
    }

    #[test]
    fn noise_around_a_value_is_measured() {
        // Twelve uniform numbers less six are nearly normal, with a deviation of 1.
        let normal = |at: usize| {
            let mut state = at as u32 * 747_796_405 + 1;
            let mut next = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state as f32 / u32::MAX as f32
            };
            (0..12).map(|_| next()).sum::<f32>() - 6.0
        };
        let found = Background::of(&ball(|at| 3.0 + 2.0 * normal(at)));
        assert!((found.value - 3.0).abs() < 0.3, "{found:?}");
        assert!((found.noise - 2.0).abs() < 0.2, "{found:?}");
    }

    #[test]
    fn a_head_that_fills_the_picture_has_no_background() {
        let full = ball(|at| 50.0 + (at * 6101 % 173) as f32);
        assert_eq!(
            Background::of(&full),
            Background {
                value: 0.0,
                noise: 0.0
            }
        );
    }

    #[test]
    fn one_slice_and_one_voxel_have_some() {
        let slice = ball(|_| 0.0).window([0, 0, 10], [24, 26, 1], 0.0);
        assert_eq!(Background::of(&slice).value, 0.0);
        let voxel = ball(|_| 0.0).window([12, 13, 10], [1, 1, 1], 0.0);
        let _ = Background::of(&voxel);
    }
}
