//! `mts predict`.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use imaging::check::Level;
use imaging::memory::{self, Room};
use imaging::{Sequence, Series, nifti};
use indicatif::{ProgressBar, ProgressStyle};
use mts_unet::device::cpu_note;
use mts_unet::pipeline::{Case, Observer, Options};
use mts_unet::progress::{Progress, Stage};
use mts_unet::report::{DISCLAIMER, LABEL_NAMES, Mirrored, Report, Standing};

use crate::device::{self, DeviceArgument};
use crate::folder::Folder;
use crate::{Failure, file_failure, scan};

/// Read a case: scans in, segmentation.nii.gz and report.json out.
///
/// The scans are NIfTI (.nii, .nii.gz, or .hdr with .img) of one patient and one session, with the
/// skull on or off. They may have different grids and orientations, and need not lie on each other. A bundle that has learnt to do without
/// some of the four sequences can be given fewer.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A folder of DICOM or NIfTI files of one patient, in the place of the four below
    #[arg(value_name = "DIR", conflicts_with_all = ["flair", "t1", "t1ce", "t2"])]
    folder: Option<PathBuf>,
    /// Which examination of the folder, as `mts scan` counts them
    #[arg(long, value_name = "N", requires = "folder")]
    examination: Option<usize>,
    /// T2-FLAIR
    #[arg(long, value_name = "FILE", required_unless_present_any = ["folder", "t1", "t1ce", "t2"])]
    flair: Option<PathBuf>,
    /// T1 without contrast agent
    #[arg(long, value_name = "FILE")]
    t1: Option<PathBuf>,
    /// T1 with contrast agent
    #[arg(long, value_name = "FILE")]
    t1ce: Option<PathBuf>,
    /// T2
    #[arg(long, value_name = "FILE")]
    t2: Option<PathBuf>,
    /// The model, such as www/models/demo.mts.safetensors
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    /// Folder for segmentation.nii.gz (labels 0 background, 1 core, 2 oedema, 3 enhancing) and
    /// report.json; it is made where it is missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Where to compute; auto takes a GPU if there is one that passes a self-test
    #[arg(long, value_enum, default_value = "auto")]
    device: DeviceArgument,
    /// The scan whose grid the segmentation is written in; where it was not given, the first given of
    /// T1ce, FLAIR, T1 and T2
    #[arg(long, value_enum, default_value = "t1ce")]
    space: SpaceArgument,
    /// Read the scans as they are: move none, take no skull off
    #[arg(long, alias = "insist")]
    as_they_are: bool,
    /// Read the mirror image too, left for right, and say how far both answers lie apart: in the report,
    /// and by voxel in spread.nii.gz; takes twice as long
    #[arg(long)]
    mirror: bool,
    /// Write the probability of each region too, in the same grid: probability-wt.nii.gz (whole tumour), -tc (core), -et
    /// (enhancing)
    #[arg(long)]
    probabilities: bool,
    /// Write the segmentation in the grids of the other scans too: segmentation-t1.nii.gz and so on
    #[arg(long)]
    every_space: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum SpaceArgument {
    T1ce,
    T1,
    T2,
    Flair,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let bar = Bar::new();
    let mut seconds = Vec::new();
    let mut timed = |stage: Stage, start: web_time::Instant| {
        seconds.push((stage, start.elapsed().as_secs_f64()));
    };

    let start = web_time::Instant::now();
    bar.words(Stage::Open);
    let (series, found) = match &arguments.folder {
        Some(folder) => {
            let scans = Folder::look(folder)?.scans(arguments.examination)?;
            (scans.series, scans.notes)
        }
        None => (files(arguments)?, Vec::new()),
    };
    let case = Case::new(series.each_ref().map(Option::as_ref));
    timed(Stage::Open, start);

    let start = web_time::Instant::now();
    bar.words(Stage::SelfTest);
    let (opened, refused) = device::choose(arguments.device).await?;
    timed(Stage::SelfTest, start);

    let start = web_time::Instant::now();
    bar.words(Stage::Load);
    let bundle = scan::bundle(&arguments.bundle)?;
    let (reader, too_large) = device::reader(&bundle, &opened, arguments.device).await?;
    drop(bundle);
    timed(Stage::Load, start);

    let space = match arguments.space {
        SpaceArgument::T1ce => Sequence::T1ce,
        SpaceArgument::T1 => Sequence::T1,
        SpaceArgument::T2 => Sequence::T2,
        SpaceArgument::Flair => Sequence::Flair,
    };
    let mut observer = bar;
    let start = web_time::Instant::now();
    reader.prepare(&mut observer).await?;
    timed(Stage::Prepare, start);
    let reading = reader
        .read_case(
            case,
            Options {
                as_they_are: arguments.as_they_are,
                space,
                mirror: arguments.mirror,
                ..Options::default()
            },
            &mut observer,
        )
        .await?;
    observer.0.finish_and_clear();

    let mut report = reading.report;
    report.notes.extend(found);
    report.seconds.extend(seconds);
    let why = refused.or(too_large);
    report.notes.extend(why.as_deref().map(cpu_note));
    let geometry = series[report.space.channel()]
        .as_ref()
        .and_then(|series| series.geometry.as_ref());
    let labels = nifti::write_labels(&reading.labels, LABEL_NAMES, DISCLAIMER, geometry)
        .map_err(mts_unet::ModelError::from)?;
    std::fs::create_dir_all(&arguments.out)
        .map_err(|error| file_failure("make", &error, &arguments.out))?;
    write(&arguments.out.join("segmentation.nii.gz"), &labels)?;
    if let Some(spread) = &reading.spread {
        let spread = nifti::write_volume(spread, geometry).map_err(mts_unet::ModelError::from)?;
        write(&arguments.out.join("spread.nii.gz"), &spread)?;
    }
    let reading_of = |sequence: Sequence| {
        let scan = series[sequence.channel()].as_ref()?;
        let place = reading.places[sequence.channel()].unwrap_or(scan.volume.grid.affine);
        Some((scan, place))
    };
    if let Some((scan, place)) = reading_of(report.space).filter(|_| arguments.probabilities) {
        for (region, volume) in reading.found.regions_on(&scan.volume.grid, place) {
            let bytes =
                nifti::write_volume(&volume, geometry).map_err(mts_unet::ModelError::from)?;
            let name = format!("probability-{}.nii.gz", region.key());
            write(&arguments.out.join(name), &bytes)?;
        }
    }
    let others = Sequence::ALL.into_iter().filter(|one| *one != report.space);
    for sequence in others.filter(|_| arguments.every_space) {
        let Some((scan, place)) = reading_of(sequence) else {
            continue;
        };
        let (labels, _) = reading.found.labels_on(&scan.volume.grid, place);
        let bytes = nifti::write_labels(&labels, LABEL_NAMES, DISCLAIMER, scan.geometry.as_ref())
            .map_err(mts_unet::ModelError::from)?;
        let name = format!("segmentation-{}.nii.gz", sequence.key());
        write(&arguments.out.join(name), &bytes)?;
    }
    let json = report.to_json().map_err(|error| Failure {
        what: error.to_string(),
        mend: String::new(),
        code: 1,
    })?;
    write(&arguments.out.join("report.json"), json.as_bytes())?;
    print(&report);
    Ok(())
}

