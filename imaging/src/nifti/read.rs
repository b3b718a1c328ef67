//! From a file's bytes to a series.
//!
//! Voxels are converted a buffer at a time straight from the inflater, so the peak is the file
//! itself, one `f32` a voxel, and 64 KiB.

use super::datatype::{Met, decode};
use super::guard::{self, Plan};
use super::header::{Header, parse_1};
use super::header2::parse_2;
use super::kind::open;
use super::source::Source;
use crate::{ImagingError, Orientation, Series, SeriesInfo, Volume};

/// Bytes converted at once; a multiple of every number's size.
const BUFFER: usize = 64 << 10;

/// Reads a single-file NIfTI-1 or NIfTI-2, plain or gzip by its content.
///
/// # Errors
/// Whatever the file is instead of one real-valued volume: see [`ImagingError`].
pub fn read(bytes: &[u8]) -> Result<Series, ImagingError> {
    let mut source = Source::new(bytes);
    let (header, taken) = header(&mut source)?;
    if header.pair {
        return Err(ImagingError::LoneHeader);
    }
    let plan = guard::check(&header)?;
    let gap = plan.image_at - taken;
    series(&plan, source, gap)
}

/// Reads a .hdr/.img pair, each plain or gzip by its content.
///
/// # Errors
/// As [`read`]; a single-file header is refused.
pub fn read_pair(header_bytes: &[u8], image: &[u8]) -> Result<Series, ImagingError> {
    let mut source = Source::new(header_bytes);
    let (header, taken) = header(&mut source)?;
    if !header.pair {
        return Err(ImagingError::NotAPair);
    }
    source.finish(taken, "header")?;
    let plan = guard::check(&header)?;
    series(&plan, Source::new(image), plan.image_at)
}

/// How much of a file's beginning [`peek`] wants: a header, gzipped or not, and room for the names in a gzip
/// stream.
pub const PEEK_BYTES: usize = 64 << 10;

/// What a header says of a scan's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outline {
    /// Voxels along x, y, z.
    pub dims: [usize; 3],
    /// Bytes of the stored image.
    pub image_bytes: u64,
}

/// What a single file, or the header of a pair, says of its size; `beginning` is the file or its first
/// [`PEEK_BYTES`]. No memory is asked for.
///
/// # Errors
/// As [`read`], for what is wrong with the header.
pub fn peek(beginning: &[u8]) -> Result<Outline, ImagingError> {
    let (header, _) = header(&mut Source::new(beginning))?;
    let plan = guard::check(&header)?;
    Ok(Outline {
        dims: plan.grid.dims,
        image_bytes: plan.image_bytes(),
    })
}

/// The header, unchecked, and how many bytes it took.
fn header(source: &mut Source<'_>) -> Result<(Header, u64), ImagingError> {
    let (opened, bytes) = open(source)?;
    if opened.version == 1 {
        Ok((parse_1(&bytes, opened)?, 348))
    } else {
        Ok((parse_2(&bytes, opened)?, 540))
    }
}

/// The voxels that follow `gap` bytes further on.
fn series(plan: &Plan, mut source: Source<'_>, gap: u64) -> Result<Series, ImagingError> {
    const PART: &str = "image";
    let expected = plan.image_bytes();
    let truncated = |found: u64| ImagingError::Truncated {
        part: PART,
        found,
        expected,
    };
    if source.ceiling() < gap + expected {
        return Err(truncated(source.ceiling().saturating_sub(gap)));
    }
    if source.skip(gap, PART)? < gap {
        return Err(truncated(0));
    }
    let voxels = plan.grid.voxel_count();
    let mut data: Vec<f32> = Vec::new();
    data.try_reserve_exact(voxels)
        .map_err(|_| ImagingError::OutOfMemory {
            bytes: 4 * voxels as u64,
        })?;
    let mut buffer = vec![0; BUFFER.min(expected as usize)];
    let mut read = 0;
    let mut met = Met::NOTHING;
    while read < expected {
        let wanted = (expected - read).min(BUFFER as u64) as usize;
        let found = source.fill(&mut buffer[..wanted], PART)?;
        read += found as u64;
        if found < wanted {
            return Err(truncated(read));
        }
        decode(
            &buffer[..wanted],
            plan.datatype,
            plan.order,
            plan.scaling,
            &mut data,
            &mut met,
        );
    }
    source.finish(expected, PART)?;
    Ok(Series {
        info: info(plan, &met),
        geometry: Some(plan.geometry.clone()),
        volume: Volume {
            grid: plan.grid,
            data,
        },
    })
}

fn info(plan: &Plan, met: &Met) -> SeriesInfo {
    SeriesInfo {
        nifti_version: plan.version,
        datatype: plan.datatype.name().to_owned(),
        byte_order: plan.order,
        affine_source: plan.source,
        forms: plan.forms.clone(),
        length_unit: plan.geometry.unit(),
        orientation: Orientation::of(&plan.grid.affine).to_string(),
        dims: plan.grid.dims,
        spacing_mm: plan.grid.spacing_mm(),
        slope: plan.scaling.slope,
        intercept: plan.scaling.intercept,
        non_finite_voxels: met.non_finite,
        stored_range: met.stored_range(),
    }
}
