//! Turns volumes and labels into what the page draws: one RAS grid, u16 and u8.

use imaging::{Grid, LabelMap, Orientation, Volume, reorient, resample};

use crate::protocol::{DisplayGrid, Scale};
use crate::view;

/// The labels with their axes turned to RAS, which is the display's grid.
#[must_use]
pub fn turned(labels: &LabelMap) -> LabelMap {
    reorient(labels, Orientation::RAS)
}

/// What the page must know of the grid; `scan` is a sequence on it.
#[must_use]
pub fn display_grid(labels: &LabelMap, scan: &(Vec<u16>, Scale)) -> DisplayGrid {
    let dims = labels.grid.dims;
    let (stored, scale) = scan;
    // Air and the ringing of a resampling are darker than a twentieth of bright tissue.
    let visible = (scale.bright * 0.05 - scale.intercept) / scale.slope;
    DisplayGrid {
        dims,
        spacing_mm: labels.grid.spacing_mm(),
        content: view::content(dims, |at| f32::from(stored[at]) > visible),
        first_look: view::first_look(dims, &labels.data),
    }
}

/// A scan on the display's grid, in 16 bits.
#[must_use]
pub fn on_display(volume: &Volume, grid: &Grid) -> (Vec<u16>, Scale) {
    let turned = reorient(volume, Orientation::RAS);
    if turned.grid.is_close(grid) {
        return quantise(&turned.data);
    }
    quantise(&resample::linear(volume, grid).data)
}

/// Spreads values over all 65,536 steps, and finds the window that shows most of them: the 1st and
/// 99.5th percentile of those above 0.
#[must_use]
pub fn quantise(values: &[f32]) -> (Vec<u16>, Scale) {
    // Comparisons and not `f32::min`, `max` and `round`, which are calls in wasm.
    let ends = (f32::INFINITY, f32::NEG_INFINITY);
    let (low, high) = values.iter().fold(ends, |(low, high), &v| {
        (
            if v < low { v } else { low },
            if v > high { v } else { high },
        )
    });
    if low >= high || !(high - low).is_finite() {
        let flat = if low.is_finite() { low } else { 0.0 };
        let scale = Scale {
            slope: 1.0,
            intercept: flat,
            dark: flat,
            bright: flat + 1.0,
        };
        return (vec![0; values.len()], scale);
    }
    let slope = (high - low) / 65535.0;
    let stored: Vec<u16> = (values.iter())
        .map(|v| ((v - low) / slope + 0.5) as u16)
        .collect();
    let value = |step: usize| step as f32 * slope + low;
    let (dark, bright) = percentiles(&stored, value).unwrap_or((low, high));
    let scale = Scale {
        slope,
        intercept: low,
        dark,
        bright,
    };
    (stored, scale)
}

/// The 1st and 99.5th percentile of the values above 0, if they differ.
fn percentiles(stored: &[u16], value: impl Fn(usize) -> f32) -> Option<(f32, f32)> {
    let mut counts = vec![0u32; 65536];
    for step in stored {
        counts[usize::from(*step)] += 1;
    }
    let first = (0..65536).find(|step| value(*step) > 0.0)?;
    let total: u64 = counts[first..].iter().map(|n| u64::from(*n)).sum();
    let at = |share: f64| {
        let wanted = (total as f64 * share) as u64;
        let mut seen = 0;
        (first..65536).find(|step| {
            seen += u64::from(counts[*step]);
            seen > wanted
        })
    };
    let (dark, bright) = (value(at(0.01)?), value(at(0.995)?));
    (bright > dark).then_some((dark, bright))
}

#[cfg(test)]
mod tests {
    use super::*;
    use imaging::{Affine, RasPoint};

    fn volume(dims: [usize; 3], spacing_mm: [f64; 3], value: impl Fn([f64; 3]) -> f32) -> Volume {
        let affine = Affine::axis_aligned(spacing_mm, RasPoint([0.0; 3]));
        let grid = Grid { dims, affine };
        let data = (0..grid.voxel_count())
            .map(|at| value(affine.apply(grid.index_of(at).into()).0))
            .collect();
        Volume { grid, data }
    }

    #[test]
    fn stored_numbers_give_the_values_back() {
        let values: Vec<f32> = (0..1000).map(|i| (i as f32 - 80.0) * 18.0).collect();
        let (stored, scale) = quantise(&values);
        for (s, v) in stored.iter().zip(&values) {
            let back = f32::from(*s) * scale.slope + scale.intercept;
            assert!((back - v).abs() <= scale.slope, "{back} {v}");
        }
    }

    #[test]
    fn one_bright_vessel_does_not_darken_the_scan() {
        let mut values: Vec<f32> = (0..10_000).map(|i| (i % 100) as f32 + 1.0).collect();
        values.extend([0.0; 40_000]);
        values[5] = 18_000.0;
        let (_, scale) = quantise(&values);
        assert!((scale.bright - 100.0).abs() < 2.0, "{}", scale.bright);
        assert!((scale.dark - 1.5).abs() < 1.5, "{}", scale.dark);
    }

    #[test]
    fn flat_and_empty_scans_have_a_window_too() {
        for values in [vec![7.0; 10], vec![0.0; 10], vec![]] {
            let (stored, scale) = quantise(&values);
            assert_eq!(stored.len(), values.len());
            assert!(scale.bright > scale.dark && scale.slope > 0.0);
        }
    }

    #[test]
    fn other_grids_and_orientations_land_on_the_same_voxels() {
        // A ramp along each axis, resampled exactly by trilinear interpolation.
        let ramp = |p: [f64; 3]| (3.0 * p[0] + 5.0 * p[1] + 7.0 * p[2] + 1.0) as f32;
        let fine = volume([9, 11, 13], [1.0, 1.0, 1.0], ramp);
        let coarse = volume([5, 6, 7], [2.0, 2.0, 2.0], ramp);
        let lps = reorient(&fine, Orientation::LPS);
        let (exact, scale) = on_display(&fine, &fine.grid);
        for other in [lps, coarse] {
            let (stored, other_scale) = on_display(&other, &fine.grid);
            for at in 0..exact.len() {
                let a = f32::from(exact[at]) * scale.slope + scale.intercept;
                let b = f32::from(stored[at]) * other_scale.slope + other_scale.intercept;
                assert!((a - b).abs() < 0.01, "{at}: {a} {b}");
            }
        }
    }
}
