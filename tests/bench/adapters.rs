//! Our kernels on each GPU made of software that is at hand: lavapipe, and the SwiftShader that
//! Chromium brings, which is also what a tab without a GPU has.

use std::{env, fs, process::Command};

use anyhow::{Context, Result, ensure};
use glioscope_tests::World;

use crate::figures::Figures;

/// Driver files, as a list of paths; without it the machine's own GPU is measured alone.
const DRIVERS: &str = "GLIOSCOPE_VULKAN_DRIVERS";

/// One process for each driver.
pub(crate) fn measure(world: &World, figures: &mut Figures) -> Result<()> {
    let json = world.fresh_folder("kernels")?.join("figures.json");
    let drivers = env::var_os(DRIVERS).unwrap_or_default();
    let mut drivers: Vec<_> = env::split_paths(&drivers).map(Some).collect();
    if drivers.is_empty() {
        drivers.push(None);
    }
    for driver in drivers {
        let mut bench = Command::new(env::current_exe()?);
        bench.args(["--kernels", "--networks", "--stock", "--json"]);
        bench.arg(&json);
        let name = match &driver {
            Some(driver) => {
                bench.env("VK_DRIVER_FILES", driver);
                format!("kernels with {}", driver.display())
            }
            None => "kernels on the GPU".to_owned(),
        };
        let mut one = || -> Result<()> {
            let status = bench.status().context("starting the benchmark once more")?;
            ensure!(status.success(), "it ended with {status}");
            figures.extend(&fs::read_to_string(&json)?)
        };
        let measured = one();
        figures.note(&name, measured);
    }
    Ok(())
}
