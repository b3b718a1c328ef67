//! Images into NIfTI-1 bytes, gzipped. The same image gives the same bytes, always.

use super::geometry::GeometryHeader;
use super::quaternion::to_quaternion;
use crate::{Affine, Grid, ImagingError, LabelMap, Volume};
use flate2::{Compression, GzBuilder};
use nifti::{Endianness, Extension, Intent, NiftiHeader, NiftiType, Unit, XForm};
use std::io::Write;

/// NIfTI's extension code for plain text.
const COMMENT: i32 = 6;
/// Header and extension flags, before any extension.
const FIXED_BYTES: usize = 352;

/// A label map as .nii.gz: `uint8`, intent *label*.
///
/// `geometry` is the header of the scan on whose grid the map lies: both its forms, both codes, its
/// spacings and units are written as they stand there, so that every program shows the labels where it
/// shows the scan (only an sform that places nothing loses its code, and a quaternion longer than 1 its
/// excess: labels have to open where the scan may not). Without one the affine is written as sform and (where its axes are at right angles)
/// as qform, both with the code *aligned*.
///
/// `description` stands in the header, cut to 79 bytes there; in full, with a line for each of
/// `names` (label, name), it follows in a text extension.
///
/// # Errors
/// [`ImagingError::Unwritable`] where an axis is longer than NIfTI-1 can say, or `geometry` is that of
/// another grid.
pub fn write_labels(
    map: &LabelMap,
    names: &[(u8, &str)],
    description: &str,
    geometry: Option<&GeometryHeader>,
) -> Result<Vec<u8>, ImagingError> {
    let mut header = header_for(&map.grid, NiftiType::Uint8, geometry)?;
    header.intent_code = Intent::Label as i16;
    header.intent_name[..6].copy_from_slice(b"Labels");
    header.cal_max = f32::from(map.data.iter().copied().max().unwrap_or(0));
    header.descrip = padded(description, 80);
    let mut text = description.to_owned();
    for (label, name) in names {
        text.push_str(&format!("\n{label} {name}"));
    }
    let extension = Extension::from_str(COMMENT, text.trim_start());
    header.vox_offset = (FIXED_BYTES + extension.size() as usize) as f32;
    assemble(&header, Some(&extension), |out| out.write_all(&map.data))
}

/// A scan as .nii.gz, `float32`, unscaled; `geometry` as for [`write_labels`].
///
/// # Errors
/// As [`write_labels`].
pub fn write_volume(
    volume: &Volume,
    geometry: Option<&GeometryHeader>,
) -> Result<Vec<u8>, ImagingError> {
    let header = header_for(&volume.grid, NiftiType::Float32, geometry)?;
    assemble(&header, None, |out| {
        let mut buffer = Vec::with_capacity(64 << 10);
        for values in volume.data.chunks(16 << 10) {
            buffer.clear();
            buffer.extend(values.iter().flat_map(|v| v.to_le_bytes()));
            out.write_all(&buffer)?;
        }
        Ok(())
    })
}

fn header_for(
    grid: &Grid,
    datatype: NiftiType,
    geometry: Option<&GeometryHeader>,
) -> Result<NiftiHeader, ImagingError> {
    let too_long = |_| ImagingError::Unwritable {
        found: format!("{:?} voxels", grid.dims),
        expected: "at most 32767 along an axis",
    };
    let mut header = NiftiHeader {
        datatype: datatype as i16,
        bitpix: 8 * datatype.size_of() as i16,
        magic: *b"n+1\0",
        scl_slope: 1.0,
        xyzt_units: Unit::Mm as u8,
        vox_offset: FIXED_BYTES as f32,
        regular: b'r',
        endianness: Endianness::Little,
        ..NiftiHeader::default()
    };
    header.dim = [3, 1, 1, 1, 1, 1, 1, 1];
    for (to, from) in header.dim[1..].iter_mut().zip(grid.dims) {
        *to = i16::try_from(from).map_err(too_long)?.cast_unsigned();
    }
    match geometry {
        None => place(&mut header, &grid.affine),
        Some(geometry) if geometry.places(grid) => keep(&mut header, geometry),
        Some(_) => {
            return Err(ImagingError::Unwritable {
                found: "voxels on another grid than the scan whose header is to stand over them"
                    .into(),
                expected: "the header of the scan on the same grid",
            });
        }
    }
    Ok(header)
}

/// Writes a scan's own geometry, used or not. What NIfTI-2 said is rounded to `f32`, and a quaternion
/// that rounding made longer than 1 is cut to its length, since nibabel opens no longer one; an sform
/// that places nothing loses its code.
fn keep(header: &mut NiftiHeader, geometry: &GeometryHeader) {
    let code = |code: i32| i16::try_from(code).unwrap_or(XForm::AlignedAnat as i16);
    let narrow = |row: [f64; 4]| row.map(|v| v as f32);
    let absent = &header.dim[geometry.axes + 1..];
    if absent.iter().all(|voxels| *voxels == 1) {
        header.dim[0] = geometry.axes as u16;
    }
    header.pixdim = geometry.pixdim.map(|v| v as f32);
    header.xyzt_units = geometry.xyzt_units;
    header.qform_code = code(geometry.qform_code);
    header.sform_code = code(geometry.sform_code_to_write());
    let [b, c, d] = no_longer_than_1(geometry.quatern).map(|v| v as f32);
    (header.quatern_b, header.quatern_c, header.quatern_d) = (b, c, d);
    let [x, y, z] = geometry.qoffset.map(|v| v as f32);
    (header.quatern_x, header.quatern_y, header.quatern_z) = (x, y, z);
    let [x, y, z] = geometry.srow.map(narrow);
    (header.srow_x, header.srow_y, header.srow_z) = (x, y, z);
}

