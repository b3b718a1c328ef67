//! `cargo xtask bench --peer FILE`: ONNX Runtime Web's wasm backend beside our own CPU path, in the same
//! Chromium. It fetches a foreign package, so neither `cargo xtask test` nor `bench` alone runs it.

use std::{
    fs,
    path::{Path, absolute},
};

use anyhow::{Context, Result};

use crate::{
    needs::{Purpose, browser, empty_folder, set_up},
    onnx_runtime_web,
    page::{self, Flavour},
    places::Places,
    shell::run,
};

/// The page that runs ONNX Runtime Web, and the one that runs our engine with threads.
const PAGES: [&str; 6] = [
    "tests/peer/page/index.html",
    "tests/peer/page/peer.js",
    "tests/peer/page/worker.js",
    "tests/peer/page/ours.html",
    "tests/peer/page/ours.js",
    "www/engine_threads_loader.js",
];

/// Measures both on the network of `onnx`, which is the one of `tests/golden/mts-unet-fs12.json` at 64³:
/// input `x` `[1, 4, 64, 64, 64]`, output `logits` of the same shape. `json` gets the figures too.
///
/// # Errors
/// No such file, set-up or a build fail, the package is not the one known, or one of the two networks
/// does not answer as MONAI did.
pub fn peer(places: &Places, onnx: &Path, json: Option<&Path>) -> Result<()> {
    let onnx = onnx.canonicalize().with_context(|| {
        format!(
            "no ONNX file at {}: --peer takes the backbone at feature size 12, exported for 64³",
            onnx.display()
        )
    })?;
    let json = json.map(absolute).transpose()?;
    set_up(places, Purpose::Test)?;
    let folder = empty_folder(places, "peer")?;
    onnx_runtime_web::unpack_into(&folder, places)?;
    for file in PAGES {
        let name = Path::new(file).file_name().unwrap_or_default();
        fs::copy(places.root.join(file), folder.join(name))
            .with_context(|| format!("copying {file}"))?;
    }
    page::engine_with_threads(places, Flavour::Release, &folder)?;
    fs::copy(&onnx, folder.join("network.onnx"))
        .with_context(|| format!("copying {}", onnx.display()))?;

    let mut cargo = places.native_cargo();
    cargo.args(["build", "--release", "--package", "glioscope-tests"]);
    // It runs our network in the browser alone, so that none is built for this machine.
    cargo.args(["--no-default-features", "--bin", "peer"]);
    run(&mut cargo, "What the compiler says stands above.")?;

    println!("Measuring; anything else that runs on this machine shows in the figures");
    let browser = browser::find(places).map_err(anyhow::Error::msg)?;
    let program = places.native_target().join("release/peer");
    let mut measure = places.command(&program.to_string_lossy());
    measure
        .env("GLIOSCOPE_DIST", folder)
        .env("GLIOSCOPE_CHROMIUM", &browser.chromium)
        .env("GLIOSCOPE_CHROMEDRIVER", browser.chromedriver);
    if let Some(json) = json {
        measure.arg("--json").arg(json);
    }
    run(&mut measure, "What it says stands above.")
}
