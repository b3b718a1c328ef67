//! What was found, and the prepared scans, as files in any of the scans' own grids.

use std::cell::RefCell;
use std::io::{Cursor, Write};

use imaging::{Affine, Mask, Sequence, Series, nifti, resample};
use mts_unet::ModelError;
use mts_unet::pipeline::Found;
use mts_unet::report::{DISCLAIMER, LABEL_NAMES};
use zip::result::ZipResult;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::library::Library;
use crate::protocol::{Export, SeriesId};
use crate::user_error::UserError;

/// The last reading, as far as more files can be made of it.
pub(crate) struct Last {
    pub(crate) assignment: [Option<SeriesId>; 4],
    pub(crate) places: [Option<Affine>; 4],
    pub(crate) brain: Mask,
    pub(crate) found: Found,
}

thread_local! {
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

/// Keeps a reading in the place of the one before.
pub(crate) fn keep(last: Option<Last>) {
    LAST.set(last);
}

/// One file with its name, an archive where there are several: a browser blocks a second download. `space` is the scan whose
/// grid they are to be in, but for prepared scans, which are on one grid.
///
/// # Errors
/// There is no reading, or its scan is gone; with the mend.
pub(crate) fn file(
    library: &Library,
    what: Export,
    space: Sequence,
) -> Result<(String, Vec<u8>), UserError> {
    let mut files = files(library, what, space)?;
    let name = match what {
        Export::Labels => return Ok(files.remove(0)),
        Export::Probabilities => format!("probabilities-{}.zip", space.key()),
        Export::Prepared => "prepared.zip".to_owned(),
    };
    let packed = packed(&files).map_err(|error| {
        UserError::new("The files cannot be packed.", "Try again.").with("archive", error)
    })?;
    Ok((name, packed))
}

/// An archive of files that are compressed already.
fn packed(files: &[(String, Vec<u8>)]) -> ZipResult<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, content) in files {
        archive.start_file(name.as_str(), options)?;
        archive.write_all(content)?;
    }
    Ok(archive.finish()?.into_inner())
}

fn files(
    library: &Library,
    what: Export,
    space: Sequence,
) -> Result<Vec<(String, Vec<u8>)>, UserError> {
    let gone = || {
        UserError::new(
            "The answer is not at hand any more.",
            "Analyse the scans again, then save.",
        )
    };
    LAST.with_borrow(|last| {
        let last = last.as_ref().ok_or_else(gone)?;
        let scan = |sequence: Sequence| -> Option<(&Series, Affine)> {
            let series = library.get(last.assignment[sequence.channel()]?)?;
            let place = last.places[sequence.channel()].unwrap_or(series.volume.grid.affine);
            Some((series, place))
        };
        let files = match what {
            Export::Prepared => prepared(last, scan),
            Export::Labels | Export::Probabilities => {
                let (series, place) = scan(space).ok_or_else(gone)?;
                match what {
                    Export::Labels => labels(last, series, place, space),
                    _ => probabilities(last, series, place, space),
                }
            }
        };
        files.map_err(|error| {
            UserError::new(format!("It cannot be written: {error}."), error.mend())
        })
    })
}

type Files = Result<Vec<(String, Vec<u8>)>, ModelError>;

fn labels(last: &Last, series: &Series, place: Affine, space: Sequence) -> Files {
    let (labels, _) = last.found.labels_on(&series.volume.grid, place);
    let geometry = series.geometry.as_ref();
    let bytes = nifti::write_labels(&labels, LABEL_NAMES, DISCLAIMER, geometry)?;
    Ok(vec![(
        format!("segmentation-{}.nii.gz", space.key()),
        bytes,
    )])
}

fn probabilities(last: &Last, series: &Series, place: Affine, space: Sequence) -> Files {
    let regions = last.found.regions_on(&series.volume.grid, place);
    let file = |(region, volume): (mts_unet::pipeline::Region, _)| {
        let bytes = nifti::write_volume(&volume, series.geometry.as_ref())?;
        let name = format!("probability-{}-{}.nii.gz", region.key(), space.key());
        Ok((name, bytes))
    };
    regions.into_iter().map(file).collect()
}

/// The scans on one grid, 0 outside the brain, and the brain; as `mts prepare` writes them.
fn prepared<'a>(last: &Last, scan: impl Fn(Sequence) -> Option<(&'a Series, Affine)>) -> Files {
    let mut files = Vec::new();
    for sequence in Sequence::ALL {
        let Some((series, place)) = scan(sequence) else {
            continue;
        };
        let mut volume = series.volume.clone();
        volume.grid.affine = place;
        let mut volume = resample::linear(&volume, &last.brain.grid);
        for (value, inside) in volume.data.iter_mut().zip(&last.brain.data) {
            *value = if *inside { *value } else { 0.0 };
        }
        let bytes = nifti::write_volume(&volume, None)?;
        files.push((format!("{}.nii.gz", sequence.key()), bytes));
    }
    let brain = last.brain.to_labels();
    let names = &[(0, "background"), (1, "brain")];
    let bytes = nifti::write_labels(&brain, names, DISCLAIMER, None)?;
    files.push(("brain.nii.gz".to_owned(), bytes));
    Ok(files)
}
