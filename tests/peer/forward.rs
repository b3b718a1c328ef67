//! One forward of feature size 12 at 64³, by them and by us.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use glioscope_tests::{Gpu, Page, Settings, World, browser::with_browser, median, wasm_bench};
use serde::Deserialize;
use serde_json::json;

use crate::golden::Logits;

/// As many as our own benchmark in the browser runs, whose median it prints.
const RUNS: usize = 5;

/// Compiling 14 MB of wasm, computing the input and five forwards on a busy machine.
const LIMIT: Duration = Duration::from_secs(600);

/// What ONNX Runtime Web did.
pub(crate) struct Theirs {
    pub(crate) version: String,
    /// The median.
    pub(crate) seconds: f64,
    /// From MONAI's logits.
    pub(crate) deviation: f64,
}

/// What `peer.js` says, but for the logits.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Failed {
        error: String,
    },
    Done {
        version: String,
        threads: usize,
        shape: Vec<usize>,
        seconds: Vec<f64>,
    },
}

/// In a browser of its own, since it keeps the number of threads that it starts with.
pub(crate) async fn theirs(world: &World, golden: &Logits, threads: usize) -> Result<Theirs> {
    let server = world.serve()?;
    let url = format!("{}?threads={threads}&runs={RUNS}", server.url());
    let (theirs, _) = with_browser(world, on_the_cpu(), async |browser| {
        browser.driver.goto(&url).await?;
        let page = Page { browser };
        let script = "const a = globalThis.answer; return a ? { ...a, logits: null } : null";
        let answer = page.wait_for("ONNX Runtime Web", script, LIMIT).await?;
        let (version, used, shape, seconds) = match answer {
            Answer::Done {
                version,
                threads,
                shape,
                seconds,
            } => (version, threads, shape, seconds),
            Answer::Failed { error } => anyhow::bail!("ONNX Runtime Web failed: {error}"),
        };
        ensure!(
            used == threads,
            "ONNX Runtime Web ran on {used} threads instead of {threads}"
        );
        let script = "return arguments[0].map((i) => globalThis.answer.logits[i])";
        let values: Vec<f64> = page
            .script_with(script, vec![json!(golden.indices())])
            .await?;
        Ok(Theirs {
            version,
            seconds: median(seconds),
            deviation: golden.check(&shape, &values)?,
        })
    })
    .await?;
    Ok(theirs)
}

/// Our median. That the same network is right is `parity_web`'s to say, and the browser's tests' on threads.
pub(crate) async fn ours(world: &World, threads: usize) -> Result<f64> {
    match threads {
        1 => ours_on_one_thread(),
        _ => ours_on(world, threads).await,
    }
}

fn ours_on_one_thread() -> Result<f64> {
    let lines = wasm_bench::lines()?;
    let line = lines.iter().find(|(name, _)| name == wasm_bench::FORWARD);
    let (_, seconds) = line.context("our benchmark did not time the forward")?;
    Ok(*seconds)
}

async fn ours_on(world: &World, threads: usize) -> Result<f64> {
    /// What `ours.js` says.
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Said {
        Failed { error: String },
        Done { seconds: f64 },
    }
    let server = world.serve()?;
    let url = format!("{}ours.html?threads={threads}", server.url());
    let (said, _) = with_browser(world, on_the_cpu(), async |browser| {
        browser.driver.goto(&url).await?;
        let page = Page { browser };
        let script = "return globalThis.answer ?? null";
        page.wait_for("our engine with threads", script, LIMIT)
            .await
    })
    .await?;
    match said {
        Said::Done { seconds } => Ok(seconds),
        Said::Failed { error } => anyhow::bail!("our engine with threads failed: {error}"),
    }
}

fn on_the_cpu() -> Settings {
    Settings {
        gpu: Gpu::None,
        ..Settings::default()
    }
}
