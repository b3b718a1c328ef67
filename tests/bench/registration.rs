//! Our registration beside itk-elastix's default rigid one, on the samples, in one run. Needs a Python that has itk-elastix:
//! `GLIOSCOPE_PYTHON` names it, else `python3` is tried.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use glioscope_tests::World;
use imaging::{
    Mask, RasPoint, Volume, brain, nifti,
    register::{self, Options, Rigid, placed},
};
use web_time::Instant;

use crate::figures::Figures;

/// Reads two files, registers the second to the first, and prints where each point of a list goes and the seconds.
const SCRIPT: &str = r"
import sys, time, itk, numpy
fixed, moving = (itk.imread(path, itk.F) for path in sys.argv[1:3])
parameters = itk.ParameterObject.New()
parameters.AddParameterMap(parameters.GetDefaultParameterMap('rigid'))
itk.MultiThreaderBase.SetGlobalDefaultNumberOfThreads(2)
start = time.time()
_, found = itk.elastix_registration_method(fixed, moving, parameter_object=parameters, number_of_threads=2)
seconds = time.time() - start
numbers = found.GetParameterMap(0)
move = itk.Euler3DTransform[itk.D].New()
move.SetCenter([float(x) for x in numbers['CenterOfRotationPoint']])
values = move.GetParameters()
for at, value in enumerate(numbers['TransformParameters']):
    values[at] = float(value)
move.SetParameters(values)
for point in numpy.loadtxt(sys.argv[3]):
    x, y, z = move.TransformPoint([-point[0], -point[1], point[2]])
    print(-x, -y, z)
print(seconds)
";

/// Turned and shifted so far.
const TURN_DEG: f64 = 15.0;
const SHIFT_MM: f64 = 20.0;

/// The most of itk-elastix's time that was asked for, at 1 mm and for the raw series.
const LIMIT_1_MM: f64 = 0.25;
const LIMIT_RAW: f64 = 0.4;

/// Who registered, where points went and how long it took.
struct Answer {
    points: Vec<RasPoint>,
    seconds: f64,
}

