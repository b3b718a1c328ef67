//! What can go wrong in the model crate, each with what was found, what was expected, and where.

use imaging::ImagingError;

/// Everything that the model crate refuses.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The configuration cannot be built.
    #[error("the network's configuration cannot be built: {0}")]
    Config(String),
    /// An input's shape does not suit the network.
    #[error("the network's input is {found:?}; {expected}")]
    InputShape {
        /// Shape found, `[batch, channel, x, y, z]`.
        found: Vec<usize>,
        /// What would suit.
        expected: String,
    },
    /// A parameter is missing where the network needs it.
    #[error("the model lacks the tensor {name} of shape {expected:?}")]
    MissingTensor {
        /// Its name.
        name: String,
        /// Shape that the network needs.
        expected: Vec<usize>,
    },
    /// A parameter has another shape than the network needs.
    #[error("the tensor {name} is {found:?}, but this network needs {expected:?}")]
    TensorShape {
        /// Its name.
        name: String,
        /// Shape in the file.
        found: Vec<usize>,
        /// Shape that the network needs.
        expected: Vec<usize>,
    },
    /// A scan could not be used.
    #[error(transparent)]
    Imaging(#[from] ImagingError),
    /// Nobody wants the answer any more.
    #[error("the reading was cancelled")]
    Cancelled,
    /// The device failed while it was working.
    #[error("the device failed: {0}")]
    Device(String),
}
