//! Why an atlas cannot be had.

use std::path::PathBuf;

use imaging::ImagingError;

/// Everything that the synthetic patient refuses.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PhantomError {
    /// A map of the atlas is no scan.
    #[error("a map of the atlas cannot be used: {0}")]
    Imaging(#[from] ImagingError),
    /// The maps of the atlas do not lie on one grid.
    #[error("the map {name} has {found:?} voxels, expected {expected:?}")]
    Shape {
        /// Which map.
        name: String,
        /// Its voxels along x, y, z.
        found: [usize; 3],
        /// What the other maps have.
        expected: [usize; 3],
    },
    /// A spacing that no atlas can be sampled at.
    #[error("the spacing is {0} mm, expected 0.5 to 8 mm")]
    Spacing(f64),
    /// A file of the atlas could not be read.
    #[error("cannot read a map of the atlas: {source}: {}", path.display())]
    File {
        /// What the system said.
        source: std::io::Error,
        /// Which file.
        path: PathBuf,
    },
}
