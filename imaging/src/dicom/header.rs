//! One file, read up to its pixels.

use super::attributes::{Attributes, codes};
use super::element::{DataSet, Pixels, Source, Walk};
use super::frame::{self, Frame};
use super::keys::Keys;
use super::start::{Start, start};
use super::syntax::{Grammar, Syntax};
use super::{DicomError, tags};
use crate::ImagingError;
use std::io::Read;
use std::sync::Arc;

/// Most pixels of a frame: 4096 × 4096.
const MOST_PIXELS: usize = 1 << 24;

/// What grouping and reading need of one DICOM image; no name, date or identifier is in it but as a hash.
#[derive(Debug, Clone)]
pub struct Header {
    pub(super) keys: Keys,
    pub(super) image: Arc<Image>,
    pub(super) attributes: Arc<Attributes>,
    pub(super) frames: Vec<Frame>,
    pub(super) series_number: Option<i64>,
    /// Seconds since midnight.
    pub(super) time: Option<f64>,
}

/// How the pixels of a file are stored.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Image {
    pub(super) syntax: Syntax,
    pub(super) pixels: Pixels,
    /// Where the deflated stream begins.
    pub(super) begins: u64,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) frames: u32,
    pub(super) samples: u16,
    pub(super) photometric: String,
    pub(super) allocated: u16,
    pub(super) stored: u16,
    pub(super) high: u16,
    pub(super) signed: bool,
    /// What a table of the file makes of stored numbers stands in the file.
    pub(super) has_table: bool,
    pub(super) is_segmentation: bool,
    /// Whether it was ever compressed with loss.
    pub(super) is_lossy: bool,
}

impl Image {
    /// Whether a frame has more pixels than any scan's.
    pub(super) fn is_huge(&self) -> bool {
        self.rows * self.columns > MOST_PIXELS
    }

    /// Bytes of a frame that is not compressed.
    pub(super) fn frame_bytes(&self) -> usize {
        self.rows * self.columns * usize::from(self.allocated / 8)
    }
}

impl Header {
    /// Reads one file up to its pixels, by its content and whatever its name. `None`: it is not DICOM, or it
    /// is a DICOM file without a picture (a DICOMDIR, a report, a presentation state).
    ///
    /// The source is read front to back in small pieces, so give a buffered one.
    ///
    /// # Errors
    /// [`ImagingError::Dicom`] where it says that it is DICOM and is broken, or cannot be read.
    pub fn read(source: impl Read) -> Result<Option<Self>, ImagingError> {
        let mut source = Source::new(source);
        let begins = start(&mut source)?;
        let found = match begins {
            Start::NotDicom => return Ok(None),
            Start::Meta => from_meta(source),
            // Without a mark, what breaks was not DICOM to begin with.
            Start::Bare(grammar) => {
                let mut walk = Walk::new(&mut source);
                let found = walk.root(grammar).ok();
                return Ok(found.and_then(|(root, pixels)| {
                    Self::of(&root, pixels?, Syntax::plain(grammar), 0)
                        .ok()
                        .flatten()
                }));
            }
        };
        Ok(found?)
    }

    /// `None` where the data set is no picture.
    fn of(
        root: &DataSet,
        pixels: Pixels,
        syntax: Syntax,
        begins: u64,
    ) -> Result<Option<Self>, DicomError> {
        let number = |tag| root.u16(tag);
        let (Some(rows), Some(columns)) = (number(tags::ROWS), number(tags::COLUMNS)) else {
            return Ok(None);
        };
        let allocated = number(tags::BITS_ALLOCATED).unwrap_or(16);
        let stored = number(tags::BITS_STORED).unwrap_or(allocated);
        let frames = root.integer(tags::NUMBER_OF_FRAMES).unwrap_or(1).max(1);
        let class = root.code(tags::SOP_CLASS_UID).unwrap_or_default();
        let image = Image {
            syntax,
            pixels,
            begins,
            rows: rows.into(),
            columns: columns.into(),
            frames: u32::try_from(frames)
                .map_err(|_| DicomError::Damaged("has more frames than any image"))?,
            samples: number(tags::SAMPLES_PER_PIXEL).unwrap_or(1),
            photometric: root
                .code(tags::PHOTOMETRIC_INTERPRETATION)
                .unwrap_or_default()
                .to_uppercase(),
            allocated,
            stored,
            high: number(tags::HIGH_BIT).unwrap_or(stored.saturating_sub(1)),
            signed: number(tags::PIXEL_REPRESENTATION) == Some(1),
            has_table: !root.items(tags::MODALITY_LUT_SEQUENCE).is_empty(),
            is_lossy: root.code(tags::LOSSY_IMAGE_COMPRESSION).as_deref() == Some("01"),
            is_segmentation: matches!(
                class.as_str(),
                "1.2.840.10008.5.1.4.1.1.66.4" | "1.2.840.10008.5.1.4.1.1.66.7"
            ),
        };
        if rows == 0 || columns == 0 {
            return Err(DicomError::Damaged("has no rows or no columns"));
        }
        Ok(Some(Self {
            keys: Keys::of(root),
            frames: frame::all(root, image.frames),
            attributes: Arc::new(Attributes::of(root)),
            series_number: root.integer(tags::SERIES_NUMBER),
            time: frame::time(root),
            image: Arc::new(image),
        }))
    }

    /// What the file says of how it was taken.
    #[must_use]
    pub fn attributes(&self) -> &Attributes {
        &self.attributes
    }
}

/// A file with its meta group, which says how the rest is written.
fn from_meta<R: Read>(mut source: Source<R>) -> Result<Option<Header>, DicomError> {
    let meta = Walk::new(&mut source).meta()?;
    if codes(&meta, tags::MEDIA_STORAGE_SOP_CLASS_UID) == ["1.2.840.10008.1.3.10"] {
        // A DICOMDIR lists the files that lie beside it.
        return Ok(None);
    }
    let uid = meta.code(tags::TRANSFER_SYNTAX_UID);
    let syntax = match &uid {
        Some(uid) => Syntax::of(uid),
        None => Syntax::plain(Grammar::Explicit),
    };
    let begins = source.at();
    let (root, pixels) = if syntax.deflated {
        let mut inflated = Source::new(std::io::BufReader::new(flate2::read::DeflateDecoder::new(
            source.into_rest(),
        )));
        Walk::new(&mut inflated).root(syntax.grammar)?
    } else {
        Walk::new(&mut source).root(syntax.grammar)?
    };
    match pixels {
        Some(pixels) => Header::of(&root, pixels, syntax, begins),
        None => Ok(None),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An image of those bits: allocated, stored, highest.
    pub(in super::super) fn image([allocated, stored, high]: [u16; 3]) -> Image {
        Image {
            syntax: Syntax::plain(Grammar::Explicit),
            pixels: Pixels {
                at: 0,
                length: Some(0),
                whole: true,
            },
            begins: 0,
            rows: 1,
            columns: 1,
            frames: 1,
            samples: 1,
            photometric: "MONOCHROME2".to_owned(),
            allocated,
            stored,
            high,
            signed: false,
            has_table: false,
            is_segmentation: false,
            is_lossy: false,
        }
    }
}
