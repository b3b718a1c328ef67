//! Whether a header may be believed, decided before a byte is reserved for it.

use super::datatype::{Datatype, Scaling};
use super::form::{self, Placed};
use super::geometry::GeometryHeader;
use super::header::Header;
use crate::{AffineSource, ByteOrder, Forms, Grid, ImagingError};

/// Most voxels along an axis: what NIfTI-1 can say, in which answers on the same grid are written.
pub const MAX_AXIS: u64 = 32_767;
/// Most voxels in all: beyond are headers that nobody meant. What a machine can hold is asked elsewhere
/// ([`crate::memory`]), and what the file cannot hold is refused before memory is asked for.
pub const MAX_VOXELS: u64 = 2_000_000_000;
/// Most bytes before the image, header extensions included.
pub const MAX_HEADER_BYTES: u64 = 64 << 20;

/// A header that passed: what the reader needs, in its own types.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    pub(super) version: u8,
    pub(super) order: ByteOrder,
    pub(super) grid: Grid,
    pub(super) source: AffineSource,
    pub(super) forms: Forms,
    pub(super) geometry: GeometryHeader,
    pub(super) datatype: Datatype,
    pub(super) scaling: Scaling,
    /// Bytes before the image in the file that holds it.
    pub(super) image_at: u64,
}

impl Plan {
    /// Bytes of the image.
    pub(super) fn image_bytes(&self) -> u64 {
        self.grid.voxel_count() as u64 * self.datatype.size() as u64
    }
}

/// Checks a header, or says which field cannot be and why.
pub(super) fn check(header: &Header) -> Result<Plan, ImagingError> {
    let datatype = Datatype::from_code(header.datatype)?;
    let dims = dims(header)?;
    let image_at = image_at(header)?;
    let Placed {
        affine,
        source,
        forms,
    } = form::place(&header.geometry, dims)?;
    Ok(Plan {
        version: header.version,
        order: header.order,
        grid: Grid { dims, affine },
        source,
        forms,
        geometry: header.geometry.clone(),
        datatype,
        scaling: Scaling::new(header.scl_slope, header.scl_inter),
        image_at,
    })
}

/// Axes x, y, z. Those that the header does not have are 1 voxel; further ones must be singletons,
/// which some writers store as 0.
fn dims(header: &Header) -> Result<[usize; 3], ImagingError> {
    const NAMES: [&str; 7] = [
        "dim[1]", "dim[2]", "dim[3]", "dim[4]", "dim[5]", "dim[6]", "dim[7]",
    ];
    let axes = usize::try_from(header.dim[0]).unwrap_or(0).min(7);
    let mut sizes = [1u64; 7];
    for (axis, size) in sizes.iter_mut().enumerate().take(axes) {
        let found = header.dim[axis + 1];
        *size = match u64::try_from(found) {
            Ok(0) if axis >= 3 => 1,
            Ok(n) if n > 0 => n,
            _ => {
                return Err(ImagingError::Header {
                    field: NAMES[axis],
                    found: found.to_string(),
                    expected: "at least 1 voxel",
                });
            }
        };
    }
    let volumes = sizes[3..].iter().fold(1u64, |n, s| n.saturating_mul(*s));
    if volumes > 1 {
        return Err(ImagingError::SeveralVolumes {
            volumes,
            dims: sizes[..axes].to_vec(),
        });
    }
    let dims = [sizes[0], sizes[1], sizes[2]];
    let voxels = dims.iter().try_fold(1u64, |n, s| n.checked_mul(*s));
    let fits = voxels.is_some_and(|n| n <= MAX_VOXELS) && dims.iter().all(|n| *n <= MAX_AXIS);
    if !fits {
        return Err(ImagingError::TooLarge {
            dims,
            most_voxels: MAX_VOXELS,
        });
    }
    Ok(dims.map(|n| n as usize))
}

/// Where the image begins. The standard takes anything below the header's end in a single file as
/// the header's end.
fn image_at(header: &Header) -> Result<u64, ImagingError> {
    let found = header.vox_offset;
    if !(0.0..=MAX_HEADER_BYTES as f64).contains(&found) || found.fract() != 0.0 {
        return Err(ImagingError::Header {
            field: "vox_offset",
            found: found.to_string(),
            expected: "a whole number of bytes, at most 64 MiB",
        });
    }
    let first = match (header.pair, header.version) {
        (true, _) => 0,
        (false, 1) => 352,
        (false, _) => 544,
    };
    Ok((found as u64).max(first))
}
