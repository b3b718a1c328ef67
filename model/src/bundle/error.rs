//! Why a file is not a bundle that can be used: what was found, what was expected, where.

/// Everything that reading or writing a bundle refuses.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The file ends too early.
    #[error("the bundle is truncated: {found} bytes, but its header promises {expected}")]
    Truncated {
        /// Bytes that are needed.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// The file goes on after its last tensor.
    #[error("the bundle has been altered: {found} bytes, but its header accounts for {expected}")]
    TrailingBytes {
        /// Bytes that the header accounts for.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// The header's length is absurd, as it is in most files of another kind.
    #[error(
        "not a safetensors file: its first 8 bytes announce a header of {found} bytes; at most {limit} are read"
    )]
    HeaderTooLarge {
        /// Length found.
        found: u64,
        /// The longest that is read.
        limit: u64,
    },
    /// The header is not that of a safetensors file.
    #[error("not a safetensors file, or a damaged one: {0}")]
    NotSafetensors(String),
    /// Tensors, but nothing that says what they are.
    #[error("not a bundle: a safetensors file whose metadata lacks the key {0}")]
    NoManifest(&'static str),
    /// A bundle of another generation.
    #[error("the bundle's version is {found}; this program reads version {supported}")]
    Version {
        /// Version in the file.
        found: String,
        /// Version that this program reads.
        supported: u32,
    },
    /// The manifest is not the one that was written.
    #[error("the bundle's manifest has been altered: its SHA-256 is {found}, not {expected}")]
    ManifestAltered {
        /// Digest in the file.
        expected: String,
        /// Digest of the manifest found.
        found: String,
    },
    /// The manifest is no JSON, or a field is missing or of the wrong kind.
    #[error("the bundle's manifest cannot be read: {0}")]
    Manifest(String),
    /// The manifest says something that this program does not know; going on could misread it.
    #[error("the bundle's manifest has a field that this program does not know: {0}")]
    UnknownField(String),
    /// A field has an impossible value.
    #[error("the bundle's manifest: {field}: {problem}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The network needs a tensor that is not there.
    #[error("the bundle lacks the tensor {name} of shape {expected:?}")]
    MissingTensor {
        /// Its name.
        name: String,
        /// Shape that the network needs.
        expected: Vec<usize>,
    },
    /// A tensor that the network has no place for.
    #[error("the bundle has the tensor {name} of shape {found:?}, which its network does not use")]
    ExtraTensor {
        /// Its name.
        name: String,
        /// Shape in the file.
        found: Vec<usize>,
    },
    /// A tensor has another shape than the network needs.
    #[error("the bundle's tensor {name} is {found:?}, but its network needs {expected:?}")]
    TensorShape {
        /// Its name.
        name: String,
        /// Shape in the file.
        found: Vec<usize>,
        /// Shape that the network needs.
        expected: Vec<usize>,
    },
    /// A tensor's numbers are neither f16 nor f32.
    #[error("the bundle's tensor {name} holds {found}; F16 or F32 is needed")]
    TensorType {
        /// Its name.
        name: String,
        /// Type in the file.
        found: String,
    },
    /// The tensors are not those that were written.
    #[error("the bundle's tensors have been altered: their SHA-256 is {found}, not {expected}")]
    TensorsAltered {
        /// Digest in the manifest.
        expected: String,
        /// Digest of the tensors found.
        found: String,
    },
    /// A weight is no number, or too large for f16.
    #[error("the bundle's tensor {name} holds {value} at element {element}")]
    NotFinite {
        /// Its name.
        name: String,
        /// Position in C order.
        element: usize,
        /// What stands there.
        value: f32,
    },
}

/// A stranger's text, short enough for a message and without control characters.
pub(crate) fn clip(text: &str) -> String {
    const LONGEST: usize = 120;
    let mut clipped: String = text
        .chars()
        .take(LONGEST)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        clipped.push('…');
    }
    clipped
}
