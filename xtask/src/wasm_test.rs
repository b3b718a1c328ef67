//! Tests and benchmarks of the network that run inside a browser.

use std::process::Command;

use anyhow::Result;

use crate::{
    needs::{
        browser,
        wasm_std::{self, WasmToolchain},
    },
    places::Places,
};

/// `cargo test` of one of the model's programs for the browser, in headless Chromium.
///
/// # Errors
/// No toolchain for wasm32, or no browser.
pub fn command(places: &Places, program: &str) -> Result<Command> {
    let browser = browser::find(places).map_err(anyhow::Error::msg)?;
    let mut cargo = places.wasm_command("cargo", WasmToolchain::require(places)?);
    cargo
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
            "wasm-bindgen-test-runner",
        )
        .env("CHROMEDRIVER", browser.chromedriver)
        .env("WASM_BINDGEN_TEST_TIMEOUT", "1200")
        .args(["test", "--release", "--target", wasm_std::TARGET])
        // With the engine's own features, so that Burn is not compiled a second time.
        .args(["--package", "mts-unet", "--package", "glioscope-app"])
        .args(["--no-default-features", "--features", "glioscope-app/gpu"])
        .args(["--test", program, "--"]);
    Ok(cargo)
}
