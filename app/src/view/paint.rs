//! Paints one slice, a pixel a voxel.

use super::{OUTLINE, Plane, Scene, Shown, SliceMap};

/// Red, green, blue, opaque; rows from the top. The canvas scales it to the slice's [`super::Place`].
#[must_use]
pub fn paint(shown: &Shown, plane: Plane, scene: &Scene) -> Vec<u8> {
    let map = SliceMap::new(plane, scene.side, shown.grid().dims);
    let (start, across, down) = map.strides(scene.cross[plane.through()]);
    let (stored, scale) = shown.sequence(scene.sequence);
    let labels = shown.labels();
    let (gain, offset) = scene.window.ramp();
    // Both linear maps in one: from the stored number straight to grey.
    let (gain, offset) = (gain * scale.slope, gain * scale.intercept + offset);
    let colours: [Option<[u8; 3]>; 256] =
        std::array::from_fn(|label| scene.overlay.colour(label as u8));
    let opacity = scene.overlay.opacity.clamp(0.0, 1.0);

    let mut pixels = Vec::with_capacity(map.columns() * map.rows() * 4);
    for row in 0..map.rows() {
        let first = start + row as isize * down;
        for column in 0..map.columns() {
            let at = (first + column as isize * across) as usize;
            // `as` saturates, which is the clamp wanted here.
            let grey = (f32::from(stored[at]) * gain + offset).round() as u8;
            let pixel = match colours[usize::from(labels[at])] {
                None => [grey; 3],
                Some(colour) => colour.map(|c| {
                    (f32::from(grey) * (1.0 - opacity) + f32::from(c) * opacity).round() as u8
                }),
            };
            let edge = scene.overlay.outline
                && shown.is_brain(at)
                && is_edge(shown, &map, [row, column], [first, across, down]);
            let pixel = if edge { OUTLINE } else { pixel };
            pixels.extend_from_slice(&[pixel[0], pixel[1], pixel[2], 255]);
        }
    }
    pixels
}

/// Whether a voxel of the brain has a neighbour in this slice that is none; beyond the slice there is no brain.
fn is_edge(
    shown: &Shown,
    map: &SliceMap,
    [row, column]: [usize; 2],
    [first, across, down]: [isize; 3],
) -> bool {
    let at = first + column as isize * across;
    let out = |there: isize| !shown.is_brain(there as usize);
    (column == 0 || out(at - across))
        || (column + 1 == map.columns() || out(at + across))
        || (row == 0 || out(at - down))
        || (row + 1 == map.rows() || out(at + down))
}

#[cfg(test)]
mod tests {
    use super::super::data::tests::counting;
    use super::super::{LABELS, Overlay, Side, Window};
    use super::*;
    use imaging::Sequence;

    fn scene(shown: &Shown, cross: [usize; 3]) -> Scene {
        Scene {
            cross,
            side: Side::Radiological,
            sequence: Sequence::T2,
            window: shown.window(Sequence::T2),
            overlay: Overlay {
                opacity: 1.0,
                visible: [true; 3],
                outline: false,
            },
        }
    }

    fn pixel(pixels: &[u8], columns: usize, column: usize, row: usize) -> [u8; 3] {
        let at = (row * columns + column) * 4;
        [pixels[at], pixels[at + 1], pixels[at + 2]]
    }

    #[test]
    fn a_lesion_of_the_right_front_head_is_at_the_left_top_of_every_view() {
        // dims 3, 4, 5; the last voxel is rightmost, foremost, topmost.
        let shown = counting([3, 4, 5], &[(59, 3)]);
        let s = scene(&shown, [2, 3, 4]);
        for (plane, columns) in [(Plane::Axial, 3), (Plane::Coronal, 3), (Plane::Sagittal, 4)] {
            let pixels = paint(&shown, plane, &s);
            assert_eq!(pixel(&pixels, columns, 0, 0), LABELS[2].colour, "{plane:?}");
            let coloured = (pixels.chunks_exact(4)).filter(|p| p[0] != p[2]).count();
            assert_eq!(coloured, 1, "{plane:?}");
        }
    }

    #[test]
    fn grey_follows_the_window_through_slope_and_intercept() {
        let shown = counting([3, 4, 5], &[]);
        let mut s = scene(&shown, [0, 0, 1]);
        // Slice z = 1 stores 12..24, values 14..36.
        s.window = Window::between(14.0, 36.0);
        let pixels = paint(&shown, Plane::Axial, &s);
        // Stored 12 (value 14) is the left back voxel: right bottom pixel.
        assert_eq!(pixel(&pixels, 3, 2, 3), [0; 3]);
        assert_eq!(pixel(&pixels, 3, 0, 0), [255; 3]);
        // Stored 17, value 24: x 2, y 1.
        let expected = ((24.0 - 14.0) / 22.0 * 255.0f32).round() as u8;
        assert_eq!(pixel(&pixels, 3, 0, 2), [expected; 3]);
        s.window = Window::between(20.0, 21.0);
        let clipped = paint(&shown, Plane::Axial, &s);
        assert_eq!(pixel(&clipped, 3, 2, 3), [0; 3]);
        assert_eq!(pixel(&clipped, 3, 0, 0), [255; 3]);
    }

    #[test]
    fn hidden_labels_and_no_opacity_leave_the_scan_as_it_is() {
        let shown = counting([3, 4, 5], &[(59, 3)]);
        let bare = paint(
            &counting([3, 4, 5], &[]),
            Plane::Axial,
            &scene(&shown, [2, 3, 4]),
        );
        let mut s = scene(&shown, [2, 3, 4]);
        s.overlay.visible[2] = false;
        assert_eq!(paint(&shown, Plane::Axial, &s), bare);
        s.overlay = Overlay {
            opacity: 0.0,
            visible: [true; 3],
            outline: false,
        };
        assert_eq!(paint(&shown, Plane::Axial, &s), bare);
    }

    #[test]
    fn the_outline_is_the_brains_outermost_voxels_in_the_slice() {
        let dims = [5, 6, 5];
        let inside = |at: usize| {
            let (x, y, z) = (at % 5, at / 5 % 6, at / 30);
            (1..4).contains(&x) && (1..5).contains(&y) && (1..4).contains(&z)
        };
        let brain = (0..150).map(|at| u8::from(inside(at))).collect();
        let shown = counting(dims, &[]).with_brain(brain);
        let mut s = scene(&shown, [2, 2, 2]);
        s.overlay.outline = true;
        for (plane, columns, rows) in [(Plane::Axial, 5, 6), (Plane::Sagittal, 6, 5)] {
            let pixels = paint(&shown, plane, &s);
            let drawn = |row: usize, column: usize| pixel(&pixels, columns, column, row) == OUTLINE;
            for row in 0..rows {
                for column in 0..columns {
                    let inside = |n: usize, at: usize| (1..n - 1).contains(&at);
                    let inner = |n: usize, at: usize| (2..n - 2).contains(&at);
                    let edge = inside(rows, row)
                        && inside(columns, column)
                        && !(inner(rows, row) && inner(columns, column));
                    assert_eq!(drawn(row, column), edge, "{plane:?} {row} {column}");
                }
            }
        }
    }
}
