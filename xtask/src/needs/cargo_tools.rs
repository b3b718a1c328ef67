//! Command line tools that `cargo install` builds into the cache, at exact versions.

use anyhow::Result;

use super::{Need, Purpose, State};
use crate::{
    lock::locked_version,
    places::Places,
    shell::{look, run},
};

/// Where a tool's version stands.
#[derive(Debug, Clone, Copy)]
enum Pin {
    /// Here.
    Exact(&'static str),
    /// In `Cargo.lock`, as that of the package it must match.
    Locked(&'static str),
}

/// A tool from crates.io.
#[derive(Debug, Clone, Copy)]
pub struct CargoTool {
    package: &'static str,
    pin: Pin,
    /// The arguments that make it print its version.
    version_words: &'static [&'static str],
    /// Options of `cargo install`.
    options: &'static [&'static str],
    purpose: Purpose,
}

/// Writes the JavaScript beside a wasm file, and runs wasm32 tests in a browser. Not `--locked`:
/// its own lock file does not build.
pub const WASM_BINDGEN: CargoTool = CargoTool {
    package: "wasm-bindgen-cli",
    pin: Pin::Locked("wasm-bindgen"),
    version_words: &["wasm-bindgen", "--version"],
    // TLS would only serve to download browser drivers.
    options: &["--no-default-features"],
    purpose: Purpose::Page,
};

/// Builds the page's folder. Later versions ask for a newer compiler than the workspace does. It
/// runs offline, so it needs no TLS.
pub const TRUNK: CargoTool = CargoTool {
    package: "trunk",
    pin: Pin::Exact("0.21.14"),
    version_words: &["trunk", "--version"],
    options: &["--locked", "--no-default-features"],
    purpose: Purpose::Page,
};

/// Long fuzzing.
pub const CARGO_FUZZ: CargoTool = CargoTool {
    package: "cargo-fuzz",
    pin: Pin::Exact("0.13.2"),
    version_words: &["cargo-fuzz", "--version"],
    options: &["--locked"],
    purpose: Purpose::LongTest,
};

/// Tools work for seconds and are built for minutes: little optimisation serves best, whatever their
/// own manifests ask for.
const QUICKLY_BUILT: [(&str, &str); 3] = [
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
];

impl CargoTool {
    fn version(&self, places: &Places) -> Result<String> {
        match self.pin {
            Pin::Exact(version) => Ok(version.to_owned()),
            Pin::Locked(package) => locked_version(&places.root, package),
        }
    }
}

impl Need for CargoTool {
    fn name(&self) -> &'static str {
        self.package
    }

    fn purpose(&self) -> Purpose {
        self.purpose
    }

    fn look(&self, places: &Places) -> State {
        let version = match self.version(places) {
            Ok(version) => version,
            Err(error) => return State::Missing(format!("{error:#}")),
        };
        match look(
            places
                .command(self.version_words[0])
                .args(&self.version_words[1..]),
        ) {
            Some(found) if found.split_whitespace().any(|word| word == version) => {
                State::There(version)
            }
            Some(found) => State::Missing(format!("`{found}` is there, {version} is needed")),
            None => State::Missing(format!("{version} is needed")),
        }
    }

    fn plan(&self, places: &Places) -> String {
        let version = self.version(places).unwrap_or_default();
        format!("building {} {version} by cargo, some minutes", self.package)
    }

    fn install(&self, places: &Places) -> Result<()> {
        let mut cargo = places.command("cargo");
        cargo
            // One folder for all, since they share most of their dependencies.
            .env("CARGO_TARGET_DIR", places.cache.join("target/tools"))
            .args(["install", self.package, "--version", &self.version(places)?])
            .args(self.options)
            .arg("--root")
            .arg(places.tools())
            .envs(QUICKLY_BUILT);
        run(
            &mut cargo,
            "It needs crates.io and a C linker (Debian: build-essential).",
        )
    }
}
