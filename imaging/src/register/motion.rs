//! What the search may change: the numbers of a rigid or an affine move, all of them in mm at the head's surface.

use super::rigid::turned;
use crate::Affine;

/// Most numbers that a move has.
pub(crate) const MOST: usize = 12;

/// The numbers of a move about the middle of what is moved, and what they mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Motion {
    /// Three shifts in mm, and three turns about x, y, z, each times the radius.
    Rigid,
    /// Three shifts in mm, and what is added to the nine numbers of the unit matrix, each times the radius.
    Affine,
}

impl Motion {
    pub(crate) const fn count(self) -> usize {
        match self {
            Self::Rigid => 6,
            Self::Affine => 12,
        }
    }

    /// The move: rows that take places in mm from the middle to places in mm from the middle.
    pub(crate) fn rows(self, numbers: &[f64; MOST], radius_mm: f64) -> Affine {
        let linear = match self {
            Self::Rigid => turned([3, 4, 5].map(|i| numbers[i] / radius_mm)),
            Self::Affine => std::array::from_fn(|r| {
                std::array::from_fn(|c| {
                    f64::from(u8::from(r == c)) + numbers[3 + 3 * r + c] / radius_mm
                })
            }),
        };
        Affine(std::array::from_fn(|r| {
            let [x, y, z] = linear[r];
            [x, y, z, numbers[r]]
        }))
    }

    /// How a slope by the rows' twelve numbers is a slope by the move's own.
    pub(crate) fn slope(
        self,
        by_rows: &[[f64; 4]; 3],
        numbers: &[f64; MOST],
        radius_mm: f64,
    ) -> [f64; MOST] {
        let mut slope = [0.0; MOST];
        for (r, row) in by_rows.iter().enumerate() {
            slope[r] = row[3];
        }
        match self {
            Self::Rigid => {
                let radians = [3, 4, 5].map(|i| numbers[i] / radius_mm);
                for axis in 0..3 {
                    let by_angle = turned_by(radians, axis);
                    let dot = |r: usize| (0..3).map(move |c| by_angle[r][c] * by_rows[r][c]);
                    slope[3 + axis] = (0..3).flat_map(dot).sum::<f64>() / radius_mm;
                }
            }
            Self::Affine => {
                for (r, row) in by_rows.iter().enumerate() {
                    for c in 0..3 {
                        slope[3 + 3 * r + c] = row[c] / radius_mm;
                    }
                }
            }
        }
        slope
    }
}

/// How [`turned`] changes by one of its angles: the factor of that axis is replaced by its own slope, which is the same
/// factor a quarter turn on, less its fixed axis.
fn turned_by(radians: [f64; 3], axis: usize) -> [[f64; 3]; 3] {
    let (sin, cos) = radians[axis].sin_cos();
    let (next, after) = ((axis + 1) % 3, (axis + 2) % 3);
    let mut by = [[0.0; 3]; 3];
    by[next][next] = -sin;
    by[next][after] = -cos;
    by[after][next] = cos;
    by[after][after] = -sin;
    let factor = |other: usize| {
        if other == axis {
            return by;
        }
        let mut only = [0.0; 3];
        only[other] = radians[other];
        turned(only)
    };
    product(&factor(2), &product(&factor(1), &factor(0)))
}

fn product(a: &[[f64; 3]; 3], b: &[[f64; 3]; 3]) -> [[f64; 3]; 3] {
    std::array::from_fn(|r| std::array::from_fn(|c| (0..3).map(|k| a[r][k] * b[k][c]).sum()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_those_of_small_steps() {
        let numbers = std::array::from_fn(|i| 3.0 + 5.0 * (i as f64 * 1.7).sin());
        let weights: [[f64; 4]; 3] =
            std::array::from_fn(|r| std::array::from_fn(|c| ((r * 4 + c) as f64).cos()));
        let total = |motion: Motion, numbers: &[f64; MOST]| -> f64 {
            let rows = motion.rows(numbers, 60.0).0;
            let dot = |r: usize| (0..4).map(move |c| rows[r][c] * weights[r][c]);
            (0..3).flat_map(dot).sum()
        };
        for motion in [Motion::Rigid, Motion::Affine] {
            let slope = motion.slope(&weights, &numbers, 60.0);
            for i in 0..motion.count() {
                let step = |by: f64| {
                    let mut there: [f64; MOST] = numbers;
                    there[i] += by;
                    total(motion, &there)
                };
                let expected = (step(1e-4) - step(-1e-4)) / 2e-4;
                assert!((slope[i] - expected).abs() < 1e-7, "{motion:?} {i}");
            }
        }
    }
}
