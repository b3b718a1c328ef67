//! One forward at feature size 12 and 64³, the size that other runtimes were timed at.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use mts_unet::{
    golden,
    network::{MtsUnetConfig, config::SwinUnetrConfig},
};
use web_time::Instant;
use xtask::{places::Places, wasm_test};

use crate::figures::Figures;

/// The median of so many; the first warms up and is left out.
const RUNS: usize = 5;

/// burn-flex natively, all cores.
pub(crate) fn native(figures: &mut Figures) {
    let measured = native_seconds();
    if let Ok(seconds) = measured {
        figures.add(
            "forward fs12 64³, native flex, all cores",
            seconds,
            "s",
            Some(1.0),
        );
    }
    figures.note("native forward", measured.map(drop));
}

/// The median.
fn native_seconds() -> Result<f64> {
    let device = Device::flex();
    let network = golden::network(&MtsUnetConfig::new(SwinUnetrConfig::new(12)), &device)?;
    let mut seconds = Vec::new();
    for _ in 0..=RUNS {
        let input = golden::input(4, [64; 3], &device);
        let start = Instant::now();
        let logits = network.segment(input)?.into_data();
        seconds.push(start.elapsed().as_secs_f64());
        ensure!(
            logits.num_elements() == 4 * 64 * 64 * 64,
            "another shape came out"
        );
    }
    Ok(median(seconds.split_off(1)))
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The lines `bench NAME SECONDS` of the model's benchmark in the browser.
pub(crate) fn in_the_browser(figures: &mut Figures) {
    let measured = browser_lines();
    for (name, seconds) in measured.iter().flatten() {
        let known = name == "forward_fs12_64_wasm_cpu";
        let (name, limit) = if known {
            ("forward fs12 64³, browser, CPU path, one thread", Some(2.0))
        } else {
            (name.as_str(), None)
        };
        figures.add(name, *seconds, "s", limit);
    }
    figures.note("forward in the browser", measured.map(drop));
}

fn browser_lines() -> Result<Vec<(String, f64)>> {
    let mut cargo = wasm_test::command(&Places::find()?, "bench_web")?;
    cargo
        .arg("--nocapture")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let output = cargo.output().context("starting cargo")?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success(),
        "the benchmark in the browser failed: {said}"
    );
    let lines: Vec<(String, f64)> = said.lines().filter_map(line).collect();
    ensure!(
        !lines.is_empty(),
        "it printed no line `bench NAME SECONDS`: {said}"
    );
    Ok(lines)
}

/// `bench NAME SECONDS`, whatever the console puts before it.
fn line(text: &str) -> Option<(String, f64)> {
    let (_, rest) = text.split_once("bench ")?;
    let mut words = rest.split_whitespace();
    let name = words.next()?.to_owned();
    Some((name, words.next()?.parse().ok()?))
}
