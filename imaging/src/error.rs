//! Everything that can be wrong with a scan: what was found, what was expected, where, and how to
//! mend it.

/// Why a scan was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ImagingError {
    /// A DICOM file, or a series of them.
    #[error(transparent)]
    Dicom(#[from] crate::dicom::DicomError),
    /// The bytes are another format.
    #[error("this is not NIfTI: found {found}, expected a NIfTI-1 or NIfTI-2 header")]
    NotNifti {
        /// What the first bytes look like.
        found: String,
    },
    /// ANALYZE 7.5, the format before NIfTI.
    #[error(
        "found an ANALYZE 7.5 header (magic bytes {magic:?}), expected NIfTI: ANALYZE does not say which side is left"
    )]
    Analyze {
        /// The four bytes where NIfTI has its magic.
        magic: [u8; 4],
    },
    /// The header of a .hdr/.img pair came alone.
    #[error("found the header of a .hdr/.img pair, expected its image beside it")]
    LoneHeader,
    /// A single-file header where that of a pair was expected.
    #[error("found a single-file NIfTI header, expected the header of a .hdr/.img pair")]
    NotAPair,
    /// A header field holds what no volume can have.
    #[error("header field {field} is {found}, expected {expected}")]
    Header {
        /// NIfTI's name of the field.
        field: &'static str,
        /// Its content.
        found: String,
        /// What would have been accepted.
        expected: &'static str,
    },
    /// Voxels that are no single real number.
    #[error("voxels are {found}, expected one real number each")]
    Datatype {
        /// NIfTI's name of the type.
        found: &'static str,
    },
    /// Several volumes in one file.
    #[error("found {volumes} volumes in one file (dim {dims:?}), expected one")]
    SeveralVolumes {
        /// How many.
        volumes: u64,
        /// All axes of the file.
        dims: Vec<u64>,
    },
    /// More voxels than any scan has.
    #[error(
        "the header asks for {dims:?} voxels, expected at most 32767 along an axis and {} million in all",
        most_voxels / 1_000_000
    )]
    TooLarge {
        /// Axes x, y, z.
        dims: [u64; 3],
        /// Most voxels in all.
        most_voxels: u64,
    },
    /// A case would need more memory than there is; reckoned before any is asked for.
    #[error("{}", no_room(*scans, *needed_bytes, *free_bytes, *fits_voxels))]
    NoRoom {
        /// How many scans the case has.
        scans: usize,
        /// What reading them needs at its peak.
        needed_bytes: u64,
        /// What there is.
        free_bytes: u64,
        /// Voxels that each of as many scans could have.
        fits_voxels: u64,
        /// Whether it is a browser's tab that has no more.
        in_tab: bool,
    },
    /// The affine maps no volume.
    #[error("the {field} gives an affine that {found}, expected one that can be inverted")]
    Affine {
        /// Header fields it came from.
        field: &'static str,
        /// What is wrong with it.
        found: &'static str,
    },
    /// The file ends before its voxels do.
    #[error("the {part} ends after {found} bytes, expected {expected}")]
    Truncated {
        /// `header` or `image`.
        part: &'static str,
        /// Bytes that are there, or that could be there at most.
        found: u64,
        /// Bytes that the header asks for.
        expected: u64,
    },
    /// A gzip stream that does not inflate.
    #[error("the gzip stream breaks in the {part}: {reason}")]
    Gzip {
        /// `header` or `image`.
        part: &'static str,
        /// The inflater's own words.
        reason: String,
    },
    /// The machine has no room for the volume.
    #[error("no memory for a volume of {bytes} bytes")]
    OutOfMemory {
        /// What was asked for.
        bytes: u64,
    },
    /// Two images that must share a grid do not.
    #[error("grids differ: found {found:?} voxels, expected {expected:?} at the same places")]
    GridMismatch {
        /// Dims of the odd one.
        found: [usize; 3],
        /// Dims of the first.
        expected: [usize; 3],
    },
    /// Nothing to work on.
    #[error("no volume was given, expected at least one")]
    NoVolume,
    /// No voxel rises above nothing.
    #[error("every voxel is zero or constant background, expected a brain")]
    NoBrain,
    /// A value that is no label.
    #[error("found the value {value} at voxel {voxel:?}, expected a whole number from 0 to 255")]
    NotALabel {
        /// The value.
        value: f32,
        /// Where.
        voxel: [usize; 3],
    },
    /// An image that cannot be written as NIfTI-1.
    #[error("cannot write {found}, expected {expected}")]
    Unwritable {
        /// What stands in the way.
        found: String,
        /// What NIfTI-1 takes.
        expected: &'static str,
    },
}

impl ImagingError {
    /// What the person can do about it, in plain words.
    #[must_use]
    pub const fn mend(&self) -> &'static str {
        match self {
            Self::Dicom(error) => error.mend(),
            Self::NotNifti { .. } => {
                "Choose a NIfTI file (.nii, .nii.gz, or .hdr with .img), or the folder of a DICOM series, its files named .dcm or without an ending."
            }
            Self::Analyze { .. } => {
                "Convert the original DICOM series to NIfTI again, for example with dcm2niix."
            }
            Self::LoneHeader => "Add the .img file of the same name and choose both together.",
            Self::NotAPair => "Choose this file by itself, without an .img.",
            Self::Header { .. } | Self::Affine { .. } => {
                "The header is damaged or was written wrongly: convert the original series again."
            }
            Self::Datatype { .. } => {
                "Choose the scan itself rather than a colour picture or a complex-valued map of it."
            }
            Self::SeveralVolumes { .. } => {
                "Choose an anatomical scan, or split the time series and choose one of its volumes."
            }
            Self::NoRoom { in_tab: true, .. } => {
                "Resample the scans to 1 mm voxels, crop them to the head, or read them with the command line \
                 tool, which has the whole machine's memory."
            }
            Self::NoRoom { in_tab: false, .. } => {
                "Resample the scans to 1 mm voxels, crop them to the head, or close other programs."
            }
            Self::TooLarge { .. } => "Resample the scan to 1 mm voxels or crop it to the head.",
            Self::Truncated { .. } | Self::Gzip { .. } => {
                "The file is incomplete or damaged: copy or download it again."
            }
            Self::OutOfMemory { .. } => {
                "Close other tabs or programs, or resample the scan to larger voxels."
            }
            Self::GridMismatch { .. } => "Resample the scans to one grid first.",
            Self::NoVolume => "Choose the scans first.",
            Self::NoBrain => "The scan is empty: choose another file.",
            Self::NotALabel { .. } => "Choose a label map rather than a scan.",
            Self::Unwritable { .. } => "Crop or resample the image so that NIfTI-1 can hold it.",
        }
    }
}

fn no_room(scans: usize, needed: u64, free: u64, fits: u64) -> String {
    let gib = |bytes: u64| bytes as f64 / f64::from(1 << 30);
    let scans = match scans {
        1 => "one scan".to_owned(),
        n => format!("{n} scans"),
    };
    format!(
        "reading {scans} of this size needs about {:.1} GiB of memory, and {:.1} GiB are free; {scans} of at \
         most {} million voxels each would fit",
        gib(needed),
        gib(free),
        fits / 1_000_000
    )
}
