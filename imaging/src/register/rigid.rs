//! A rigid move of patient space: a turn and a shift, both of which can be undone exactly.

use crate::{Affine, RasPoint};
use serde::{Deserialize, Serialize};

/// A turn, then a shift, in RAS mm.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rigid {
    /// Rows of a rotation about the origin.
    pub turn: [[f64; 3]; 3],
    /// What is added after the turn, in mm.
    pub shift_mm: [f64; 3],
}

impl Rigid {
    /// Everything stays where it is.
    pub const IDENTITY: Self = Self {
        turn: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        shift_mm: [0.0; 3],
    };

    /// Turns about the x, then the y, then the z axis through `centre`, in degrees, then a shift in mm.
    #[must_use]
    pub fn about(centre: RasPoint, degrees: [f64; 3], shift_mm: [f64; 3]) -> Self {
        let turn = turned(degrees.map(f64::to_radians));
        let still = Self {
            turn,
            shift_mm: [0.0; 3],
        };
        let moved = still.apply(centre).0;
        Self {
            turn,
            shift_mm: std::array::from_fn(|i| centre.0[i] - moved[i] + shift_mm[i]),
        }
    }

    /// Where a point goes.
    #[must_use]
    pub fn apply(&self, point: RasPoint) -> RasPoint {
        RasPoint(self.affine().map(point.0))
    }

    /// The move that takes everything back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let turn = std::array::from_fn(|r| std::array::from_fn(|c| self.turn[c][r]));
        let back = |row: [f64; 3]| -> f64 { (0..3).map(|k| row[k] * self.shift_mm[k]).sum() };
        Self {
            turn,
            shift_mm: turn.map(|row| -back(row)),
        }
    }

    /// This move after `inner`: `a.compose(&b)` takes p to a(b(p)).
    #[must_use]
    pub fn compose(&self, inner: &Self) -> Self {
        Self::of(&self.affine().compose(&inner.affine()))
    }

    /// The same as three rows of four numbers.
    #[must_use]
    pub fn affine(&self) -> Affine {
        Affine(std::array::from_fn(|r| {
            let [x, y, z] = self.turn[r];
            [x, y, z, self.shift_mm[r]]
        }))
    }

    /// How far the whole turns, in degrees.
    #[must_use]
    pub fn angle_deg(&self) -> f64 {
        let trace: f64 = (0..3).map(|i| self.turn[i][i]).sum();
        ((trace - 1.0) / 2.0).clamp(-1.0, 1.0).acos().to_degrees()
    }

    /// Of an affine that is known to be rigid.
    pub(crate) fn of(affine: &Affine) -> Self {
        Self {
            turn: affine.0.map(|[x, y, z, _]| [x, y, z]),
            shift_mm: affine.0.map(|row| row[3]),
        }
    }
}

/// Rows of the rotation about x, then y, then z, in radians.
pub(crate) fn turned(radians: [f64; 3]) -> [[f64; 3]; 3] {
    let [(sx, cx), (sy, cy), (sz, cz)] = radians.map(f64::sin_cos);
    [
        [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx],
        [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx],
        [-sy, cy * sx, cy * cx],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOVE: [[f64; 3]; 2] = [[12.0, -20.0, 31.0], [4.0, -9.0, 17.0]];

    fn moved() -> Rigid {
        Rigid::about(RasPoint([10.0, -20.0, 30.0]), MOVE[0], MOVE[1])
    }

    #[test]
    fn the_centre_of_a_turn_is_only_shifted() {
        let at = moved().apply(RasPoint([10.0, -20.0, 30.0]));
        assert!(at.distance_mm(RasPoint([14.0, -29.0, 47.0])) < 1e-12);
    }

    #[test]
    fn turns_go_about_x_then_y_then_z() {
        let quarter = |degrees| Rigid::about(RasPoint([0.0; 3]), degrees, [0.0; 3]);
        let p = RasPoint([1.0, 2.0, 3.0]);
        // About x the front goes to the head; about y the head to the right; about z the right to the front.
        for (degrees, expected) in [
            ([90.0, 0.0, 0.0], [1.0, -3.0, 2.0]),
            ([0.0, 90.0, 0.0], [3.0, 2.0, -1.0]),
            ([0.0, 0.0, 90.0], [-2.0, 1.0, 3.0]),
            ([90.0, 0.0, 90.0], [3.0, 1.0, 2.0]),
        ] {
            let at = quarter(degrees).apply(p);
            assert!(at.distance_mm(RasPoint(expected)) < 1e-12, "{at:?}");
        }
        assert!((quarter([90.0, 0.0, 0.0]).angle_deg() - 90.0).abs() < 1e-9);
    }

    #[test]
    fn the_inverse_undoes_a_move_on_either_side() {
        let p = RasPoint([-3.0, 50.0, 8.0]);
        let (there, back) = (moved(), moved().inverse());
        assert!(back.apply(there.apply(p)).distance_mm(p) < 1e-12);
        assert!(there.compose(&back).apply(p).distance_mm(p) < 1e-12);
    }
}