pub(crate) fn measure(world: &World, figures: &mut Figures) -> Result<()> {
    let python = std::env::var("GLIOSCOPE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has = Command::new(&python)
        .args(["-c", "import itk; itk.elastix_registration_method"])
        .output();
    ensure!(
        has.is_ok_and(|output| output.status.success()),
        "skipped: {python} has no itk-elastix (pip install itk-elastix)"
    );
    let folder = world.fresh_folder("registration")?;
    let samples = world.programs.page.join("samples");
    at_1_mm(&python, &samples.join("TCGA-DU-7294"), &folder, figures)?;
    raw(&python, &samples.join("TCGA-FG-6692"), &folder, figures)
}

/// T1 onto FLAIR after a move that is known.
fn at_1_mm(python: &str, sample: &Path, folder: &Path, figures: &mut Figures) -> Result<()> {
    let (fixed, scan) = (
        open(&sample.join("flair.nii.gz"))?,
        open(&sample.join("t1.nii.gz"))?,
    );
    // About a slanting axis.
    let degrees = [TURN_DEG / 3f64.sqrt(); 3];
    let known = Rigid::about(fixed.grid.centre(), degrees, [SHIFT_MM, 0.0, 0.0]);
    let moving = placed(&scan, &known.inverse());
    let points = surface(&brain::mask(&[&fixed])?);
    let (ours, theirs) = both(python, [&fixed, &moving], &points, folder)?;
    for (who, answer) in [("ours", &ours), ("itk-elastix", &theirs)] {
        let apart = answer
            .points
            .iter()
            .zip(&points)
            .map(|(found, p)| found.distance_mm(known.apply(*p)));
        let name = format!(
            "T1 onto FLAIR, 1 mm, turned by {TURN_DEG}° and moved by {SHIFT_MM} mm: {who} off by"
        );
        figures.add(name, apart.sum::<f64>() / points.len() as f64, "mm", None);
    }
    let name = format!(
        "the same: {:.2} s, itk-elastix {:.1} s: ours by itk-elastix's",
        ours.seconds, theirs.seconds
    );
    figures.add(name, ours.seconds / theirs.seconds, "", Some(LIMIT_1_MM));
    Ok(())
}

/// Each raw series onto the T1ce; there is no truth but each other.
fn raw(python: &str, sample: &Path, folder: &Path, figures: &mut Figures) -> Result<()> {
    let fixed = open(&sample.join("t1ce.nii.gz"))?;
    let points = surface(&brain::strip(&[&fixed])?);
    let mut seconds = [0.0; 2];
    for name in ["t1", "flair", "t2"] {
        let moving = open(&sample.join(format!("{name}.nii.gz")))?;
        let (ours, theirs) = both(python, [&fixed, &moving], &points, folder)?;
        let apart = ours
            .points
            .iter()
            .zip(&theirs.points)
            .map(|(a, b)| a.distance_mm(*b));
        let words = format!("raw {name} onto T1ce: ours from itk-elastix's");
        figures.add(words, apart.sum::<f64>() / points.len() as f64, "mm", None);
        seconds[0] += ours.seconds;
        seconds[1] += theirs.seconds;
    }
    let name = format!(
        "all three: {:.2} s, itk-elastix {:.1} s: ours by itk-elastix's",
        seconds[0], seconds[1]
    );
    figures.add(name, seconds[0] / seconds[1], "", Some(LIMIT_RAW));
    Ok(())
}

/// Where both take `points` of the first scan on the second.
fn both(
    python: &str,
    scans: [&Volume; 2],
    points: &[RasPoint],
    folder: &Path,
) -> Result<(Answer, Answer)> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for (scan, name) in scans.iter().zip(["fixed.nii.gz", "moving.nii.gz"]) {
        paths.push(folder.join(name));
        fs::write(folder.join(name), nifti::write_volume(scan, None)?)?;
    }
    let list: String = points
        .iter()
        .map(|p| format!("{} {} {}\n", p.0[0], p.0[1], p.0[2]))
        .collect();
    paths.push(folder.join("points.txt"));
    fs::write(&paths[2], list)?;
    let output = Command::new(python)
        .args(["-c", SCRIPT])
        .args(&paths)
        .output()?;
    ensure!(
        output.status.success(),
        "itk-elastix: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout)?;
    let mut rows = text.lines().map(|line| {
        line.split(' ')
            .map(str::parse)
            .collect::<Result<Vec<f64>, _>>()
    });
    let seconds = rows.next_back().context("no answer")??;
    let there = rows.map(|row| Ok(RasPoint(row?.try_into().ok().context("three numbers")?)));
    let theirs = Answer {
        points: there.collect::<Result<_>>()?,
        seconds: seconds[0],
    };

    let start = Instant::now();
    let found = register::rigid(scans[1], scans[0], &Options::default());
    let ours = Answer {
        seconds: start.elapsed().as_secs_f64(),
        points: points.iter().map(|p| found.transform.apply(*p)).collect(),
    };
    Ok((ours, theirs))
}

fn open(path: &Path) -> Result<Volume> {
    Ok(nifti::read(&fs::read(path)?)?.volume)
}

/// Some hundreds of voxels on the brain's surface.
fn surface(brain: &Mask) -> Vec<RasPoint> {
    let [nx, ny, _] = brain.grid.dims;
    let last = brain.data.len() - 1;
    let outer = |at: &usize| {
        let beside = [1, nx, nx * ny].map(|step| [at.saturating_sub(step), (at + step).min(last)]);
        brain.data[*at] && !beside.iter().flatten().all(|at| brain.data[*at])
    };
    let voxels: Vec<usize> = (0..brain.data.len()).filter(outer).collect();
    let some = voxels.iter().step_by(voxels.len().div_ceil(500).max(1));
    some.map(|at| brain.grid.affine.apply(brain.grid.index_of(*at).into()))
        .collect()
}
