//! The shape of an average brain, and that shape laid into a patient.
//!
//! The table was measured on the brain mask of the ICBM 152 nonlinear average of 2009 (McConnell
//! Brain Imaging Centre; see `NOTICE`). It starts from 0, -18, 4 mm there, between the thalami.

use super::sphere::{dot, length, times};

/// Steps of the table over half a turn: 7.5° each, 9 mm on the surface.
const STEPS: usize = 24;

/// How far the brain reaches from its middle, in mm. Rows go from straight up to straight down, columns
/// from the front over the side to the back; both sides are alike.
#[rustfmt::skip]
const RADIUS_MM: [[u8; STEPS + 1]; STEPS + 1] = [
    [72, 72, 72, 72, 72, 72, 72, 73, 73, 73, 73, 73, 73, 73, 73, 73, 73, 73, 72, 72, 72, 72, 72, 72, 72],
    [70, 71, 71, 72, 73, 74, 74, 75, 75, 75, 76, 76, 76, 77, 77, 78, 77, 77, 77, 77, 76, 75, 75, 74, 74],
    [72, 72, 73, 75, 75, 75, 76, 76, 76, 76, 75, 76, 76, 77, 77, 77, 78, 78, 79, 79, 80, 79, 77, 76, 76],
    [72, 73, 75, 75, 75, 75, 76, 76, 76, 75, 76, 77, 78, 77, 77, 78, 79, 79, 80, 82, 82, 82, 79, 76, 75],
    [73, 75, 75, 75, 75, 76, 75, 74, 73, 73, 75, 76, 78, 77, 78, 79, 79, 80, 81, 82, 82, 83, 82, 79, 76],
    [74, 76, 76, 77, 77, 76, 75, 76, 75, 74, 75, 76, 77, 78, 80, 79, 79, 81, 82, 83, 83, 83, 82, 79, 76],
    [77, 79, 78, 78, 77, 76, 77, 76, 75, 74, 74, 75, 77, 78, 78, 79, 79, 81, 82, 82, 83, 83, 84, 81, 77],
    [79, 81, 80, 79, 77, 77, 77, 76, 75, 74, 75, 75, 77, 78, 80, 81, 82, 83, 83, 83, 83, 83, 83, 80, 77],
    [82, 84, 82, 80, 80, 78, 77, 75, 73, 73, 74, 74, 75, 78, 79, 81, 81, 83, 84, 84, 84, 84, 83, 81, 77],
    [84, 86, 84, 83, 81, 79, 78, 76, 73, 74, 73, 74, 74, 76, 77, 79, 80, 82, 83, 84, 85, 84, 85, 83, 78],
    [86, 88, 88, 85, 84, 81, 78, 75, 73, 72, 71, 72, 72, 73, 75, 77, 78, 79, 82, 83, 84, 84, 86, 85, 80],
    [87, 91, 90, 88, 86, 82, 79, 76, 72, 71, 70, 70, 70, 72, 74, 76, 77, 79, 80, 83, 85, 87, 88, 88, 82],
    [88, 92, 92, 90, 88, 84, 80, 75, 70, 68, 67, 69, 71, 72, 74, 76, 77, 79, 80, 83, 86, 88, 90, 90, 82],
    [89, 92, 91, 91, 89, 85, 80, 72, 66, 68, 68, 69, 71, 73, 75, 76, 78, 79, 80, 84, 87, 89, 91, 89, 81],
    [88, 89, 88, 86, 85, 83, 77, 68, 69, 68, 70, 72, 74, 75, 75, 77, 77, 79, 79, 82, 85, 86, 86, 82, 77],
    [83, 83, 75, 70, 70, 71, 69, 70, 70, 71, 73, 74, 74, 75, 75, 75, 76, 75, 79, 82, 85, 85, 84, 80, 72],
    [71, 70, 66, 62, 60, 63, 70, 72, 73, 74, 75, 74, 74, 72, 69, 68, 72, 81, 86, 88, 89, 89, 89, 86, 79],
    [57, 57, 55, 53, 52, 66, 72, 73, 76, 75, 74, 74, 71, 63, 58, 58, 74, 84, 88, 91, 91, 91, 89, 85, 79],
    [35, 38, 39, 37, 48, 68, 72, 73, 73, 74, 74, 71, 63, 56, 52, 55, 73, 84, 89, 90, 90, 89, 86, 80, 75],
    [28, 28, 28, 28, 36, 60, 67, 68, 69, 70, 69, 64, 56, 49, 46, 48, 63, 79, 83, 85, 85, 84, 82, 79, 77],
    [25, 26, 26, 25, 25, 38, 49, 59, 62, 61, 55, 49, 44, 42, 42, 45, 53, 64, 72, 76, 79, 80, 81, 79, 78],
    [24, 24, 24, 24, 25, 26, 28, 32, 34, 36, 38, 40, 41, 43, 46, 48, 51, 53, 56, 60, 66, 73, 77, 80, 81],
    [25, 25, 25, 26, 27, 30, 32, 36, 38, 40, 42, 44, 46, 47, 49, 50, 52, 54, 55, 57, 61, 65, 69, 72, 72],
    [37, 37, 38, 39, 40, 41, 42, 44, 44, 46, 47, 48, 49, 50, 50, 51, 52, 53, 54, 54, 54, 55, 55, 55, 55],
    [48, 48, 48, 48, 49, 49, 49, 49, 49, 49, 49, 49, 49, 49, 49, 49, 49, 49, 49, 49, 49, 48, 48, 48, 48],
];

