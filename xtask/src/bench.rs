//! `cargo xtask bench`: measures the very folder that a static host would serve.

use std::{env, path::Path};

use anyhow::Result;

use crate::{
    dist::dist,
    needs::{Purpose, browser, lavapipe, set_up, swiftshader},
    places::Places,
    shell::run,
};

/// Builds the page, the command line tool and the benchmark, and runs it; minutes, most of them
/// on a GPU made of software. `json` gets the figures too.
///
/// # Errors
/// Set-up or a build fail, or the benchmark cannot start. A figure beyond its limit is no error.
pub fn bench(places: &Places, json: Option<&Path>) -> Result<()> {
    set_up(places, Purpose::Test)?;
    let page = dist(places)?;
    let mut cargo = places.native_cargo();
    cargo
        .args(["build", "--release", "--workspace", "--bins"])
        .args(Places::NATIVE_FEATURES);
    run(&mut cargo, "What the compiler says stands above.")?;

    println!("Measuring; anything else that runs on this machine shows in the figures");
    let browser = browser::find(places).map_err(anyhow::Error::msg)?;
    let programs = places.native_target().join("release");
    let mut measure = places.command(&programs.join("bench").to_string_lossy());
    measure
        .env("GLIOSCOPE_DIST", page)
        .env("GLIOSCOPE_MTS", programs.join("mts"))
        .env("GLIOSCOPE_CHROMIUM", &browser.chromium)
        .env("GLIOSCOPE_CHROMEDRIVER", browser.chromedriver);
    let drivers = [
        lavapipe::driver_file(),
        swiftshader::driver_file(&browser.chromium),
    ];
    measure.env(
        "GLIOSCOPE_VULKAN_DRIVERS",
        env::join_paths(drivers.into_iter().flatten())?,
    );
    if let Some(json) = json {
        measure.arg("--json").arg(json);
    }
    run(&mut measure, "What it says stands above.")
}
