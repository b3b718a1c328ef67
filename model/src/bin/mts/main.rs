//! `mts`: MTS-UNET on the command line, the same pipeline as the page's.

#[cfg(feature = "train")]
mod average;
#[cfg(feature = "train")]
mod calibrate;
#[cfg(feature = "train")]
mod card;
mod compare;
mod convert;
mod device;
mod evaluate;
mod fold;
mod folder;
#[cfg(feature = "train")]
mod heads;
mod inspect;
mod list;
mod manifest;
#[cfg(feature = "train")]
mod painters;
mod phantom;
mod plan;
mod predict;
mod prepare;
#[cfg(feature = "train")]
mod pretrain;
#[cfg(feature = "train")]
mod rules;
#[cfg(feature = "train")]
mod save;
mod scan;
#[cfg(feature = "train")]
mod train;
mod untrained;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Segment a glioma and predict IDH mutation, 1p/19q codeletion and WHO grade from four MRI
/// sequences, on this machine.
///
/// Research and teaching only. Not a medical device.
#[derive(Parser)]
#[command(name = "mts", version, about, long_about, after_long_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes:
  0  done
  1  the scans or the bundle cannot be used; the message says why and what to do
  2  the command line cannot be understood
  3  the device failed";

#[derive(Subcommand)]
enum Command {
    Predict(predict::Arguments),
    Scan(list::Arguments),
    Prepare(prepare::Arguments),
    Inspect(inspect::Arguments),
    Manifest(manifest::Arguments),
    Evaluate(evaluate::Arguments),
    Compare(compare::Arguments),
    Convert(convert::Arguments),
    #[cfg(feature = "train")]
    Train(train::Arguments),
    #[cfg(feature = "train")]
    Painters(painters::Arguments),
    #[cfg(feature = "train")]
    Pretrain(pretrain::Arguments),
    #[cfg(feature = "train")]
    Heads(heads::Arguments),
    #[cfg(feature = "train")]
    Average(average::Arguments),
    #[cfg(feature = "train")]
    Calibrate(calibrate::Arguments),
    #[cfg(feature = "train")]
    Card(card::Arguments),
    #[cfg(feature = "train")]
    Rules(rules::Arguments),
    Phantom(phantom::Arguments),
    Plan(plan::Arguments),
    Untrained(untrained::Arguments),
}

/// Why a command stopped: what happened, and what to do.
struct Failure {
    what: String,
    mend: String,
    code: u8,
}

impl From<mts_unet::ModelError> for Failure {
    fn from(error: mts_unet::ModelError) -> Self {
        let code = if matches!(error, mts_unet::ModelError::Device(_)) {
            3
        } else {
            1
        };
        Self {
            what: error.to_string(),
            mend: error.mend().into(),
            code,
        }
    }
}

impl From<mts_unet::bundle::BundleError> for Failure {
    fn from(error: mts_unet::bundle::BundleError) -> Self {
        mts_unet::ModelError::from(error).into()
    }
}

impl From<mts_unet::cohort::CohortError> for Failure {
    fn from(error: mts_unet::cohort::CohortError) -> Self {
        Self {
            what: error.to_string(),
            mend: error.mend().into(),
            code: 1,
        }
    }
}

impl From<mts_unet::device::DeviceError> for Failure {
    fn from(error: mts_unet::device::DeviceError) -> Self {
        Self {
            what: error.to_string(),
            mend: "Run it with --device cpu.".into(),
            code: 3,
        }
    }
}

/// A file that could not be read or written; its name comes last, since it can name a patient.
fn file_failure(verb: &str, error: &std::io::Error, path: &std::path::Path) -> Failure {
    Failure {
        what: format!("cannot {verb} the file: {error}: {}", path.display()),
        mend: "Check the path and the permissions.".into(),
        code: 1,
    }
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Predict(arguments) => pollster::block_on(predict::run(&arguments)),
        Command::Scan(arguments) => list::run(&arguments),
        Command::Prepare(arguments) => prepare::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Manifest(arguments) => manifest::run(&arguments),
        Command::Evaluate(arguments) => pollster::block_on(evaluate::run(&arguments)),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Convert(arguments) => convert::run(&arguments),
        #[cfg(feature = "train")]
        Command::Painters(arguments) => painters::run(&arguments),
        #[cfg(feature = "train")]
        Command::Train(arguments) => train::run(&arguments),
        #[cfg(feature = "train")]
        Command::Pretrain(arguments) => pretrain::run(&arguments),
        #[cfg(feature = "train")]
        Command::Heads(arguments) => heads::run(&arguments),
        #[cfg(feature = "train")]
        Command::Average(arguments) => average::run(&arguments),
        #[cfg(feature = "train")]
        Command::Calibrate(arguments) => calibrate::run(&arguments),
        #[cfg(feature = "train")]
        Command::Card(arguments) => card::run(&arguments),
        #[cfg(feature = "train")]
        Command::Rules(arguments) => rules::run(&arguments),
        Command::Phantom(arguments) => phantom::run(&arguments),
        Command::Plan(arguments) => plan::run(&arguments),
        Command::Untrained(arguments) => untrained::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure { what, mend, code }) => {
            eprintln!("mts: {what}\n     {mend}");
            ExitCode::from(code)
        }
    }
}