/// The average brain moved, turned and stretched to a patient's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Where its middle lies, RAS in mm.
    pub(super) centre_mm: [f32; 3],
    /// How much wider, longer and higher it is than the average.
    pub(super) stretch: [f32; 3],
    /// Turns about the x, y and z axis in radians, in this order.
    pub(super) turn: [f32; 3],
}

/// A shape whose turns are worked out, for asking about many points.
pub(super) struct Placed {
    centre_mm: [f32; 3],
    stretch: [f32; 3],
    /// Its axes in the patient.
    axes: [[f32; 3]; 3],
}

impl Placed {
    pub(super) fn new(shape: &Shape) -> Self {
        let [(sx, cx), (sy, cy), (sz, cz)] = shape.turn.map(f32::sin_cos);
        let turned = |v: [f32; 3]| {
            let v = [v[0], cx * v[1] - sx * v[2], sx * v[1] + cx * v[2]];
            let v = [cy * v[0] + sy * v[2], v[1], cy * v[2] - sy * v[0]];
            [cz * v[0] - sz * v[1], sz * v[0] + cz * v[1], v[2]]
        };
        Self {
            centre_mm: shape.centre_mm,
            stretch: shape.stretch,
            axes: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]].map(turned),
        }
    }

    /// How far outside the shape a point lies along the ray from the middle, in mm; negative inside.
    pub(super) fn beyond_mm(&self, point: [f32; 3]) -> f32 {
        let from_middle: [f32; 3] = std::array::from_fn(|i| point[i] - self.centre_mm[i]);
        let own = std::array::from_fn(|i| dot(from_middle, self.axes[i]) / self.stretch[i]);
        let distance = length(own);
        if distance < 1e-3 {
            return -radius_mm([0.0, 0.0, 1.0]);
        }
        let direction = times(own, 1.0 / distance);
        // Millimetres of the patient for one of the average brain along this ray.
        let scale = length(from_middle) / distance;
        (distance - radius_mm(direction)) * scale
    }
}

/// The table's radius along a unit direction (right, front, up), linear between its entries.
pub(crate) fn radius_mm([x, y, z]: [f32; 3]) -> f32 {
    let per_step = STEPS as f32 / std::f32::consts::PI;
    let down = z.clamp(-1.0, 1.0).acos() * per_step;
    let back = x.abs().atan2(y) * per_step;
    let (row, column) = (
        (down as usize).min(STEPS - 1),
        (back as usize).min(STEPS - 1),
    );
    let (v, u) = (down - row as f32, back - column as f32);
    let at = |i: usize, j: usize| f32::from(RADIUS_MM[row + i][column + j]);
    (1.0 - v) * ((1.0 - u) * at(0, 0) + u * at(0, 1)) + v * ((1.0 - u) * at(1, 0) + u * at(1, 1))
}
