//! Where a slice lies on its canvas: the head as large as fits, centred, in true proportions.

use super::SliceMap;
use crate::protocol::DisplayGrid;

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
    /// Fits the grid's content into a canvas of `width` by `height`; the rest of the slice lies
    /// around it, past the canvas' edges where there is no room.
    #[must_use]
    pub fn fit(map: &SliceMap, grid: &DisplayGrid, width: f64, height: f64) -> Self {
        let (across_mm, down_mm) = map.size_mm(grid.spacing_mm);
        let (columns, rows) = (map.columns() as f64, map.rows() as f64);
        let (first, size) = grid.content;
        // Both corners of the content as pixels; which is left or top depends on the side.
        let last = [0, 1, 2].map(|axis| first[axis] + size[axis].max(1) - 1);
        let ((c0, r0), (c1, r1)) = (map.pixel(first), map.pixel(last));
        let span = |a: usize, b: usize| (a.min(b) as f64, a.max(b) as f64 + 1.0);
        let ((left, right), (top, bottom)) = (span(c0, c1), span(r0, r1));
        let content_mm = (
            across_mm * (right - left) / columns,
            down_mm * (bottom - top) / rows,
        );
        let per_mm = (width / content_mm.0).min(height / content_mm.1);
        let (w, h) = (across_mm * per_mm, down_mm * per_mm);
        Self {
            x: width / 2.0 - w * (left + right) / 2.0 / columns,
            y: height / 2.0 - h * (top + bottom) / 2.0 / rows,
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

    fn grid(dims: [usize; 3], spacing_mm: [f64; 3]) -> DisplayGrid {
        DisplayGrid {
            dims,
            spacing_mm,
            content: ([0; 3], dims),
            first_look: [0; 3],
        }
    }

    #[test]
    fn the_content_fills_the_canvas_on_the_side_where_it_is_shown() {
        let mut g = grid([100, 80, 60], [1.0, 1.0, 2.0]);
        // 20 mm of the patient's right, 20 of 80 at the back, all slices.
        g.content = ([80, 0, 0], [20, 20, 60]);
        let radiological = SliceMap::new(Plane::Axial, Side::Radiological, g.dims);
        let place = Place::fit(&radiological, &g, 200.0, 200.0);
        assert_eq!((place.width, place.height), (1000.0, 800.0));
        assert_eq!(place.pixel(&radiological, 0.0, 199.9), (0, 79));
        assert_eq!(place.pixel(&radiological, 199.9, 0.0), (19, 60));
        let neurological = SliceMap::new(Plane::Axial, Side::Neurological, g.dims);
        let place = Place::fit(&neurological, &g, 200.0, 200.0);
        assert_eq!(place.pixel(&neurological, 0.0, 0.0), (80, 60));
    }

    #[test]
    fn thick_slices_are_drawn_as_tall_as_they_are() {
        // 40 mm wide, 5 slices of 6 mm: 30 mm high.
        let map = SliceMap::new(Plane::Coronal, Side::Radiological, [40, 50, 5]);
        let place = Place::fit(&map, &grid([40, 50, 5], [1.0, 1.0, 6.0]), 400.0, 400.0);
        assert_eq!((place.width, place.height), (400.0, 300.0));
        assert_eq!((place.x, place.y), (0.0, 50.0));
    }

    #[test]
    fn the_middle_of_every_pixel_hits_that_pixel() {
        let map = SliceMap::new(Plane::Axial, Side::Radiological, [7, 9, 3]);
        let place = Place::fit(&map, &grid([7, 9, 3], [0.7, 1.3, 2.0]), 311.0, 207.0);
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
        let place = Place::fit(&map, &grid([4, 8, 3], [1.0; 3]), 100.0, 100.0);
        assert_eq!(place.pixel(&map, -50.0, 500.0), (0, 7));
        assert_eq!(place.pixel(&map, 1000.0, -1.0), (3, 0));
    }
}
