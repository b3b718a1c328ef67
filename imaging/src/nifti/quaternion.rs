//! The qform's quaternion and the affine that it stands for, there and back. Formulas are those of the
//! standard (`nifti1.h`, method 2).

use crate::Affine;

/// Method 2. `quatern` is b, c, d; a is what makes the length 1. `flip_z` is a `pixdim[0]` (qfac)
/// of −1.
pub(super) fn from_quaternion(
    quatern: [f64; 3],
    offset: [f64; 3],
    spacing: [f64; 3],
    flip_z: bool,
) -> Affine {
    let [mut b, mut c, mut d] = quatern;
    let square = b * b + c * c + d * d;
    let a = if 1.0 - square < 1e-7 {
        // A half turn, where rounding may have made b, c, d longer than 1.
        let length = square.sqrt();
        (b, c, d) = (b / length, c / length, d / length);
        0.0
    } else {
        (1.0 - square).sqrt()
    };
    let rotation = [
        [
            a * a + b * b - c * c - d * d,
            2.0 * (b * c - a * d),
            2.0 * (b * d + a * c),
        ],
        [
            2.0 * (b * c + a * d),
            a * a + c * c - b * b - d * d,
            2.0 * (c * d - a * b),
        ],
        [
            2.0 * (b * d - a * c),
            2.0 * (c * d + a * b),
            a * a + d * d - b * b - c * c,
        ],
    ];
    let z = if flip_z { -spacing[2] } else { spacing[2] };
    Affine(std::array::from_fn(|r| {
        let row = rotation[r];
        [
            row[0] * spacing[0],
            row[1] * spacing[1],
            row[2] * z,
            offset[r],
        ]
    }))
}

/// The qform's numbers for an affine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Quaternion {
    /// `quatern_b`, `quatern_c`, `quatern_d`.
    pub(super) bcd: [f64; 3],
    /// `pixdim[0]`: −1 where the grid is left-handed, else 1.
    pub(super) qfac: f64,
}

/// The quaternion of an affine; `None` where its axes are not at right angles, which no quaternion
/// can say.
pub(super) fn to_quaternion(affine: &Affine) -> Option<Quaternion> {
    let spacing = affine.spacing_mm();
    let qfac = if affine.determinant() < 0.0 {
        -1.0
    } else {
        1.0
    };
    let sign = [1.0, 1.0, qfac];
    let r: [[f64; 3]; 3] =
        std::array::from_fn(|row| std::array::from_fn(|c| affine.0[row][c] / spacing[c] * sign[c]));
    for (c1, c2) in [(0, 1), (0, 2), (1, 2)] {
        let cosine: f64 = (0..3).map(|row| r[row][c1] * r[row][c2]).sum();
        if cosine.abs() > 1e-4 {
            return None;
        }
    }
    // Four squares of which the largest divides, so that nothing small is divided by.
    let squares = [
        1.0 + r[0][0] + r[1][1] + r[2][2],
        1.0 + r[0][0] - r[1][1] - r[2][2],
        1.0 - r[0][0] + r[1][1] - r[2][2],
        1.0 - r[0][0] - r[1][1] + r[2][2],
    ];
    let largest = (0..4).fold(
        0,
        |best, i| if squares[i] > squares[best] { i } else { best },
    );
    let s = squares[largest].sqrt();
    let (p, q, t) = (
        (r[2][1] - r[1][2]) / (2.0 * s),
        (r[0][2] - r[2][0]) / (2.0 * s),
        (r[1][0] - r[0][1]) / (2.0 * s),
    );
    let (xy, xz, yz) = (
        (r[0][1] + r[1][0]) / (2.0 * s),
        (r[0][2] + r[2][0]) / (2.0 * s),
        (r[1][2] + r[2][1]) / (2.0 * s),
    );
    let h = s / 2.0;
    let (a, bcd) = match largest {
        0 => (h, [p, q, t]),
        1 => (p, [h, xy, xz]),
        2 => (q, [xy, h, yz]),
        _ => (t, [xz, yz, h]),
    };
    // The header has no room for a, which readers take as positive; q and −q are one rotation.
    let bcd = if a < 0.0 { bcd.map(|v| -v) } else { bcd };
    Some(Quaternion { bcd, qfac })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rotation by `angle` about a unit axis, by Rodrigues' formula: another road than quaternions.
    fn rodrigues(axis: [f64; 3], angle: f64) -> [[f64; 3]; 3] {
        let (s, c) = angle.sin_cos();
        let [x, y, z] = axis;
        let cross = [[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]];
        std::array::from_fn(|i| {
            std::array::from_fn(|j| {
                let same = if i == j { c } else { 0.0 };
                same + s * cross[i][j] + (1.0 - c) * axis[i] * axis[j]
            })
        })
    }

    #[test]
    fn quaternion_and_affine_agree_with_rodrigues_for_every_kind_of_turn() {
        let spacing = [0.9, 1.1, 5.5];
        let axis = [2.0 / 7.0, -3.0 / 7.0, 6.0 / 7.0];
        for (axis, angle) in [
            (axis, 0.3),
            (axis, 2.9),
            (axis, std::f64::consts::PI),
            ([1.0, 0.0, 0.0], std::f64::consts::PI),
            ([0.0, 1.0, 0.0], std::f64::consts::PI),
            ([0.0, 0.0, 1.0], std::f64::consts::PI),
            ([0.0, 0.0, 1.0], 0.0),
        ] {
            for flip in [1.0, -1.0] {
                let r = rodrigues(axis, angle);
                let sign = [1.0, 1.0, flip];
                let affine = Affine(std::array::from_fn(|i| {
                    let v = |c: usize| r[i][c] * spacing[c] * sign[c];
                    [v(0), v(1), v(2), 7.0 * i as f64]
                }));
                let q = to_quaternion(&affine).expect("right angles");
                assert_eq!(q.qfac, flip);
                let back = from_quaternion(q.bcd, [0.0, 7.0, 14.0], spacing, flip < 0.0);
                for (x, y) in affine.0.iter().flatten().zip(back.0.iter().flatten()) {
                    assert!(
                        (x - y).abs() < 1e-6,
                        "{axis:?} {angle}: {affine:?} {back:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_sheared_affine_has_no_quaternion() {
        let sheared = Affine([
            [1.0, 0.1, 0.0, 0.0],
            [0.0, 1.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
        ]);
        assert_eq!(to_quaternion(&sheared), None);
    }
}