/// The same half turn where b, c, d are longer than nibabel allows; else as they stand.
fn no_longer_than_1(bcd: [f64; 3]) -> [f64; 3] {
    let square: f64 = bcd.iter().map(|v| v * v).sum();
    if square.is_finite() && square > 1.0 + 2.0 * f64::from(f32::EPSILON) {
        bcd.map(|v| v / square.sqrt())
    } else {
        bcd
    }
}

/// Writes the affine in both of its spellings.
fn place(header: &mut NiftiHeader, affine: &Affine) {
    let row = |r: usize| affine.0[r].map(|v| v as f32);
    header.sform_code = XForm::AlignedAnat as i16;
    (header.srow_x, header.srow_y, header.srow_z) = (row(0), row(1), row(2));
    let spacing = affine.spacing_mm();
    header.pixdim = [1.0; 8];
    for (to, from) in header.pixdim[1..].iter_mut().zip(spacing) {
        *to = from as f32;
    }
    header.qform_code = XForm::Unknown as i16;
    if let Some(q) = to_quaternion(affine) {
        header.qform_code = XForm::AlignedAnat as i16;
        header.pixdim[0] = q.qfac as f32;
        let [b, c, d] = q.bcd.map(|v| v as f32);
        (header.quatern_b, header.quatern_c, header.quatern_d) = (b, c, d);
        header.quatern_x = header.srow_x[3];
        header.quatern_y = header.srow_y[3];
        header.quatern_z = header.srow_z[3];
    }
}

/// Header, extension and image, gzipped without a time or a name in it.
fn assemble(
    header: &NiftiHeader,
    extension: Option<&Extension>,
    image: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<Vec<u8>, ImagingError> {
    let write = || {
        let mut gzip = GzBuilder::new()
            .mtime(0)
            .operating_system(255)
            .write(Vec::new(), Compression::default());
        gzip.write_all(&header_bytes(header))?;
        gzip.write_all(&[u8::from(extension.is_some()), 0, 0, 0])?;
        if let Some(extension) = extension {
            gzip.write_all(&extension.size().to_le_bytes())?;
            gzip.write_all(&extension.code().to_le_bytes())?;
            gzip.write_all(extension.data())?;
        }
        image(&mut gzip)?;
        gzip.finish()
    };
    // Writing goes to memory and cannot fail; if it ever does, it is said rather than assumed.
    write().map_err(|e: std::io::Error| ImagingError::Unwritable {
        found: e.to_string(),
        expected: "bytes in memory",
    })
}

/// The 348 bytes of a header, little-endian.
fn header_bytes(h: &NiftiHeader) -> Vec<u8> {
    let mut out = Vec::with_capacity(348);
    macro_rules! put {
        ($($field:expr),* $(,)?) => { { $( out.extend_from_slice(&$field.to_le_bytes()); )* } };
    }
    put!(h.sizeof_hdr);
    out.extend_from_slice(&h.data_type);
    out.extend_from_slice(&h.db_name);
    put!(h.extents, h.session_error, h.regular, h.dim_info);
    h.dim.iter().for_each(|v| put!(v));
    put!(h.intent_p1, h.intent_p2, h.intent_p3, h.intent_code);
    put!(h.datatype, h.bitpix, h.slice_start);
    h.pixdim.iter().for_each(|v| put!(v));
    put!(h.vox_offset, h.scl_slope, h.scl_inter, h.slice_end);
    put!(h.slice_code, h.xyzt_units, h.cal_max, h.cal_min);
    put!(h.slice_duration, h.toffset, h.glmax, h.glmin);
    out.extend_from_slice(&h.descrip);
    out.extend_from_slice(&h.aux_file);
    put!(h.qform_code, h.sform_code);
    put!(h.quatern_b, h.quatern_c, h.quatern_d);
    put!(h.quatern_x, h.quatern_y, h.quatern_z);
    for row in [h.srow_x, h.srow_y, h.srow_z] {
        row.iter().for_each(|v| put!(v));
    }
    out.extend_from_slice(&h.intent_name);
    out.extend_from_slice(&h.magic);
    out
}

/// Text as bytes with zeros to `size`, cut at a character so that at least one zero ends it.
fn padded(text: &str, size: usize) -> Vec<u8> {
    let mut end = text.len().min(size - 1);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut bytes = text.as_bytes()[..end].to_vec();
    bytes.resize(size, 0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RasPoint;

    #[test]
    fn the_nifti_crate_parses_the_header_back_field_by_field() {
        let grid = Grid {
            dims: [3, 4, 5],
            affine: Affine::axis_aligned([1.0, 2.0, 3.0], RasPoint([-4.0, 5.0, -6.0])),
        };
        let mut header = header_for(&grid, NiftiType::Int16, None).expect("small");
        header.intent_p1 = 0.5;
        header.dim_info = 7;
        header.slice_end = 12;
        header.glmax = -9;
        header.cal_min = 1.25;
        header.toffset = 3.5;
        header.descrip = padded("ünïcode", 80);
        let bytes = header_bytes(&header);
        assert_eq!(bytes.len(), 348);
        let back = NiftiHeader::from_reader(&bytes[..]).expect("parses");
        assert_eq!(back, header);
    }

    #[test]
    fn a_long_description_is_cut_at_a_character() {
        let bytes = padded(&"é".repeat(60), 80);
        assert_eq!(bytes.len(), 80);
        assert_eq!(&bytes[..78], "é".repeat(39).as_bytes());
        assert_eq!(&bytes[78..], [0, 0]);
    }
}