/// The scans that were named one by one.
fn files(arguments: &Arguments) -> Result<[Option<Series>; 4], Failure> {
    let files = [
        &arguments.flair,
        &arguments.t1,
        &arguments.t1ce,
        &arguments.t2,
    ]
    .map(|file| file.as_deref());
    let dims: Vec<[usize; 3]> = files.into_iter().flatten().filter_map(scan::dims).collect();
    memory::ensure_room(&dims, Room::Machine).map_err(mts_unet::ModelError::from)?;
    let [flair, t1, t1ce, t2] = files.map(|file| file.map(scan::open).transpose());
    Ok([flair?, t1?, t1ce?, t2?])
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|error| file_failure("write", &error, path))
}

fn print(report: &Report) {
    let percent = |p: f32| format!("{:.0} %", 100.0 * p);
    println!("{DISCLAIMER}");
    for verdict in report.checks.iter().filter(|verdict| verdict.matters()) {
        let level = match verdict.level {
            Level::Doubtful => "Doubtful",
            _ => "Note",
        };
        println!("{level}: {}", verdict.words);
    }
    for note in &report.notes {
        println!("Note: {note}");
    }
    if !report.withheld.is_empty() {
        println!("Predictions         no answer, for what is said above");
    }
    if let Some(idh) = report.idh {
        let said = said(idh.standing);
        let apart = apart(report.mirrored.and_then(|m| m.idh));
        println!("IDH mutant          {}{apart}{said}", percent(idh.mutant));
    }
    if let Some(codeletion) = report.codeletion_1p19q {
        let said = said(codeletion.standing);
        println!(
            "1p/19q codeleted    {}{}{said}",
            percent(codeletion.codeleted),
            apart(report.mirrored.and_then(|m| m.codeletion_1p19q))
        );
    }
    if let Some(grade) = report.grade {
        println!(
            "WHO grade 2, 3, 4   {}, {}, {}{}{}",
            percent(grade.two),
            percent(grade.three),
            percent(grade.four),
            apart(report.mirrored.and_then(|m| m.grade)),
            said(grade.standing)
        );
    }
    if let Some(derived) = &report.derived {
        println!("Derived             {derived}");
    }
    let v = report.volumes_ml;
    println!(
        "Volume              whole tumour {:.1} mL, core {:.1} mL, enhancing {:.1} mL",
        v.wt, v.tc, v.et
    );
    if let Some(Mirrored { volumes_ml: v, .. }) = report.mirrored {
        println!(
            "Mirror image        ± {:.1} mL, {:.1} mL, {:.1} mL",
            v.wt, v.tc, v.et
        );
    }
    println!(
        "Device              {}, {:.1} s",
        report.device,
        report.seconds.values().sum::<f64>()
    );
}

/// How far the scans' answer and their mirror image's lie from their mean.
fn apart(spread: Option<f32>) -> String {
    spread.map_or_else(String::new, |s| format!(" ± {:.0}", 100.0 * s))
}

/// What has to stand beside a probability.
fn said(standing: Standing) -> &'static str {
    match standing {
        Standing {
            established: false, ..
        } => "  not established for this bundle: rely on nothing here",
        Standing { sure: false, .. } => "  not sure",
        _ => "",
    }
}

/// The progress bar.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::new(100);
        if let Ok(style) =
            ProgressStyle::with_template("{msg:34} {bar:30} {percent:>3} %  {elapsed}")
        {
            bar.set_style(style);
        }
        Self(bar)
    }

    fn words(&self, stage: Stage) {
        self.0.set_message(stage.words());
    }
}

impl Progress for Bar {
    fn stage(&mut self, stage: Stage, done: f32) {
        self.words(stage);
        self.0.set_position((100.0 * done) as u64);
    }
}

impl Observer for Bar {}
