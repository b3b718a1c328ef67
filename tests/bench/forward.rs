//! One forward at feature size 12 and 64³, the size that other runtimes were timed at.

use anyhow::{Result, ensure};
use burn::tensor::Device;
use glioscope_tests::{median, wasm_bench};
use mts_unet::{
    golden,
    network::{MtsUnetConfig, config::SwinUnetrConfig},
};
use web_time::Instant;

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

/// The lines `bench NAME SECONDS` of the model's benchmark in the browser.
pub(crate) fn in_the_browser(figures: &mut Figures) {
    let measured = wasm_bench::lines();
    for (name, seconds) in measured.iter().flatten() {
        let known = name == wasm_bench::FORWARD;
        let (name, limit) = if known {
            ("forward fs12 64³, browser, CPU path, one thread", Some(2.0))
        } else {
            (name.as_str(), None)
        };
        figures.add(name, *seconds, "s", limit);
    }
    figures.note("forward in the browser", measured.map(drop));
}
