//! `mts scan`.

use std::path::PathBuf;

use imaging::recognise::choose;

use crate::Failure;
use crate::folder::{Folder, candidate};

/// List what a folder of DICOM files holds: examinations and their series, and which would be taken as T1,
/// T1ce, T2 and FLAIR. No name, date or number of a patient is shown, and no pixel is read.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder, or a disc; folders in it are looked into
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let folder = Folder::look(&arguments.folder)?;
    let mut number = 0;
    for (patient, of) in folder.listing.patients.iter().enumerate() {
        for examination in &of.examinations {
            number += 1;
            let days = match examination.days_after_first {
                Some(days) if days > 0 => format!(", {days} days after the first"),
                _ => String::new(),
            };
            let young = match examination.under_18 {
                Some(true) => ", under 18 years: outside what the models have learnt",
                _ => "",
            };
            println!("Examination {number}: patient {}{days}{young}", patient + 1);
            let candidates: Vec<_> = examination.parts.iter().map(candidate).collect();
            let chosen = choose(&candidates);
            for (at, part) in examination.parts.iter().enumerate() {
                let about = &part.about;
                let taken = match (chosen.contains(&at), candidates[at].guess) {
                    (true, Some(sequence)) => sequence.to_string(),
                    (true, None) => "?".to_owned(),
                    (false, _) => String::new(),
                };
                let spacing = about.spacing_mm.map_or_else(String::new, |[x, y, z]| {
                    format!(", {x:.2} × {y:.2} × {z:.2} mm")
                });
                let plane = about
                    .plane
                    .map_or_else(String::new, |plane| format!(", {}", plane.words()));
                let why = part
                    .no_volume()
                    .map_or_else(String::new, |why| format!("; not read: {why}"));
                println!(
                    "  {taken:<6}{}{plane}, {} slices{spacing}{why}",
                    about.attributes.description, about.slices
                );
            }
        }
    }
    for file in &folder.nifti {
        println!("NIfTI: {}", file.display());
    }
    if folder.passed_over > 0 {
        println!("{} other files were passed over.", folder.passed_over);
    }
    Ok(())
}
