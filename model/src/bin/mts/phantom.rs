//! `mts phantom`.

use std::path::{Path, PathBuf};

use imaging::nifti;
use mts_unet::ModelError;
use mts_unet::phantom::{Atlas, Options, Phantom, PhantomError, generate};
use mts_unet::report::{DISCLAIMER, LABEL_NAMES};

use crate::{Failure, file_failure};

/// Make synthetic patients: four sequences each, the labels, and a manifest with what they have.
///
/// Seed N always gives the same patient; --count makes those of N, N+1 and so on, each in its own
/// folder, as FLAIR, T1, T1ce and T2 without skull on one grid, and seg with labels 0 to 3.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The first patient
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many
    #[arg(long, default_value_t = 1)]
    count: u64,
    /// Folder for them; it is made where it is missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Edge of a voxel, 1 to 4
    #[arg(long, value_name = "MM", default_value_t = 2.0, value_parser = spacing)]
    spacing: f64,
    /// Clean scans: no thick slices, blur, strong noise or bias
    #[arg(long)]
    clean: bool,
}

/// The manifest's columns, those of `mts train`.
const COLUMNS: &str =
    "case,patient,cohort,split,flair,t1,t1ce,t2,seg,seg_scheme,idh_mutant,codeleted_1p19q,grade";
/// In the order of `imaging::Sequence::ALL`.
const FILES: [&str; 4] = ["FLAIR", "T1", "T1ce", "T2"];

fn spacing(text: &str) -> Result<f64, String> {
    let spacing: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (1.0..=4.0).contains(&spacing) {
        Ok(spacing)
    } else {
        Err("expected 1 to 4 mm".into())
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let atlas = Atlas::embedded()?;
    let options = Options {
        spacing_mm: arguments.spacing,
        artefacts: !arguments.clean,
        ..Options::default()
    };
    let mut manifest = format!("{COLUMNS}\n");
    for seed in arguments.seed..arguments.seed.saturating_add(arguments.count) {
        let phantom = generate(seed, &atlas, &options);
        let name = format!("phantom-{seed:06}");
        write_patient(&arguments.out.join(&name), &phantom)?;
        let files = FILES.map(|f| format!("{name}/{f}.nii.gz")).join(",");
        let truth = phantom.truth;
        manifest.push_str(&format!(
            "{name},{name},phantom,,{files},{name}/seg.nii.gz,brats2023,{},{},{}\n",
            u8::from(truth.idh_mutant),
            u8::from(truth.codeleted),
            truth.grade
        ));
    }
    write(&arguments.out.join("manifest.csv"), manifest.as_bytes())?;
    println!("{DISCLAIMER}");
    println!(
        "{} synthetic patients in {}",
        arguments.count,
        arguments.out.display()
    );
    Ok(())
}

fn write_patient(dir: &Path, phantom: &Phantom) -> Result<(), Failure> {
    std::fs::create_dir_all(dir).map_err(|error| file_failure("make", &error, dir))?;
    for (name, volume) in FILES.iter().zip(&phantom.volumes) {
        let bytes = nifti::write_volume(volume, None).map_err(ModelError::from)?;
        write(&dir.join(format!("{name}.nii.gz")), &bytes)?;
    }
    let about = "Synthetic patient, for research and teaching only";
    let bytes =
        nifti::write_labels(&phantom.labels, LABEL_NAMES, about, None).map_err(ModelError::from)?;
    write(&dir.join("seg.nii.gz"), &bytes)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|error| file_failure("write", &error, path))
}

impl From<PhantomError> for Failure {
    fn from(error: PhantomError) -> Self {
        Self {
            what: error.to_string(),
            mend: "Build the tool again: the maps that it carries are damaged.".into(),
            code: 1,
        }
    }
}
