//! ONNX Runtime Web's wasm backend beside our own CPU path: `cargo xtask bench --peer FILE` prepares a
//! folder with its page and starts this.
//!
//! Rounds, each with ours and theirs on every number of threads, so that what else runs on the machine
//! falls on all of them; the best round of each counts.

mod forward;
mod golden;
mod report;

use std::path::PathBuf;

use anyhow::{Result, bail};
use glioscope_tests::World;

use crate::{
    golden::Logits,
    report::{Report, Row},
};

const ROUNDS: usize = 3;
const THREADS: [usize; 2] = [1, 2];

fn main() -> Result<()> {
    let mut words = std::env::args_os().skip(1);
    let json = match (words.next(), words.next()) {
        (None, _) => None,
        (Some(word), Some(file)) if word == "--json" => Some(PathBuf::from(file)),
        _ => bail!("there is --json FILE alone; `cargo xtask bench --peer FILE` starts this"),
    };
    let report = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(measure())?;
    let text = serde_json::to_string_pretty(&report)?;
    if let Some(file) = json {
        std::fs::write(file, &text)?;
    }
    println!("\n{}\n{text}", report.markdown());
    Ok(())
}

async fn measure() -> Result<Report> {
    let golden = Logits::read()?;
    let world = World::start()?;
    let mut version = String::new();
    let mut ours = [f64::INFINITY; THREADS.len()];
    let mut theirs = [f64::INFINITY; THREADS.len()];
    let mut deviation = 0.0_f64;
    for round in 1..=ROUNDS {
        // Theirs first: a file or a package that is unfit shows before our network is compiled.
        for (best, threads) in theirs.iter_mut().zip(THREADS) {
            let run = forward::theirs(&world, &golden, threads).await?;
            println!(
                "  round {round}: ONNX Runtime Web, threads {threads}: {:.3} s",
                run.seconds
            );
            *best = best.min(run.seconds);
            deviation = deviation.max(run.deviation);
            version = run.version;
        }
        for (best, threads) in ours.iter_mut().zip(THREADS) {
            let seconds = forward::ours(&world, threads).await?;
            println!("  round {round}: Glioscope, threads {threads}: {seconds:.3} s");
            *best = best.min(seconds);
        }
    }
    let rows = THREADS.into_iter().zip(ours.into_iter().zip(theirs));
    Ok(Report {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        onnx_runtime_web: version,
        browser: world.programs.browser_version.clone(),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        rows: rows
            .map(|(threads, (ours, theirs))| Row {
                threads,
                ours,
                theirs,
                ratio: theirs / ours,
            })
            .collect(),
        their_deviation: deviation,
    })
}
