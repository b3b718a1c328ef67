//! The source of the standard library: the engine with threads needs one with atomics, and none is shipped.

use std::path::Path;

use anyhow::{Context, Result};

use super::{Need, Purpose, State, wasm_std::WasmToolchain};
use crate::{
    places::Places,
    shell::{look, run},
};

/// The standard library's source, of the toolchain that compiles to wasm32.
#[derive(Debug, Clone, Copy)]
pub struct StdSource;

impl Need for StdSource {
    fn name(&self) -> &'static str {
        "standard library's source"
    }

    fn purpose(&self) -> Purpose {
        Purpose::Page
    }

    fn look(&self, places: &Places) -> State {
        let Some(toolchain) = WasmToolchain::find(places) else {
            return State::Missing("no toolchain for it yet".into());
        };
        let mut rustc = places.command("rustc");
        toolchain.choose(&mut rustc);
        let sysroot = look(rustc.args(["--print", "sysroot"])).unwrap_or_default();
        let library = Path::new(&sysroot).join("lib/rustlib/src/rust/library");
        match library.join("std/Cargo.toml").is_file() {
            true => State::There(library.display().to_string()),
            false => State::Missing(format!("nothing in {}", library.display())),
        }
    }

    fn plan(&self, _: &Places) -> String {
        "adding the component rust-src by rustup".into()
    }

    /// Debian's toolchain has it from the start.
    fn install(&self, places: &Places) -> Result<()> {
        let toolchain = WasmToolchain::require(places).context("the source is of a toolchain")?;
        let mut rustup = places.command("rustup");
        toolchain.choose(&mut rustup);
        run(
            rustup.args(["component", "add", "rust-src"]),
            "It needs a network that reaches rustup's server.",
        )
    }
}
