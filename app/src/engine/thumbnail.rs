//! A small picture of a scan, so that the person sees which sequence it is.

use imaging::{Orientation, Volume, reorient};

use crate::view::{self, Plane, Side, SliceMap};

/// Longest side in pixels.
const LONGEST: f64 = 192.0;
/// How high the slice lies between the lowest and the highest: through the ventricles, mostly.
const HEIGHT: f64 = 0.55;

/// Grey bytes, rows from the top; an axial slice, radiological, in true proportions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width × height` bytes.
    pub grey: Vec<u8>,
}

/// Draws one slice of a scan in any orientation.
#[must_use]
pub fn thumbnail(volume: &Volume) -> Thumbnail {
    let ras = reorient(volume, Orientation::RAS);
    let map = SliceMap::new(Plane::Axial, Side::Radiological, ras.grid.dims);
    let (across_mm, down_mm) = map.size_mm(ras.grid.spacing_mm());
    let per_mm = LONGEST / across_mm.max(down_mm);
    let pixels = |mm: f64| ((mm * per_mm).round() as usize).max(1);
    let (width, height) = (pixels(across_mm), pixels(down_mm));

    let slice = (ras.grid.dims[2] as f64 * HEIGHT) as usize;
    let (start, across, down) = map.strides(slice);
    let value = |column: usize, row: usize| {
        ras.data[(start + column as isize * across + row as isize * down) as usize]
    };
    let (columns, rows) = (map.columns(), map.rows());
    let background = view::background([columns, rows, 1], |at| value(at % columns, at / columns));
    let values = (0..columns * rows).map(|at| value(at % columns, at / columns));
    let (dark, bright) = view::Ends::of(values, background)
        .map_or((background, background + 1.0), |ends| {
            (ends.black(), ends.bright)
        });
    let mut grey = Vec::with_capacity(width * height);
    for row in 0..height {
        let (top, bottom, low) = between(row, height, map.rows());
        for column in 0..width {
            let (left, right, far) = between(column, width, map.columns());
            let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
            let v = mix(
                mix(value(left, top), value(right, top), far),
                mix(value(left, bottom), value(right, bottom), far),
                low,
            );
            grey.push(((v - dark) / (bright - dark) * 255.0) as u8);
        }
    }
    Thumbnail {
        width,
        height,
        grey,
    }
}

/// The two source pixels around the middle of target pixel `at`, and how near the second is.
fn between(at: usize, targets: usize, sources: usize) -> (usize, usize, f32) {
    let place = (at as f64 + 0.5) / targets as f64 * sources as f64 - 0.5;
    let place = place.clamp(0.0, (sources - 1) as f64);
    let first = place as usize;
    (
        first,
        (first + 1).min(sources - 1),
        (place - first as f64) as f32,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use imaging::{Affine, Grid, RasPoint};

    /// 40 by 20 by 5 voxels of 1 by 4 by 6 mm; bright in the patient's right front quarter.
    fn phantom() -> Volume {
        let affine = Affine::axis_aligned([1.0, 4.0, 6.0], RasPoint([0.0; 3]));
        let dims = [40, 20, 5];
        let mut data = vec![1.0; 40 * 20 * 5];
        for (at, value) in data.iter_mut().enumerate() {
            let (x, y) = (at % 40, at / 40 % 20);
            if x >= 20 && y >= 10 {
                *value = 100.0;
            }
        }
        let grid = Grid { dims, affine };
        Volume { grid, data }
    }

    #[test]
    fn proportions_are_those_of_the_patient() {
        let t = thumbnail(&phantom());
        assert_eq!((t.width, t.height), (96, 192));
        assert_eq!(t.grey.len(), 96 * 192);
    }

    #[test]
    fn right_and_front_are_left_and_top_from_every_orientation() {
        for orientation in Orientation::all() {
            let t = thumbnail(&reorient(&phantom(), orientation));
            let at = |column: usize, row: usize| t.grey[row * t.width + column];
            assert!(at(20, 40) > 200, "{orientation}");
            assert!(at(70, 40) < 50, "{orientation}");
            assert!(at(20, 150) < 50, "{orientation}");
        }
    }

    #[test]
    fn neither_a_hot_voxel_nor_a_raised_background_hides_the_scan() {
        let mut v = phantom();
        // Air on every side, in the slice that is drawn.
        for (at, value) in v.data.iter_mut().enumerate() {
            let (x, y) = (at % 40, at / 40 % 20);
            if !(3..=36).contains(&x) || !(3..=16).contains(&y) {
                *value = -20.0;
            }
        }
        v.data[40 * 20 * 2 + 40 * 8 + 8] = 1e6;
        let t = thumbnail(&v);
        let at = |column: usize, row: usize| t.grey[row * t.width + column];
        assert!(
            at(20, 40) > 60 && at(70, 150) < at(20, 40) / 2,
            "{} {}",
            at(20, 40),
            at(70, 150)
        );
        assert_eq!(at(1, 1), 0);
    }

    #[test]
    fn an_empty_scan_is_black_and_not_a_panic() {
        let mut v = phantom();
        v.data.fill(0.0);
        assert!(thumbnail(&v).grey.iter().all(|g| *g == 0));
        v.data.fill(-3.0);
        assert_eq!(thumbnail(&v).grey.len(), 96 * 192);
    }
}
