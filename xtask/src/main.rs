//! `cargo xtask`: the project's only script.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Parser, Subcommand};
use xtask::{
    bench::bench,
    dist::dist,
    doctor,
    needs::{Purpose, set_up},
    peer::peer,
    places::Places,
    serve::{ServeOptions, serve},
    test::{TestOptions, test},
};

/// Builds, serves and tests Glioscope.
///
/// Tools and builds are kept in $GLIOSCOPE_CACHE (~/.cache/glioscope), outside the clone.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Put everything there that building and testing need, skipping what is
    Setup,
    /// Say what is there, what is missing, and what set-up would do; changes nothing
    Doctor,
    /// Set up, build the optimised page, serve it on this machine
    Serve {
        /// Listen here [default: 8080, or the next free port]
        #[arg(long)]
        port: Option<u16>,
        /// Do not open the desktop's browser
        #[arg(long)]
        no_open: bool,
        /// Serve a folder that was built before, for example `dist`
        #[arg(long, value_name = "FOLDER")]
        built: Option<PathBuf>,
    },
    /// Set up, then check formatting, lints, native tests and the page in a real browser
    Test {
        /// Also what takes long: ten million fuzzed inputs a parser, full-size networks
        #[arg(long)]
        long: bool,
        /// Run one stage, with those it builds on
        #[arg(long, value_name = "STAGE")]
        only: Option<String>,
    },
    /// Set up and write `dist/`, ready for any static host, with a .br beside each file
    Dist,
    /// Measure the project's figures: a table, and the same as JSON
    Bench {
        /// Measure nothing but ONNX Runtime Web on this file beside our own CPU path
        #[arg(long, value_name = "FILE")]
        peer: Option<PathBuf>,
        /// Write the JSON here too
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    match perform(Cli::parse().task) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> Result<ExitCode> {
    let places = Places::find()?;
    match task {
        Task::Setup => set_up(&places, Purpose::Test)?,
        Task::Doctor => {
            let code = if doctor::report(&places) {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            };
            return Ok(code);
        }
        Task::Serve {
            port,
            no_open,
            built,
        } => serve(
            &places,
            ServeOptions {
                port,
                no_open,
                built,
            },
        )?,
        Task::Test { long, only } => test(&places, &TestOptions { long, only })?,
        Task::Dist => drop(dist(&places)?),
        Task::Bench { peer: None, json } => bench(&places, json.as_deref())?,
        Task::Bench {
            peer: Some(onnx),
            json,
        } => peer(&places, &onnx, json.as_deref())?,
    }
    Ok(ExitCode::SUCCESS)
}
