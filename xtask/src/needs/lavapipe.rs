//! Mesa's Vulkan driver on the CPU, so that native GPU tests run where there is no GPU.

use std::path::PathBuf;

use anyhow::Result;

use super::{Need, Purpose, State, Weight, apt};
use crate::places::Places;

/// Mesa's lavapipe.
#[derive(Debug, Clone, Copy)]
pub struct Lavapipe;

/// Its driver file, for `VK_DRIVER_FILES`.
#[must_use]
pub fn driver_file() -> Option<PathBuf> {
    let files = std::fs::read_dir("/usr/share/vulkan/icd.d").ok()?;
    files
        .filter_map(|file| Some(file.ok()?.path()))
        .find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("lvp_icd") && name.ends_with(".json")
        })
}

impl Need for Lavapipe {
    fn name(&self) -> &'static str {
        "lavapipe (Vulkan on the CPU)"
    }

    fn purpose(&self) -> Purpose {
        Purpose::Test
    }

    fn weight(&self) -> Weight {
        Weight::Optional
    }

    fn look(&self, _: &Places) -> State {
        match driver_file() {
            Some(path) => State::There(path.display().to_string()),
            None => State::Missing("no lvp_icd driver file".into()),
        }
    }

    fn plan(&self, _: &Places) -> String {
        "installing mesa-vulkan-drivers by apt".into()
    }

    fn install(&self, _: &Places) -> Result<()> {
        apt::install(&["mesa-vulkan-drivers"])
    }
}
