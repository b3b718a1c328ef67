//! A NIfTI-1 header read byte by byte: an oracle that shares no line with `imaging`, which wrote
//! the file under test.

use std::{io::Read, path::Path};

use anyhow::{Context, Result, ensure};
use flate2::read::MultiGzDecoder;

/// The fields that say where voxels lie, and the text that people see.
#[derive(Clone, Debug, PartialEq)]
pub struct RawHeader {
    /// `dim[1..4]`, offset 40.
    pub dims: [i16; 3],
    /// `datatype`, offset 70: 2 is uint8.
    pub datatype: i16,
    /// `sform_code`, offset 254.
    pub sform_code: i16,
    /// `srow_x`, `srow_y`, `srow_z`, offset 280, in mm, to RAS.
    pub sform: [[f32; 4]; 3],
    /// Every byte before the image, text extensions included.
    pub before_image: Vec<u8>,
    /// The image's bytes.
    pub image: Vec<u8>,
}

/// Reads a little-endian single file, gzipped.
///
/// # Errors
/// It is none.
pub fn read(path: &Path) -> Result<RawHeader> {
    let file = std::fs::File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let mut bytes = Vec::new();
    MultiGzDecoder::new(file)
        .read_to_end(&mut bytes)
        .with_context(|| format!("inflating {}", path.display()))?;
    parse(bytes)
}

fn parse(bytes: Vec<u8>) -> Result<RawHeader> {
    ensure!(bytes.len() >= 352, "{} bytes are no header", bytes.len());
    ensure!(
        bytes[0..4] == 348_i32.to_le_bytes(),
        "sizeof_hdr is not 348, little endian"
    );
    ensure!(
        &bytes[344..348] == b"n+1\0",
        "the magic is not that of a single file"
    );
    let short = |at: usize| i16::from_le_bytes([bytes[at], bytes[at + 1]]);
    let float =
        |at: usize| f32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let image_at = float(108) as usize;
    ensure!(
        (352..=bytes.len()).contains(&image_at),
        "vox_offset is {image_at}"
    );
    let row = |r: usize| [0, 1, 2, 3].map(|c| float(280 + 16 * r + 4 * c));
    Ok(RawHeader {
        dims: [short(42), short(44), short(46)],
        datatype: short(70),
        sform_code: short(254),
        sform: [row(0), row(1), row(2)],
        before_image: bytes[..image_at].to_vec(),
        image: bytes[image_at..].to_vec(),
    })
}

impl RawHeader {
    /// Whether text stands before the image, in the header or in an extension.
    #[must_use]
    pub fn says(&self, text: &str) -> bool {
        self.before_image
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    }

    /// The volume of a voxel from the affine's determinant.
    #[must_use]
    pub fn voxel_ml(&self) -> f64 {
        let [a, b, c] = self.sform.map(|row| row.map(f64::from));
        let cross = [
            b[1] * c[2] - b[2] * c[1],
            b[2] * c[0] - b[0] * c[2],
            b[0] * c[1] - b[1] * c[0],
        ];
        (a[0] * cross[0] + a[1] * cross[1] + a[2] * cross[2]).abs() / 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use imaging::{Affine, Grid, Image, nifti};

    #[test]
    fn bytes_and_imaging_agree_on_an_asymmetric_grid() {
        let affine = Affine([
            [-1.5, 0.0, 0.0, 90.0],
            [0.0, 0.0, 2.0, -126.0],
            [0.0, -3.0, 0.0, 72.0],
        ]);
        let mut map = Image::filled(
            Grid {
                dims: [3, 4, 5],
                affine,
            },
            0_u8,
        );
        map.data[7] = 3;
        let packed = nifti::write_labels(&map, &[(3, "enhancing")], "for teaching", None).unwrap();
        let mut bytes = Vec::new();
        MultiGzDecoder::new(&packed[..])
            .read_to_end(&mut bytes)
            .unwrap();
        let raw = parse(bytes).unwrap();
        assert_eq!(raw.dims, [3, 4, 5]);
        assert_eq!(raw.datatype, 2);
        assert_eq!(raw.sform[1], [0.0, 0.0, 2.0, -126.0]);
        assert_eq!(raw.image, map.data);
        assert!((raw.voxel_ml() - 0.009).abs() < 1e-9);
        assert!(raw.says("for teaching") && raw.says("3 enhancing") && !raw.says("absent"));
    }
}
