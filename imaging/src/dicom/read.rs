//! From a listed part to its volume.
//!
//! One frame is in memory beside the volume (of a compressed file, its fragments), and each file is opened
//! once, in the order in which the caller numbered them.

use super::frame::Frame;
use super::part::Part;
use super::parts::Item;
use super::pixels;
use super::scale::{Met, Raw, Scale};
use super::stack::Stack;
use super::straighten::shifted;
use super::syntax::Grammar;
use super::{DicomError, FileId, NoVolume, Note};
use crate::{
    AffineSource, ByteOrder, Forms, Grid, ImagingError, LengthUnit, Orientation, Series,
    SeriesInfo, Volume,
};
use std::collections::BTreeMap;
use std::io::{self, Read};

/// A part as a volume, and what was done to make one of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The volume, its slices in order along their normal, in patient space.
    pub series: Series,
    /// What the person should know.
    pub notes: Vec<Note>,
}

/// One slice, for a small picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    /// Columns and rows.
    pub dims: [usize; 2],
    /// Between columns and between rows.
    pub spacing_mm: [f64; 2],
    /// Values, row by row from the top.
    pub values: Vec<f32>,
}

/// Reads the pixels of a part. `open` gives a file from its start; only files of the part are asked for.
///
/// # Errors
/// [`ImagingError::Dicom`] where the part is no volume, where a file is not what its header says, where two
/// slices with different pixels lie at one place, where a file cannot be opened, or where the machine has no room
/// for the volume.
pub fn read<R: Read>(
    part: &Part,
    mut open: impl FnMut(FileId) -> io::Result<R>,
) -> Result<Reading, ImagingError> {
    let stack = readable(part)?;
    let mut volume = Filling::new(stack)?;
    each_frame(part, &mut open, |item, number, raw| {
        volume.put(item, number, raw)
    })?;
    volume.finish(part)
}

/// Reads the middle slice of a part alone.
///
/// # Errors
/// As [`read`], but for what concerns other slices. A part that is no volume for reasons of place has its
/// picture all the same.
pub fn middle_slice<R: Read>(
    part: &Part,
    mut open: impl FnMut(FileId) -> io::Result<R>,
) -> Result<Slice, ImagingError> {
    let in_order: Vec<usize> = match &part.stack {
        Some(stack) => stack
            .places
            .iter()
            .filter_map(|f| f.first().copied())
            .collect(),
        None => (0..part.items.len()).collect(),
    };
    let item = &part.items[in_order[in_order.len() / 2]];
    let scale = scale(item)?;
    let image = &item.image;
    if image.is_huge() {
        return Err(DicomError::NoVolume(NoVolume::TooLarge).into());
    }
    let mut values = Vec::new();
    let file = open(item.file).map_err(DicomError::from)?;
    pixels::frames(image, file, &[item.frame.number], &mut |_, raw| {
        values = vec![0.0; image.rows * image.columns];
        scale.values(raw, &mut values, &mut Met::NOTHING.clone());
        Ok(())
    })?;
    let [rows_mm, columns_mm] = item.frame.spacing.unwrap_or([1.0; 2]);
    Ok(Slice {
        dims: [image.columns, image.rows],
        spacing_mm: [columns_mm, rows_mm],
        values,
    })
}

fn readable(part: &Part) -> Result<&Stack, DicomError> {
    if let Some(why) = part.no_volume().filter(|why| !why.is_advice()) {
        return Err(match why {
            NoVolume::Compression(_) => match part.items[0].image.syntax.codec {
                super::syntax::Codec::Unknown(name) => DicomError::Compression { name },
                _ => DicomError::NoVolume(why.clone()),
            },
            why => DicomError::NoVolume(why.clone()),
        });
    }
    let why = || part.no_volume().cloned().unwrap_or(NoVolume::SingleSlice);
    part.stack
        .as_ref()
        .ok_or_else(|| DicomError::NoVolume(why()))
}

fn scale(item: &Item) -> Result<Scale, DicomError> {
    let Frame {
        slope, intercept, ..
    } = item.frame;
    Scale::new(&item.image, slope, intercept).ok_or(DicomError::NoVolume(NoVolume::Pixels))
}

/// Hands the raw numbers of every frame to `put`, file by file.
fn each_frame<R: Read>(
    part: &Part,
    open: &mut impl FnMut(FileId) -> io::Result<R>,
    mut put: impl FnMut(&Item, usize, Raw<'_>) -> Result<(), DicomError>,
) -> Result<(), DicomError> {
    let mut files: BTreeMap<FileId, Vec<usize>> = BTreeMap::new();
    for (number, item) in part.items.iter().enumerate() {
        files.entry(item.file).or_default().push(number);
    }
    for (file, mut items) in files {
        items.sort_by_key(|item| part.items[*item].frame.number);
        let numbers: Vec<u32> = items.iter().map(|i| part.items[*i].frame.number).collect();
        let image = &part.items[items[0]].image;
        pixels::frames(image, open(file)?, &numbers, &mut |place, raw| {
            let number = items[place];
            put(&part.items[number], number, raw)
        })?;
    }
    Ok(())
}

/// A volume while its slices come in.
struct Filling<'a> {
    stack: &'a Stack,
    /// For each frame its slice.
    slice_of: Vec<usize>,
    filled: Vec<bool>,
    data: Vec<f32>,
    met: Met,
    copies: usize,
    differing: usize,
}

