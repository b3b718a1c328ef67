//! Where a slice lies on its canvas: as large as fits, centred, in true proportions.

use super::SliceMap;

/// The slice's rectangle in canvas units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// A point of the canvas as column and row, whether or not it hits the slice.
pub type SplitPoint = (usize, usize);

impl Place {
    /// Fits a slice with voxels of `spacing_mm` into a canvas of `width` by `height`.
    #[must_use]
    pub fn fit(map: &SliceMap, spacing_mm: [f64; 3], width: f64, height: f64) -> Self {
        let (across_mm, down_mm) = map.size_mm(spacing_mm);
        let per_mm = (width / across_mm).min(height / down_mm);
        let (w, h) = (across_mm * per_mm, down_mm * per_mm);
        Self {
            x: (width - w) / 2.0,
            y: (height - h) / 2.0,
            width: w,
            height: h,
        }
    }

    /// Column and row under a canvas point; past an edge, the nearest, so that a drag can leave the
    /// slice.
    #[must_use]
    pub fn pixel(&self, map: &SliceMap, x: f64, y: f64) -> SplitPoint {
        let along = |at: f64, count: usize| {
            let at = (at * count as f64).floor();
            at.clamp(0.0, (count - 1) as f64) as usize
        };
        (
            along((x - self.x) / self.width, map.columns()),
            along((y - self.y) / self.height, map.rows()),
        )
    }

    /// The middle of a pixel on the canvas.
    #[must_use]
    pub fn centre(&self, map: &SliceMap, (column, row): SplitPoint) -> (f64, f64) {
        (
            self.x + (column as f64 + 0.5) / map.columns() as f64 * self.width,
            self.y + (row as f64 + 0.5) / map.rows() as f64 * self.height,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{Plane, Side};

    #[test]
    fn thick_slices_are_drawn_as_tall_as_they_are() {
        // 40 mm wide, 5 slices of 6 mm: 30 mm high.
        let map = SliceMap::new(Plane::Coronal, Side::Radiological, [40, 50, 5]);
        let place = Place::fit(&map, [1.0, 1.0, 6.0], 400.0, 400.0);
        assert_eq!((place.width, place.height), (400.0, 300.0));
        assert_eq!((place.x, place.y), (0.0, 50.0));
    }

    #[test]
    fn the_middle_of_every_pixel_hits_that_pixel() {
        let map = SliceMap::new(Plane::Axial, Side::Radiological, [7, 9, 3]);
        let place = Place::fit(&map, [0.7, 1.3, 2.0], 311.0, 207.0);
        for row in 0..9 {
            for column in 0..7 {
                let (x, y) = place.centre(&map, (column, row));
                assert_eq!(place.pixel(&map, x, y), (column, row));
            }
        }
    }

    #[test]
    fn a_point_beside_the_slice_means_its_nearest_pixel() {
        let map = SliceMap::new(Plane::Axial, Side::Radiological, [4, 8, 3]);
        let place = Place::fit(&map, [1.0; 3], 100.0, 100.0);
        assert_eq!(place.pixel(&map, -50.0, 500.0), (0, 7));
        assert_eq!(place.pixel(&map, 1000.0, -1.0), (3, 0));
    }
}
