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
    let value = |at: usize| f32::from(stored[at]) * scale.slope + scale.intercept;
    let background = view::background(dims, value);
    // What differs less from the background than by a twentieth of bright tissue is air and the ringing of a
    // resampling.
    let visible = 0.05 * (scale.bright - background);
    DisplayGrid {
        dims,
        spacing_mm: labels.grid.spacing_mm(),
        content: view::content(dims, |at| (value(at) - background).abs() > visible),
        first_look: view::first_look(dims, &labels.data),
    }
}

/// A scan on the display's grid, in 16 bits.
#[must_use]
pub fn on_display(volume: &Volume, grid: &Grid) -> (Vec<u16>, Scale) {
    // Of the scan itself: beyond its own grid a resampled one is 0.
    let background = view::background(volume.grid.dims, |at| volume.data[at]);
    let turned = reorient(volume, Orientation::RAS);
    if turned.grid.is_close(grid) {
        return quantise(&turned.data, background);
    }
    quantise(&resample::linear(volume, grid).data, background)
}

/// Spreads values over all 65,536 steps, and finds the window that shows most of those beside the background. What
/// lies far beyond the window is stored as its end, so that one voxel of 10⁶ leaves steps for the others.
#[must_use]
pub fn quantise(values: &[f32], background: f32) -> (Vec<u16>, Scale) {
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
    // An odd step meets every column of a grid whose sides are even.
    let step = (values.len() / SAMPLES) | 1;
    let shown = view::Ends::of(values.iter().copied().step_by(step), background);
    let (dark, bright) = shown.map_or((low, high), |ends| (ends.low.min(ends.bright), ends.bright));
    let dark = if dark < bright { dark } else { low };
    let reach = BEYOND * (bright - dark);
    let (low, high) = (low.max(dark - reach), high.min(bright + reach));

    let slope = (high - low) / 65535.0;
    // `as` saturates, which is the clamp wanted here.
    let stored = (values.iter()).map(|v| ((v - low) / slope + 0.5) as u16);
    let scale = Scale {
        slope,
        intercept: low,
        dark,
        bright,
    };
    (stored.collect(), scale)
}

/// Values that are looked at for the window.
const SAMPLES: usize = 200_000;

/// Widths of the window beyond it that are stored; a drag can still reach them.
const BEYOND: f32 = 8.0;

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
        let (stored, scale) = quantise(&values, 0.0);
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
        let (_, scale) = quantise(&values, 0.0);
        assert!((scale.bright - 100.0).abs() < 2.0, "{}", scale.bright);
        assert!((scale.dark - 1.5).abs() < 1.5, "{}", scale.dark);
    }

    #[test]
    fn one_voxel_of_a_million_leaves_the_others_their_steps() {
        let mut values: Vec<f32> = (0..50_000).map(|i| (i % 1000) as f32).collect();
        values[5] = 1e6;
        let (stored, scale) = quantise(&values, 0.0);
        assert!(scale.bright < 1000.0 && scale.slope < 0.2, "{scale:?}");
        assert_eq!(stored[5], u16::MAX);
        let back = f32::from(stored[777]) * scale.slope + scale.intercept;
        assert!((back - 777.0).abs() <= scale.slope, "{back}");
    }

    #[test]
    fn a_scan_scored_with_its_background_is_boxed_and_shown_from_black() {
        let dims = [20, 20, 20];
        let inside = |at: usize| {
            (at % 20).abs_diff(10) < 5
                && (at / 20 % 20).abs_diff(10) < 5
                && (at / 400).abs_diff(10) < 5
        };
        let affine = Affine::axis_aligned([1.0; 3], RasPoint([0.0; 3]));
        let grid = Grid { dims, affine };
        let data = (0..8000).map(|at| {
            if inside(at) {
                (at % 7) as f32 * 0.5 - 0.3
            } else {
                -0.5
            }
        });
        let scan = Volume {
            grid,
            data: data.collect(),
        };
        let labels = LabelMap {
            grid,
            data: vec![0; 8000],
        };
        let shown = on_display(&scan, &grid);
        assert!(
            (shown.1.dark + 0.3).abs() < 0.01 && (shown.1.bright - 2.7).abs() < 0.01,
            "{:?}",
            shown.1
        );
        assert_eq!(
            display_grid(&labels, &shown).content,
            ([6, 6, 6], [9, 9, 9])
        );
    }

    #[test]
    fn flat_and_empty_scans_have_a_window_too() {
        for values in [vec![7.0; 10], vec![0.0; 10], vec![]] {
            let (stored, scale) = quantise(&values, 0.0);
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
