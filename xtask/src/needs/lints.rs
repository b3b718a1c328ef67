//! clippy and rustfmt of the machine's own toolchain.

use anyhow::Result;

use super::{Need, Purpose, State};
use crate::{
    places::Places,
    shell::{look, run},
};

/// clippy and rustfmt.
#[derive(Debug, Clone, Copy)]
pub struct Lints;

impl Need for Lints {
    fn name(&self) -> &'static str {
        "clippy, rustfmt"
    }

    fn purpose(&self) -> Purpose {
        Purpose::Test
    }

    fn look(&self, places: &Places) -> State {
        let clippy = look(places.command("cargo").args(["clippy", "--version"]));
        let rustfmt = look(places.command("cargo").args(["fmt", "--version"]));
        match (clippy, rustfmt) {
            (Some(clippy), Some(rustfmt)) => State::There(format!("{clippy}, {rustfmt}")),
            (None, _) => State::Missing("cargo has no clippy".into()),
            (_, None) => State::Missing("cargo has no fmt".into()),
        }
    }

    fn plan(&self, _: &Places) -> String {
        "adding them by rustup".into()
    }

    fn install(&self, places: &Places) -> Result<()> {
        run(
            places
                .command("rustup")
                .args(["component", "add", "clippy", "rustfmt"]),
            "Install clippy and rustfmt beside the Rust toolchain in use.",
        )
    }
}
