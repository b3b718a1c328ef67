//! The model's own benchmark in Chromium, and the lines `bench NAME SECONDS` that it prints.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use xtask::{places::Places, wasm_test};

/// A forward at feature size 12 and 64³ on the CPU path, one thread: the median of five.
pub const FORWARD: &str = "forward_fs12_64_wasm_cpu";

/// Builds it, runs it, and returns names and seconds.
///
/// # Errors
/// It does not build, fails, or prints no such line.
pub fn lines() -> Result<Vec<(String, f64)>> {
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
