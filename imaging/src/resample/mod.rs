//! Values on another grid, by trilinear interpolation between voxel centres.
//!
//! The grids are matched by their affines alone, so any two in the same patient space will do.
//! Within half a voxel beyond the outermost centres, which is still inside the outermost voxels,
//! the nearest centres count; further out everything is 0. [`linear`] gives coarser grids the value at
//! their centres, [`averaged`] the mean of their voxels; [`Sampling`] says which a bundle was trained with.

mod average;
mod labels;
mod linear;
mod mask;
mod sampling;

pub use average::averaged;
pub use labels::{LabelVote, labels};
pub(crate) use linear::Between;
use linear::linear_with;
pub use linear::{linear, linear_each, linear_into};
pub use mask::mask;
pub use sampling::Sampling;
