//! The header as the rest of the reader sees it, whichever version it came from: numbers widened,
//! nothing checked yet.

use super::geometry::GeometryHeader;
use super::kind::Opened;
use crate::{ByteOrder, ImagingError};
use nifti::NiftiHeader;

/// Bytes of a NIfTI-1 header.
pub(super) const HEADER_1: usize = 348;
/// Bytes of a NIfTI-2 header.
pub(super) const HEADER_2: usize = 540;

/// The fields that matter for placing and scaling voxels, by NIfTI's names.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Header {
    pub(super) version: u8,
    pub(super) order: ByteOrder,
    pub(super) pair: bool,
    pub(super) dim: [i64; 8],
    pub(super) datatype: i16,
    pub(super) vox_offset: f64,
    pub(super) scl_slope: f64,
    pub(super) scl_inter: f64,
    pub(super) geometry: GeometryHeader,
}

/// Parses a NIfTI-1 header by the `nifti` crate.
pub(super) fn parse_1(bytes: &[u8], opened: Opened) -> Result<Header, ImagingError> {
    // The crate tells the byte order by this field and accepts 0; with 1 to 7 in the order that
    // `sizeof_hdr` has, it cannot come to another answer than ours.
    let count = [bytes[40], bytes[41]];
    let axes = match opened.order {
        ByteOrder::Little => i16::from_le_bytes(count),
        ByteOrder::Big => i16::from_be_bytes(count),
    };
    if !(1..=7).contains(&axes) {
        return Err(ImagingError::Header {
            field: "dim[0]",
            found: axes.to_string(),
            expected: "1 to 7 axes",
        });
    }
    let h = NiftiHeader::from_reader(&bytes[..HEADER_1]).map_err(|e| ImagingError::NotNifti {
        found: format!("a header that does not parse ({e})"),
    })?;
    let wide = |row: [f32; 4]| row.map(f64::from);
    Ok(Header {
        version: opened.version,
        order: opened.order,
        pair: opened.pair,
        // The crate reads the axes as unsigned; the standard has them signed.
        dim: h.dim.map(|n| i64::from(n.cast_signed())),
        datatype: h.datatype,
        vox_offset: f64::from(h.vox_offset),
        scl_slope: f64::from(h.scl_slope),
        scl_inter: f64::from(h.scl_inter),
        geometry: GeometryHeader {
            axes: axes.clamp(1, 3) as usize,
            pixdim: h.pixdim.map(f64::from),
            xyzt_units: h.xyzt_units,
            qform_code: i32::from(h.qform_code),
            sform_code: i32::from(h.sform_code),
            quatern: [h.quatern_b, h.quatern_c, h.quatern_d].map(f64::from),
            qoffset: [h.quatern_x, h.quatern_y, h.quatern_z].map(f64::from),
            srow: [wide(h.srow_x), wide(h.srow_y), wide(h.srow_z)],
        },
    })
}
