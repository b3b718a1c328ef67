//! Compressed pixels, a frame at a time.
//!
//! The adapters that dicom-rs has for these index beyond their buffers where a frame is not as large as the
//! header says, and in WebAssembly a panic ends the engine. So the decoders are called here, and what they
//! say of a frame's size is held against the header before anything is reserved.

mod jpeg;
mod jpeg2000;
mod rle;

use super::DicomError;
use super::header::Image;
use super::syntax::Codec;

/// So many pixels a byte of compressed data can stand for; an empty slice is little more than its header.
const MOST_PIXELS_A_BYTE: usize = 1 << 14;

/// The raw numbers of a compressed frame, row by row.
pub(super) fn decode(image: &Image, frame: &[u8]) -> Result<Vec<u32>, DicomError> {
    let pixels = image.rows * image.columns;
    if pixels / MOST_PIXELS_A_BYTE > frame.len() {
        return Err(DicomError::Ends);
    }
    let (name, decoded) = match image.syntax.codec {
        Codec::Rle => (
            "RLE",
            rle::decode(frame, pixels, usize::from(image.allocated / 8)),
        ),
        Codec::Jpeg => ("JPEG", jpeg::decode(frame, image.rows, image.columns)),
        Codec::Jpeg2000 => (
            "JPEG 2000",
            jpeg2000::decode(frame, image.rows, image.columns),
        ),
        Codec::Unknown(name) => return Err(DicomError::Compression { name }),
        Codec::Native => return Err(DicomError::Damaged("has fragments of uncompressed pixels")),
    };
    decoded.map_err(|reason| DicomError::Codec {
        codec: name,
        reason,
    })
}

/// Says that a frame has another size than the header says.
fn other_size(found: [usize; 2], expected: [usize; 2]) -> String {
    format!(
        "found {}×{} pixels, expected {}×{}",
        found[0], found[1], expected[0], expected[1]
    )
}
