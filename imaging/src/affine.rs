//! The affine of a grid: voxel coordinates to patient millimetres.

use crate::{RasPoint, VoxelPoint};
use serde::{Deserialize, Serialize};

/// Three rows of four numbers that take voxel coordinates (x, y, z, 1) to RAS in mm, as NIfTI's
/// `srow_x`, `srow_y`, `srow_z` do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Affine(pub [[f64; 4]; 3]);

impl Affine {
    /// Voxel coordinates are millimetres.
    pub const IDENTITY: Self = Self([
        [1.0, 0.0, 0.0, 0.0],
        [0.0, 1.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.0],
    ]);

    /// An axis-aligned RAS affine: `spacing_mm` between centres, voxel 0, 0, 0 at `origin`.
    #[must_use]
    pub fn axis_aligned(spacing_mm: [f64; 3], origin: RasPoint) -> Self {
        let [sx, sy, sz] = spacing_mm;
        let [ox, oy, oz] = origin.0;
        Self([[sx, 0.0, 0.0, ox], [0.0, sy, 0.0, oy], [0.0, 0.0, sz, oz]])
    }

    /// Where in the patient a voxel position lies.
    #[must_use]
    pub fn apply(&self, point: VoxelPoint) -> RasPoint {
        RasPoint(self.map(point.0))
    }

    /// Voxel coordinates of a patient position; `None` if the affine has no inverse.
    #[must_use]
    pub fn voxel_of(&self, point: RasPoint) -> Option<VoxelPoint> {
        Some(VoxelPoint(self.inverse()?.map(point.0)))
    }

    /// The affine that undoes this one; `None` if it flattens space or holds a number that is not
    /// finite.
    #[must_use]
    pub fn inverse(&self) -> Option<Self> {
        let m = &self.0;
        let determinant = self.determinant();
        let scale: f64 = self.spacing_mm().iter().product();
        // Relative to the voxel's volume, so that a micrometre grid is as invertible as a metre's.
        if !determinant.is_finite() || !scale.is_finite() || determinant.abs() <= 1e-6 * scale {
            return None;
        }
        let cofactor = |r: usize, c: usize| {
            let (r1, r2) = ((r + 1) % 3, (r + 2) % 3);
            let (c1, c2) = ((c + 1) % 3, (c + 2) % 3);
            m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1]
        };
        let mut out = [[0.0; 4]; 3];
        for (r, row) in out.iter_mut().enumerate() {
            for (c, value) in row.iter_mut().take(3).enumerate() {
                *value = cofactor(c, r) / determinant;
            }
            row[3] = -(0..3).map(|c| row[c] * m[c][3]).sum::<f64>();
        }
        let inverse = Self(out);
        inverse.is_finite().then_some(inverse)
    }

    /// This affine after `inner`: `a.compose(&b)` takes p to a(b(p)).
    #[must_use]
    pub fn compose(&self, inner: &Self) -> Self {
        let mut out = [[0.0; 4]; 3];
        for (r, row) in out.iter_mut().enumerate() {
            for (c, value) in row.iter_mut().enumerate() {
                *value = (0..3).map(|k| self.0[r][k] * inner.0[k][c]).sum();
            }
            row[3] += self.0[r][3];
        }
        Self(out)
    }

    /// Distance between neighbouring voxel centres along x, y, z, in mm.
    #[must_use]
    pub fn spacing_mm(&self) -> [f64; 3] {
        [0, 1, 2].map(|c| (0..3).map(|r| self.0[r][c].powi(2)).sum::<f64>().sqrt())
    }

    /// Determinant of the 3×3 part: the signed volume of a voxel in mm³.
    #[must_use]
    pub fn determinant(&self) -> f64 {
        let m = &self.0;
        m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
            - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
            + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    }

    /// Whether every number in it is finite.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.0.iter().flatten().all(|v| v.is_finite())
    }

    /// The 3×4 map on bare numbers, for maps whose two sides are the same space.
    pub(crate) fn map(&self, p: [f64; 3]) -> [f64; 3] {
        self.0
            .map(|row| row[0] * p[0] + row[1] * p[1] + row[2] * p[2] + row[3])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBLIQUE: Affine = Affine([
        [-0.9, 0.2, 0.3, 40.0],
        [0.1, 1.1, -0.4, -70.0],
        [0.25, 0.35, 2.9, 12.5],
    ]);

    #[test]
    fn inverse_takes_every_point_back() {
        let p = [3.5, -2.0, 17.25];
        let back = OBLIQUE
            .inverse()
            .expect("invertible")
            .map(OBLIQUE.apply(VoxelPoint(p)).0);
        for axis in 0..3 {
            assert!((back[axis] - p[axis]).abs() < 1e-12, "{back:?}");
        }
    }

    #[test]
    fn compose_applies_the_inner_one_first() {
        let shift = Affine([
            [1.0, 0.0, 0.0, 5.0],
            [0.0, 1.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
        ]);
        let p = VoxelPoint([1.0, 2.0, 3.0]);
        let both = OBLIQUE.compose(&shift).apply(p);
        assert!(both.distance_mm(OBLIQUE.apply(VoxelPoint([6.0, 2.0, 3.0]))) < 1e-12);
    }

    #[test]
    fn a_flat_affine_has_no_inverse() {
        let flat = Affine([
            [1.0, 2.0, 0.0, 0.0],
            [2.0, 4.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
        ]);
        assert!(flat.inverse().is_none());
        assert!(Affine([[0.0; 4]; 3]).inverse().is_none());
        assert!(Affine([[f64::NAN; 4]; 3]).inverse().is_none());
    }

    #[test]
    fn tiny_voxels_are_still_invertible() {
        assert!(
            Affine::axis_aligned([1e-3; 3], RasPoint([0.0; 3]))
                .inverse()
                .is_some()
        );
    }

    #[test]
    fn spacing_is_the_length_of_each_column() {
        let a = Affine([
            [0.0, 3.0, 0.0, 1.0],
            [-1.0, 0.0, 0.0, 1.0],
            [0.0, 4.0, 2.0, 1.0],
        ]);
        assert_eq!(a.spacing_mm(), [1.0, 5.0, 2.0]);
    }
}
