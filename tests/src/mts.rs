//! `mts predict` as a child process: what the page's answer is compared with.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{case::Scans, programs::Programs};

/// What it wrote.
#[derive(Clone, Debug)]
pub struct Predicted {
    /// `segmentation.nii.gz`.
    pub segmentation: PathBuf,
    /// `report.json`.
    pub report: Value,
}

/// The command that reads `scans` with the page's bundle on the CPU.
///
/// # Errors
/// `mts` has not been built.
pub fn command(programs: &Programs, scans: &Scans, out: &Path) -> Result<Command> {
    command_with(programs, scans, &programs.bundle()?, out)
}

fn command_with(programs: &Programs, scans: &Scans, bundle: &Path, out: &Path) -> Result<Command> {
    let mut command = Command::new(programs.mts()?);
    command.arg("predict");
    for (option, file) in ["--flair", "--t1", "--t1ce", "--t2"]
        .iter()
        .zip(scans.paths())
    {
        command.arg(option).arg(file);
    }
    command
        .arg("--bundle")
        .arg(bundle)
        .arg("--out")
        .arg(out)
        .args(["--device", "cpu"]);
    command.stdin(Stdio::null());
    Ok(command)
}

/// Runs it with another bundle.
///
/// # Errors
/// As [`predict`].
pub fn predict_with(
    programs: &Programs,
    scans: &Scans,
    bundle: &Path,
    out: &Path,
) -> Result<Predicted> {
    run(command_with(programs, scans, bundle, out)?, out)
}

/// Makes a bundle of a foreign checkpoint.
///
/// # Errors
/// `mts convert` fails; its complaint is part of the message.
pub fn convert(
    programs: &Programs,
    checkpoint: &Path,
    kind: &str,
    window: usize,
    out: &Path,
) -> Result<()> {
    let mut command = Command::new(programs.mts()?);
    command
        .arg("convert")
        .arg(checkpoint)
        .args(["--kind", kind]);
    command.args(["--window", &window.to_string()]);
    command.arg("--out").arg(out).stdin(Stdio::null());
    let output = command.output().context("starting mts")?;
    ensure!(
        output.status.success(),
        "mts convert failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// Runs it.
///
/// # Errors
/// It fails; its complaint is part of the message.
pub fn predict(programs: &Programs, scans: &Scans, out: &Path) -> Result<Predicted> {
    run(command(programs, scans, out)?, out)
}

/// Runs it on FLAIR, T1 and T1ce alone, and on their mirror image.
///
/// # Errors
/// As [`predict`].
pub fn predict_mirrored_without_t2(
    programs: &Programs,
    scans: &Scans,
    out: &Path,
) -> Result<Predicted> {
    let whole = command(programs, scans, out)?;
    let mut command = Command::new(whole.get_program());
    let mut arguments = whole.get_args();
    while let Some(argument) = arguments.next() {
        if argument == "--t2" {
            arguments.next();
        } else {
            command.arg(argument);
        }
    }
    command.arg("--mirror").stdin(Stdio::null());
    run(command, out)
}

fn run(mut command: Command, out: &Path) -> Result<Predicted> {
    let output = command.output().context("starting mts")?;
    ensure!(
        output.status.success(),
        "mts predict failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    read(out)
}

/// What lies in the folder that it wrote to.
///
/// # Errors
/// Something is missing or is no JSON.
pub fn read(out: &Path) -> Result<Predicted> {
    let report = fs::read(out.join("report.json")).context("mts wrote no report.json")?;
    let segmentation = out.join("segmentation.nii.gz");
    ensure!(segmentation.is_file(), "mts wrote no segmentation.nii.gz");
    Ok(Predicted {
        segmentation,
        report: serde_json::from_slice(&report).context("report.json is no JSON")?,
    })
}
