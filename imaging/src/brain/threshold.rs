//! What counts as something rather than background.

use crate::Volume;

/// Above this part of the 99th percentile a voxel is something. Resampled scans have small values
/// of both signs outside the brain, which is why it is not 0 and why signs are ignored.
const PART: f32 = 1e-3;

/// The magnitude above which a voxel counts: 0.1 % of [`percentile_99`].
pub(super) fn threshold(volume: &Volume) -> f32 {
    PART * percentile_99(volume)
}

/// The 99th percentile of |v| over the voxels that are not 0 (nearest rank); 0 if all are. Leaving
/// the zeros out makes it independent of how much empty space surrounds the head.
#[must_use]
pub fn percentile_99(volume: &Volume) -> f32 {
    // The bits of a non-negative float sort as its value does, so two counting passes over halves
    // of them find the exact element without a sorted copy of the volume.
    let bits = || {
        volume
            .data
            .iter()
            .map(|v| v.abs().to_bits())
            .filter(|b| *b != 0)
    };
    // 64 bits, since the rank is computed from 99 times the count.
    let mut counts = vec![0u64; 1 << 16];
    let mut total = 0u64;
    for b in bits() {
        counts[(b >> 16) as usize] += 1;
        total += 1;
    }
    if total == 0 {
        return 0.0;
    }
    let rank = (total * 99).div_ceil(100);
    let (high, below) = bucket(&counts, rank);
    counts.fill(0);
    for b in bits().filter(|b| (b >> 16) as usize == high) {
        counts[(b & 0xffff) as usize] += 1;
    }
    let (low, _) = bucket(&counts, rank - below);
    f32::from_bits(((high as u32) << 16) | low as u32)
}

/// The bucket that holds the `rank`-th element (from 1), and how many lie in those before it.
fn bucket(counts: &[u64], rank: u64) -> (usize, u64) {
    let mut below = 0;
    for (number, count) in counts.iter().enumerate() {
        if below + count >= rank {
            return (number, below);
        }
        below += count;
    }
    (counts.len() - 1, below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Affine, Grid};

    fn volume(data: Vec<f32>) -> Volume {
        let grid = Grid {
            dims: [data.len(), 1, 1],
            affine: Affine::IDENTITY,
        };
        Volume { grid, data }
    }

    #[test]
    fn it_is_the_element_that_sorting_finds() {
        let mut state = 7u32;
        for size in [1, 2, 99, 100, 101, 5000] {
            let data: Vec<f32> = (0..size)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state as f32 / 1e6 - 1500.0).powi(3)
                })
                .collect();
            let mut sorted: Vec<f32> = data.iter().map(|v| v.abs()).collect();
            sorted.sort_by(f32::total_cmp);
            let expected = sorted[(0.99 * size as f64).ceil() as usize - 1];
            assert_eq!(percentile_99(&volume(data)), expected, "{size}");
        }
    }

    #[test]
    fn zeros_do_not_move_it() {
        let data: Vec<f32> = (1..=200).map(|i| i as f32).collect();
        let mut padded = data.clone();
        padded.resize(100_000, 0.0);
        assert_eq!(percentile_99(&volume(data)), 198.0);
        assert_eq!(percentile_99(&volume(padded)), 198.0);
        assert_eq!(percentile_99(&volume(vec![0.0, -0.0])), 0.0);
    }
}
