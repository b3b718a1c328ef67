//! Building the engine with threads. Trunk builds everything of a page in one way, and this part needs shared memory
//! and a standard library of its own; so it is compiled, bound and optimised here, as Trunk does the rest.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use super::Flavour;
use crate::{
    needs::{
        empty_folder,
        wasm_std::{TARGET, WasmToolchain},
    },
    places::Places,
    shell::run,
};

/// Its files' name; `www/engine_threads_loader.js` starts it.
const NAME: &str = "engine_threads";

/// Puts it into the `page`'s folder.
///
/// # Errors
/// A build fails.
pub fn build(places: &Places, flavour: Flavour, page: &Path) -> Result<()> {
    let target = places.wasm_threads_target();
    let mut cargo = places.wasm_command("cargo", WasmToolchain::require(places)?);
    cargo
        .env("CARGO_TARGET_DIR", &target)
        // A distributed compiler takes `build-std` only so.
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["--config", ".cargo/threads.toml"])
        .args(["build", "--release", "--target", TARGET])
        .args(["--package", "glioscope-app", "--bin", "engine"])
        .args(["--no-default-features", "--features"])
        .arg(match flavour {
            Flavour::Release => "threads",
            Flavour::Faults => "threads,faults",
        });
    run(
        &mut cargo,
        "What the compiler says stands above; `cargo xtask doctor` looks at the tools.",
    )?;

    let folder = empty_folder(places, NAME)?;
    let mut bind = places.command("wasm-bindgen");
    bind.args(["--target", "web", "--no-typescript", "--out-name", NAME])
        .arg("--out-dir")
        .arg(&folder)
        .arg(target.join(TARGET).join("release/engine.wasm"));
    let mend = "`cargo xtask doctor` looks at the tools.";
    run(&mut bind, mend)?;

    let wasm = format!("{NAME}_bg.wasm");
    let mut optimise = places.command("wasm-opt");
    optimise
        .args(["-O1", "-o"])
        .arg(page.join(&wasm))
        .arg(folder.join(wasm));
    run(&mut optimise, mend)?;
    let script = format!("{NAME}.js");
    fs::copy(folder.join(&script), page.join(&script))
        .with_context(|| format!("copying {script}"))?;
    fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))
}