impl<'a> Filling<'a> {
    fn new(stack: &'a Stack) -> Result<Self, DicomError> {
        let frames = stack.shifts.len();
        let mut slice_of = vec![0; frames];
        for (slice, there) in stack.places.iter().enumerate() {
            for frame in there {
                slice_of[*frame] = slice;
            }
        }
        Ok(Self {
            stack,
            slice_of,
            filled: vec![false; stack.places.len()],
            data: Vec::new(),
            met: Met::NOTHING,
            copies: 0,
            differing: 0,
        })
    }

    fn put(&mut self, item: &Item, number: usize, raw: Raw<'_>) -> Result<(), DicomError> {
        let [nx, ny, nz] = self.stack.grid.dims;
        if self.data.is_empty() {
            // Only now: a first frame that is whole vouches for the size of the others.
            let voxels = nx * ny * nz;
            self.data
                .try_reserve_exact(voxels)
                .map_err(|_| DicomError::OutOfMemory {
                    bytes: 4 * voxels as u64,
                })?;
            self.data.resize(voxels, 0.0);
        }
        let scale = scale(item)?;
        let size = [item.image.columns, item.image.rows];
        let slice = self.slice_of[number];
        let to = &mut self.data[slice * nx * ny..][..nx * ny];
        let straight = self.stack.tilt_degrees.is_none();
        if straight && !self.filled[slice] {
            scale.values(raw, to, &mut self.met);
        } else {
            let mut values = vec![0.0; size[0] * size[1]];
            scale.values(raw, &mut values, &mut self.met);
            if !straight {
                values = shifted(&values, size, self.stack.shifts[number], [nx, ny]);
            }
            if !self.filled[slice] {
                to.copy_from_slice(&values);
            } else if *to == *values {
                self.copies += 1;
            } else {
                self.differing += 1;
            }
        }
        self.filled[slice] = true;
        Ok(())
    }

    fn finish(mut self, part: &Part) -> Result<Reading, ImagingError> {
        if self.differing > 0 {
            return Err(DicomError::SamePlace {
                places: self.differing,
            }
            .into());
        }
        self.fill_gaps();
        let notes = self.notes(part);
        let grid = self.stack.grid;
        let info = info(part, grid, self.met);
        Ok(Reading {
            series: Series {
                volume: Volume {
                    grid,
                    data: self.data,
                },
                info,
                geometry: None,
            },
            notes,
        })
    }

    /// Slices that are missing, between the nearest that are there.
    fn fill_gaps(&mut self) {
        let [nx, ny, _] = self.stack.grid.dims;
        let plane = nx * ny;
        for slice in self.stack.missing() {
            let there = |n: &usize| self.filled[*n];
            let (Some(below), Some(above)) = (
                (0..slice).rev().find(there),
                (slice..self.filled.len()).find(there),
            ) else {
                continue;
            };
            let weight = (slice - below) as f32 / (above - below) as f32;
            for pixel in 0..plane {
                let [a, b] = [below, above].map(|n| self.data[n * plane + pixel]);
                self.data[slice * plane + pixel] = a + (b - a) * weight;
            }
        }
    }

    fn notes(&self, part: &Part) -> Vec<Note> {
        let mut notes = Vec::new();
        let step_mm = self.stack.grid.spacing_mm()[2];
        let missing = self.stack.missing();
        if !missing.is_empty() {
            notes.push(Note::GapFilled {
                slices: missing,
                spacing_mm: step_mm,
            });
        }
        let copies = self.copies + part.copies;
        if copies > 0 {
            notes.push(Note::CopiesDropped { copies });
        }
        if let Some(degrees) = self.stack.tilt_degrees {
            notes.push(Note::Straightened { degrees });
        }
        let first = &part.items[0];
        let agrees = |mm: f64| (mm - step_mm).abs() <= 0.05 * step_mm;
        // Some scanners write the gap between slices where the distance of their centres belongs.
        let thickness = first.frame.thickness.unwrap_or(0.0);
        if let Some(said) = first.frame.between.map(f64::abs)
            && said > 0.0
            && !agrees(said)
            && !agrees(said + thickness)
        {
            notes.push(Note::SpacingDiffers {
                said_mm: said,
                found_mm: step_mm,
            });
        }
        if part.items.iter().any(|item| item.image.is_lossy) {
            notes.push(Note::Lossy);
        }
        if first.image.photometric == "MONOCHROME1" {
            notes.push(Note::Inverted);
        }
        notes
    }
}

fn info(part: &Part, grid: Grid, met: Met) -> SeriesInfo {
    let first = &part.items[0];
    let image = &first.image;
    let sign = if image.signed { "int" } else { "uint" };
    SeriesInfo {
        nifti_version: 0,
        datatype: format!("{sign}{}", image.allocated),
        byte_order: match image.syntax.grammar {
            Grammar::BigEndian => ByteOrder::Big,
            _ => ByteOrder::Little,
        },
        affine_source: AffineSource::Dicom,
        forms: Forms::default(),
        length_unit: LengthUnit::Millimetre,
        orientation: Orientation::of(&grid.affine).to_string(),
        dims: grid.dims,
        spacing_mm: grid.spacing_mm(),
        slope: first.frame.slope,
        intercept: first.frame.intercept,
        non_finite_voxels: met.non_finite,
        stored_range: met.stored_range(),
    }
}
