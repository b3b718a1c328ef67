//! `mts prepare`.

use std::path::{Path, PathBuf};

use imaging::Sequence;
use imaging::nifti;
use mts_unet::pipeline::{Case, prepare};
use mts_unet::report::DISCLAIMER;
use mts_unet::{ModelError, progress::Silent};

use crate::folder::{Folder, Scans};
use crate::{Failure, file_failure};

/// Prepare a case for other tools: the four scans laid onto each other, on one grid, without skull.
///
/// Writes flair.nii.gz, t1.nii.gz, t1ce.nii.gz and t2.nii.gz (those that are there), brain.nii.gz, the mask,
/// and preparation.json, which says what was done and what was noticed. Intensities stay as they are.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A folder of DICOM or NIfTI files
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Which examination of the folder, as `mts scan` counts them
    #[arg(long, value_name = "N")]
    examination: Option<usize>,
    /// Where the prepared scans go; it is made where it is missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Scans { series, notes } = Folder::look(&arguments.folder)?.scans(arguments.examination)?;
    let case = Case::new(series.each_ref().map(Option::as_ref));
    let prepared = prepare(case, &mut Silent)?;
    std::fs::create_dir_all(&arguments.out)
        .map_err(|error| file_failure("make", &error, &arguments.out))?;
    let write = |name: &str, bytes: &[u8]| -> Result<(), Failure> {
        let path: &Path = &arguments.out.join(name);
        std::fs::write(path, bytes).map_err(|error| file_failure("write", &error, path))
    };
    for sequence in Sequence::ALL {
        if let Some(scan) = &prepared.scans[sequence.channel()] {
            let bytes = nifti::write_volume(scan, None).map_err(ModelError::from)?;
            write(&format!("{}.nii.gz", sequence.key()), &bytes)?;
        }
    }
    let brain = prepared.brain.to_labels();
    let names = &[(0, "background"), (1, "brain")];
    let bytes = nifti::write_labels(&brain, names, DISCLAIMER, None).map_err(ModelError::from)?;
    write("brain.nii.gz", &bytes)?;
    let said = serde_json::json!({
        "disclaimer": DISCLAIMER,
        "grid_of": prepared.reference,
        "preparation": prepared.preparation,
        "checks": prepared.checks,
        "notes": notes,
        "seconds": prepared.seconds,
    });
    write("preparation.json", format!("{said:#}").as_bytes())?;
    let checks = prepared.checks.iter().filter(|verdict| verdict.matters());
    for words in notes.iter().chain(checks.map(|verdict| &verdict.words)) {
        println!("Note: {words}");
    }
    Ok(())
}
