//! NIfTI-2's 540-byte header: the same fields as NIfTI-1, wider and in another order.

use super::geometry::GeometryHeader;
use super::header::{HEADER_2, Header};
use super::kind::Opened;
use crate::{ByteOrder, ImagingError};

/// Byte offsets of the fields, from the standard's `nifti2.h`.
mod at {
    pub(super) const DATATYPE: usize = 12;
    pub(super) const DIM: usize = 16;
    pub(super) const PIXDIM: usize = 104;
    pub(super) const VOX_OFFSET: usize = 168;
    pub(super) const SCL_SLOPE: usize = 176;
    pub(super) const SCL_INTER: usize = 184;
    pub(super) const QFORM_CODE: usize = 344;
    pub(super) const SFORM_CODE: usize = 348;
    pub(super) const QUATERN: usize = 352;
    pub(super) const QOFFSET: usize = 376;
    pub(super) const SROW: usize = 400;
    pub(super) const XYZT_UNITS: usize = 500;
}

/// Parses a NIfTI-2 header.
pub(super) fn parse_2(bytes: &[u8; HEADER_2], opened: Opened) -> Result<Header, ImagingError> {
    let fields = Fields {
        bytes,
        order: opened.order,
    };
    let dim: [i64; 8] = std::array::from_fn(|i| fields.i64(at::DIM + 8 * i));
    if !(1..=7).contains(&dim[0]) {
        return Err(ImagingError::Header {
            field: "dim[0]",
            found: dim[0].to_string(),
            expected: "1 to 7 axes",
        });
    }
    let row = |r: usize| std::array::from_fn(|c| fields.f64(at::SROW + 32 * r + 8 * c));
    Ok(Header {
        version: opened.version,
        order: opened.order,
        pair: opened.pair,
        dim,
        datatype: fields.i16(at::DATATYPE),
        vox_offset: fields.i64(at::VOX_OFFSET) as f64,
        scl_slope: fields.f64(at::SCL_SLOPE),
        scl_inter: fields.f64(at::SCL_INTER),
        geometry: GeometryHeader {
            axes: dim[0].clamp(1, 3) as usize,
            pixdim: std::array::from_fn(|i| fields.f64(at::PIXDIM + 8 * i)),
            xyzt_units: fields.i32(at::XYZT_UNITS).to_le_bytes()[0],
            qform_code: fields.i32(at::QFORM_CODE),
            sform_code: fields.i32(at::SFORM_CODE),
            quatern: std::array::from_fn(|i| fields.f64(at::QUATERN + 8 * i)),
            qoffset: std::array::from_fn(|i| fields.f64(at::QOFFSET + 8 * i)),
            srow: [row(0), row(1), row(2)],
        },
    })
}

struct Fields<'a> {
    bytes: &'a [u8; HEADER_2],
    order: ByteOrder,
}

impl Fields<'_> {
    /// `N` bytes at a place, least significant first.
    fn take<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut field = [0; N];
        field.copy_from_slice(&self.bytes[at..at + N]);
        if self.order == ByteOrder::Big {
            field.reverse();
        }
        field
    }

    fn i16(&self, at: usize) -> i16 {
        i16::from_le_bytes(self.take(at))
    }

    fn i32(&self, at: usize) -> i32 {
        i32::from_le_bytes(self.take(at))
    }

    fn i64(&self, at: usize) -> i64 {
        i64::from_le_bytes(self.take(at))
    }

    fn f64(&self, at: usize) -> f64 {
        f64::from_le_bytes(self.take(at))
    }
}
