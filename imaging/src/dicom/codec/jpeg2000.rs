//! JPEG 2000, by hayro's decoder: safe Rust throughout, where OpenJPEG's translation is C in other letters.

use super::other_size;
use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};

/// Where a code stream says how many bits its first component has, and whether they are signed.
const SSIZ: usize = 42;

/// Raw numbers, row by row, negative ones as two's complement.
pub(super) fn decode(frame: &[u8], rows: usize, columns: usize) -> Result<Vec<u32>, String> {
    let settings = DecodeSettings {
        resolve_palette_indices: false,
        ..DecodeSettings::default()
    };
    let image = Image::new(frame, &settings).map_err(|e| e.to_string())?;
    let found = [image.width() as usize, image.height() as usize];
    if found != [columns, rows] {
        return Err(other_size(found, [columns, rows]));
    }
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(|e| e.to_string())?;
    let [component] = decoded.components() else {
        return Err("it is in colour".to_owned());
    };
    if component.samples().len() != rows * columns {
        return Err("it ends too early".to_owned());
    }
    // The decoder lifts signed numbers by half their range, as it does unsigned ones, for which that is due.
    let lift = if is_signed(frame) {
        1_i64 << (component.bit_depth().clamp(1, 32) - 1)
    } else {
        0
    };
    let raw = |sample: &f32| (sample.round() as i64 - lift) as u32;
    Ok(component.samples().iter().map(raw).collect())
}

fn is_signed(frame: &[u8]) -> bool {
    let mark = [0xff, 0x4f, 0xff, 0x51];
    let start = frame.windows(4).position(|w| w == mark);
    let byte = start.and_then(|at| frame.get(at + SSIZ));
    byte.is_some_and(|b| b & 0x80 != 0)
}
