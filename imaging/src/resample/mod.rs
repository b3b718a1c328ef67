//! Values on another grid, by trilinear interpolation between voxel centres.
//!
//! The grids are matched by their affines alone, so any two in the same patient space will do.
//! Within half a voxel beyond the outermost centres, which is still inside the outermost voxels,
//! the nearest centres count; further out everything is 0. Coarser grids get the value at their
//! centres, without smoothing first.

mod labels;
mod linear;

pub use labels::{LabelVote, labels};
use linear::linear_with;
pub use linear::{linear, linear_each, linear_into};
