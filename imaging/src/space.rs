//! Positions, with the space they live in as their type, so that a voxel cannot pass for a
//! millimetre.

/// A voxel of a grid: whole numbers along x, y, z, the first voxel being 0, 0, 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VoxelIndex(pub [usize; 3]);

/// A position in a grid's own voxel coordinates; whole numbers are voxel centres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VoxelPoint(pub [f64; 3]);

/// A position in the patient, in mm: x to the right, y to the front, z to the head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RasPoint(pub [f64; 3]);

impl From<VoxelIndex> for VoxelPoint {
    fn from(index: VoxelIndex) -> Self {
        Self(index.0.map(|i| i as f64))
    }
}

impl RasPoint {
    /// Straight-line distance to another point, in mm.
    #[must_use]
    pub fn distance_mm(self, other: Self) -> f64 {
        let square = |axis: usize| (self.0[axis] - other.0[axis]).powi(2);
        (square(0) + square(1) + square(2)).sqrt()
    }
}
