//! wasm-opt, from npm's `binaryen` package: distributions' own are too old for what rustc writes.

use anyhow::Result;

use super::{Need, Purpose, State, apt};
use crate::{
    places::Places,
    shell::{look, run},
};

const VERSION: &str = "132";

/// wasm-opt.
#[derive(Debug, Clone, Copy)]
pub struct WasmOpt;

impl Need for WasmOpt {
    fn name(&self) -> &'static str {
        "wasm-opt"
    }

    fn purpose(&self) -> Purpose {
        Purpose::Page
    }

    fn look(&self, places: &Places) -> State {
        match look(places.command("wasm-opt").arg("--version")) {
            Some(found) if found.split_whitespace().any(|word| word == VERSION) => {
                State::There(VERSION.into())
            }
            Some(found) => State::Missing(format!("`{found}` is there, {VERSION} is needed")),
            None => State::Missing(format!("{VERSION} is needed")),
        }
    }

    fn plan(&self, _: &Places) -> String {
        format!("installing binaryen {VERSION} by npm")
    }

    fn install(&self, places: &Places) -> Result<()> {
        if look(places.command("npm").arg("--version")).is_none() {
            apt::install(&["nodejs", "npm"])?;
        }
        let folder = places.npm();
        std::fs::create_dir_all(&folder)?;
        let mut npm = places.command("npm");
        npm.args([
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--prefix",
        ])
        .arg(&folder)
        .arg(format!("binaryen@{VERSION}.0.0"));
        run(
            &mut npm,
            "It needs node with npm and the npm registry; or put wasm-opt of that version on PATH.",
        )
    }
}
