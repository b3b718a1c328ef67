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
    let settings = Settings {
        gpu: Gpu::None,
        ..Settings::default()
    };
    let (theirs, _) = with_browser(world, settings, async |browser| {
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

/// The median on one thread. That the same network is right is `parity_web`'s to say.
pub(crate) fn ours() -> Result<f64> {
    let lines = wasm_bench::lines()?;
    let line = lines.iter().find(|(name, _)| name == wasm_bench::FORWARD);
    let (_, seconds) = line.context("our benchmark did not time the forward")?;
    Ok(*seconds)
}
