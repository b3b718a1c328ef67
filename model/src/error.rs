//! What can go wrong in the model crate, each with what was found, what was expected, and where.

use imaging::{ImagingError, Sequence};

use crate::bundle::BundleError;

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
    /// A file is no bundle that can be used.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// One scan stands for two sequences.
    #[error("{0} and {1} are the same picture; four different scans are needed")]
    SameScan(Sequence, Sequence),
    /// A scan lies somewhere else than the one whose grid the others are brought onto.
    #[error(
        "{sequence} and {reference} share {percent:.0} % of their space; at least 50 % are needed"
    )]
    Apart {
        /// Which one.
        sequence: Sequence,
        /// T1ce, or what stands for it.
        reference: Sequence,
        /// What part of the smaller box is shared.
        percent: f64,
    },
    /// Nothing can be made of a scan: why, as a sentence that names it.
    #[error("{0}")]
    Unusable(String),
    /// A scan could not be used.
    #[error(transparent)]
    Imaging(#[from] ImagingError),
    /// What the network computes is more than the device can hold.
    #[error("{}", too_large(what, *voxels, [*needed_bytes, *limit_bytes], *fits))]
    TooLarge {
        /// What of this size needs a buffer that is too large.
        what: &'static str,
        /// Edges, in voxels.
        voxels: [usize; 3],
        /// Bytes of that buffer.
        needed_bytes: u64,
        /// Bytes of the largest buffer that the device takes.
        limit_bytes: u64,
        /// Edge of the largest window that the device could hold, where one was looked for.
        fits: Option<usize>,
    },
    /// Nobody wants the answer any more.
    #[error("the reading was cancelled")]
    Cancelled,
    /// The device failed while it was working.
    #[error("the device failed: {0}")]
    Device(String),
}

impl ModelError {
    /// What the person can do about it, in plain words.
    #[must_use]
    pub fn mend(&self) -> &'static str {
        match self {
            Self::Imaging(error) => error.mend(),
            Self::SameScan(..) => "Choose the other sequence's own file.",
            Self::Apart { .. } => "Choose four scans of one patient and one session.",
            Self::Unusable(_) => "Choose the scan itself, or convert the original again.",
            Self::Cancelled => "Start again when you like; what was loaded is still there.",
            Self::TooLarge { .. } => {
                "Choose the CPU, which has no such limit, or a model with smaller windows."
            }
            Self::Device(_) => "Try again, or choose the CPU; what was loaded is still there.",
            Self::Config(_)
            | Self::InputShape { .. }
            | Self::MissingTensor { .. }
            | Self::TensorShape { .. } => "Choose another model file: this one does not fit.",
            Self::Bundle(_) => "Download the model file again, or choose another one.",
        }
    }
}

fn too_large(
    what: &str,
    [x, y, z]: [usize; 3],
    [needed, limit]: [u64; 2],
    fits: Option<usize>,
) -> String {
    let fits = fits.map_or_else(String::new, |edge| {
        format!("; windows of {edge}³ would fit")
    });
    format!(
        "{what} of {x} × {y} × {z} voxels needs a buffer of {} MiB, and the graphics processor takes {} MiB \
         at most{fits}",
        needed.div_ceil(1 << 20),
        limit >> 20
    )
}
