//! JPEG: lossless of up to 16 bits, and the usual lossy kind of 8.

use super::other_size;
use jpeg_decoder::{Decoder, Error, PixelFormat};

/// Raw numbers, row by row.
pub(super) fn decode(frame: &[u8], rows: usize, columns: usize) -> Result<Vec<u32>, String> {
    let mut decoder = Decoder::new(frame);
    decoder.set_max_decoding_buffer_size(8 * rows * columns);
    decoder.read_info().map_err(words)?;
    let info = decoder.info().ok_or("it has no header")?;
    let found = [usize::from(info.width), usize::from(info.height)];
    if found != [columns, rows] {
        return Err(other_size(found, [columns, rows]));
    }
    let bytes = decoder.decode().map_err(words)?;
    let numbers: Vec<u32> = match info.pixel_format {
        PixelFormat::L8 => bytes.iter().map(|b| u32::from(*b)).collect(),
        PixelFormat::L16 => (bytes.chunks_exact(2))
            .map(|b| u32::from(u16::from_ne_bytes([b[0], b[1]])))
            .collect(),
        _ => return Err("it is in colour".to_owned()),
    };
    if numbers.len() == rows * columns {
        Ok(numbers)
    } else {
        Err("it ends too early".to_owned())
    }
}

fn words(error: Error) -> String {
    match error {
        Error::Unsupported(feature) => {
            format!(
                "this kind of JPEG ({feature:?}) is not read here; convert the series with dcm2niix"
            )
        }
        other => other.to_string(),
    }
}
