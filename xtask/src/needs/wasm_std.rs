//! The standard library for wasm32, and which toolchain therefore builds the page.
//!
//! Asked by compiling: only that tells a library built by another compiler (left behind by an
//! upgrade) from a usable one. The trial links with LTO, so the library must carry bitcode too.

use std::{process::Command, sync::OnceLock};

use anyhow::{Context, Result};

use super::{Need, Purpose, State, debian, empty_folder};
use crate::{
    places::Places,
    shell::{look, look_with_input, run},
};

/// The target of everything that runs in the browser.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// The toolchain that compiles to wasm32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WasmToolchain {
    /// The one that builds everything else.
    Ordinary,
    /// Debian's compiler, linked into rustup as `debian`, with a library that set-up built.
    Debian,
}

impl WasmToolchain {
    /// Makes `command` (a rustup proxy, or something that calls one) use this toolchain.
    pub fn choose(self, command: &mut Command) {
        match self {
            Self::Ordinary => {}
            Self::Debian => {
                command.env("RUSTUP_TOOLCHAIN", debian::TOOLCHAIN);
            }
        }
    }

    /// The toolchain that can compile to wasm32 now, the ordinary one first. What was found is not tried again.
    #[must_use]
    pub fn find(places: &Places) -> Option<Self> {
        static FOUND: OnceLock<WasmToolchain> = OnceLock::new();
        if let Some(found) = FOUND.get() {
            return Some(*found);
        }
        let found = [Self::Ordinary, Self::Debian]
            .into_iter()
            .find(|toolchain| toolchain.compiles(places))?;
        Some(*FOUND.get_or_init(|| found))
    }

    /// As [`Self::find`].
    ///
    /// # Errors
    /// There is none yet; the message says to run set-up.
    pub fn require(places: &Places) -> Result<Self> {
        Self::find(places).with_context(|| {
            format!("no toolchain here compiles to {TARGET}. Run `cargo xtask setup`.")
        })
    }

    /// Compiles a few lines that use the standard library, linked with LTO, and as a test.
    pub(super) fn compiles(self, places: &Places) -> bool {
        [["--crate-type", "cdylib"].as_slice(), &["--test"]]
            .iter()
            .all(|kind| self.compiles_as(kind, places))
    }

    fn compiles_as(self, kind: &[&str], places: &Places) -> bool {
        const TRIAL: &str = "#[unsafe(no_mangle)] pub extern \"C\" fn trial(n: u32) -> usize \
             { (0..n).map(|i| i.to_string()).collect::<Vec<_>>().concat().len() }";
        let Ok(folder) = empty_folder(places, &format!("wasm-trial-{}", std::process::id())) else {
            return false;
        };
        let mut rustc = places.command("rustc");
        rustc
            .args(kind)
            .args(["--edition", "2024", "--target", TARGET])
            .args([
                "-C",
                "opt-level=1",
                "-C",
                "lto=fat",
                "-C",
                "panic=abort",
                "-o",
            ])
            .arg(folder.join("trial.wasm"))
            .arg("-");
        self.choose(&mut rustc);
        let compiled = look_with_input(&mut rustc, TRIAL).is_some();
        // Left behind it would only be in the way.
        let _ = std::fs::remove_dir_all(folder);
        compiled
    }

    /// `rustc --version` of this toolchain.
    #[must_use]
    pub fn version(self, places: &Places) -> Option<String> {
        let mut rustc = places.command("rustc");
        rustc.arg("--version");
        self.choose(&mut rustc);
        look(&mut rustc)
    }
}

/// The wasm32 standard library.
#[derive(Debug, Clone, Copy)]
pub struct WasmStd;

impl Need for WasmStd {
    fn name(&self) -> &'static str {
        "wasm32 standard library"
    }

    fn purpose(&self) -> Purpose {
        Purpose::Page
    }

    fn look(&self, places: &Places) -> State {
        let toolchain = WasmToolchain::find(places);
        match toolchain.and_then(|found| Some((found, found.version(places)?))) {
            Some((WasmToolchain::Ordinary, version)) => State::There(version),
            Some((WasmToolchain::Debian, version)) => State::There(format!(
                "{version}, as rustup toolchain `{}`",
                debian::TOOLCHAIN
            )),
            None => State::Missing(format!("no toolchain compiles to {TARGET}")),
        }
    }

    fn plan(&self, _: &Places) -> String {
        "adding the target by rustup, or building it from Debian's packages".into()
    }

    fn install(&self, places: &Places) -> Result<()> {
        let by_rustup = run(
            places.command("rustup").args(["target", "add", TARGET]),
            "Next: Debian's packages.",
        );
        match by_rustup {
            Ok(()) if WasmToolchain::Ordinary.compiles(places) => Ok(()),
            Ok(()) => debian::install(places),
            Err(error) => {
                println!("    {error:#}");
                debian::install(places)
            }
        }
    }
}
