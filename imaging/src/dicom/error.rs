//! Why DICOM files were refused.

use super::NoVolume;

/// What is wrong with a DICOM file, or with a series of them.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DicomError {
    /// The file ends within what its header announces.
    #[error("the DICOM file ends too early: it is not whole")]
    Ends,
    /// The file cannot be read at all.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// The structure of the file is broken.
    #[error("the DICOM file {0}")]
    Damaged(&'static str),
    /// The part of a series is no volume.
    #[error("this part of the series is no volume: {0}")]
    NoVolume(NoVolume),
    /// Pixels in a form that is not decoded here.
    #[error("the pixels are compressed as {name}, which is not read here")]
    Compression {
        /// What the compression is called.
        name: &'static str,
    },
    /// The compressed pixels of a slice do not decode.
    #[error("the {codec} pixels of a slice cannot be decoded: {reason}")]
    Codec {
        /// The compression.
        codec: &'static str,
        /// The decoder's own words.
        reason: String,
    },
    /// The machine has no room for the volume.
    #[error("no memory for a volume of {bytes} bytes")]
    OutOfMemory {
        /// What was asked for.
        bytes: u64,
    },
    /// Two slices at one place hold different pixels.
    #[error(
        "{places} places of the series hold two slices with different pixels each, and nothing in their headers \
         tells them apart"
    )]
    SamePlace {
        /// How many places.
        places: usize,
    },
}

impl DicomError {
    /// What the person can do about it, in plain words.
    #[must_use]
    pub const fn mend(&self) -> &'static str {
        match self {
            Self::Ends | Self::Damaged(_) | Self::Codec { .. } => {
                "The file is incomplete or damaged: copy or export the series again."
            }
            Self::Unreadable(_) => "Choose the files again; the disk or the folder may be gone.",
            Self::NoVolume(why) => why.mend(),
            Self::Compression { .. } => {
                "Export the series uncompressed, or convert it: dcm2niix makes NIfTI of it, and \
                 `gdcmconv --raw` or `dcmdjpls` (DCMTK) make uncompressed DICOM."
            }
            Self::OutOfMemory { .. } => "Close other tabs or programs, or choose a smaller series.",
            Self::SamePlace { .. } => {
                "Two volumes are mixed in one series: export them as two, or convert the series with dcm2niix."
            }
        }
    }
}

impl From<std::io::Error> for DicomError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Self::Ends,
            kind => Self::Unreadable(kind.to_string()),
        }
    }
}
