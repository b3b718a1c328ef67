//! Between which values a scan's brightness lies, but for single voxels that are far off.

use std::borrow::Cow;

use crate::background::{Background, samples};
use crate::{Image, Volume};

/// Voxels that stand for all.
const SAMPLES: usize = 1 << 15;

/// The part of the values, at either end, that is looked beyond.
const BEYOND: f64 = 0.001;

/// So many times the range between those ends a value may lie beyond them: vessels full of contrast agent do.
const ROOM: f32 = 1.0;

/// A scan's lowest and highest value that may be believed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The lowest.
    pub low: f32,
    /// The highest.
    pub high: f32,
}

impl Limits {
    /// Of a scan, by what is not its background: from the 0.1st to the 99.9th percentile, and as much again on either
    /// side.
    #[must_use]
    pub fn of(volume: &Volume) -> Self {
        let background = Background::of(volume).value;
        let mut values = samples(&volume.data, SAMPLES);
        values.retain(|v| *v != background);
        values.sort_unstable_by(f32::total_cmp);
        let Some(last) = values.len().checked_sub(1) else {
            return Self {
                low: f32::NEG_INFINITY,
                high: f32::INFINITY,
            };
        };
        let at = |part: f64| values[(part * last as f64).round() as usize];
        let (low, high) = (at(BEYOND), at(1.0 - BEYOND));
        let room = ROOM * (high - low);
        // The background is always among the values that may be.
        Self {
            low: (low - room).min(background),
            high: (high + room).max(background),
        }
    }

    /// The scan with what lies beyond brought back to the limits; itself where nothing does.
    #[must_use]
    pub fn clip(self, volume: &Volume) -> Cow<'_, Volume> {
        let beyond = |v: &f32| *v < self.low || *v > self.high;
        if !volume.data.iter().any(beyond) {
            return Cow::Borrowed(volume);
        }
        Cow::Owned(Image {
            grid: volume.grid,
            data: volume
                .data
                .iter()
                .map(|v| v.clamp(self.low, self.high))
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Affine, Grid};

    fn scan() -> Volume {
        let grid = Grid {
            dims: [40, 40, 40],
            affine: Affine::IDENTITY,
        };
        let value = |at: usize| {
            if at.is_multiple_of(3) {
                0.0
            } else {
                100.0 + (at * 7919 % 501) as f32
            }
        };
        Volume {
            grid,
            data: (0..grid.voxel_count()).map(value).collect(),
        }
    }

    #[test]
    fn a_sound_scan_stays_as_it_is() {
        let scan = scan();
        let limits = Limits::of(&scan);
        assert!(matches!(limits.clip(&scan), Cow::Borrowed(_)), "{limits:?}");
    }

    #[test]
    fn one_voxel_of_a_million_is_brought_back_and_the_rest_stays() {
        let mut hot = scan();
        let limits = Limits::of(&hot);
        hot.data[1000] = 1e6;
        hot.data[1001] = -1e6;
        assert_eq!(Limits::of(&hot), limits);
        let clipped = limits.clip(&hot).into_owned();
        assert_eq!(
            [clipped.data[1000], clipped.data[1001]],
            [limits.high, limits.low]
        );
        assert!(limits.high < 1200.0 && limits.low > -600.0, "{limits:?}");
        let same = clipped
            .data
            .iter()
            .zip(&hot.data)
            .filter(|(a, b)| a == b)
            .count();
        assert_eq!(same, hot.data.len() - 2);
    }

    #[test]
    fn what_is_empty_has_no_limits() {
        let mut empty = scan();
        empty.data.fill(0.0);
        assert!(matches!(Limits::of(&empty).clip(&empty), Cow::Borrowed(_)));
    }
}
