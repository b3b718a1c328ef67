//! The project's figures, measured: `cargo xtask bench` builds what this needs and runs it.
//!
//! Prints a Markdown table, then the same as JSON, which `--json FILE` also writes. A figure that could
//! not be measured says why instead of a number; one beyond its limit is printed as it is.
//!
//! `--kernels` measures nothing but our kernels and the profile of a forward, `--networks` nothing but networks of many
//! sizes, `--stock` nothing but the whole network beside the same out of Burn's own operations, on the adapter that
//! `VK_DRIVER_FILES` names: a process opens one GPU, so there is a process for each driver. `--registration` measures nothing
//! but registration beside itk-elastix, `--reading` nothing but the sample on the CPU path in the tab, and the checks.

mod adapters;
mod figures;
mod first_screen;
mod forward;
mod kernels;
mod native;
mod networks;
mod profile;
mod reading;
mod registration;
mod stock;

use std::path::PathBuf;

use anyhow::{Result, bail};
use figures::Figures;
use glioscope_tests::World;

/// What was asked for on the command line.
#[derive(Default)]
struct Options {
    kernels: bool,
    networks: bool,
    stock: bool,
    registration: bool,
    reading: bool,
    json: Option<PathBuf>,
}

impl Options {
    fn read() -> Result<Self> {
        let mut options = Self::default();
        let mut words = std::env::args_os().skip(1);
        while let Some(word) = words.next() {
            match (word.to_str(), words.len()) {
                (Some("--kernels"), _) => options.kernels = true,
                (Some("--networks"), _) => options.networks = true,
                (Some("--stock"), _) => options.stock = true,
                (Some("--registration"), _) => options.registration = true,
                (Some("--reading"), _) => options.reading = true,
                (Some("--json"), 1..) => options.json = words.next().map(PathBuf::from),
                _ => bail!(
                    "unknown: {}; there are --kernels, --networks, --stock, --registration, --reading and --json FILE",
                    word.display()
                ),
            }
        }
        Ok(options)
    }
}

fn main() -> Result<()> {
    let options = Options::read()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let figures = if options.reading {
        let world = World::start()?;
        let mut figures = Figures::new(Some(&world));
        let read = runtime.block_on(reading::on_the_cpu(&world, &mut figures));
        figures.note("reading on the CPU path", read);
        let checks = native::checks(&world, &mut figures);
        figures.note("checks", checks);
        figures
    } else if options.registration {
        let mut figures = Figures::new(None);
        let compared = registration::measure(&World::start()?, &mut figures);
        figures.note("registration", compared);
        figures
    } else if options.kernels || options.networks || options.stock {
        let mut figures = Figures::new(None);
        if options.kernels {
            let compared = runtime.block_on(kernels::on_the_gpu(&mut figures));
            figures.note("kernels", compared);
            let profiled = runtime.block_on(profile::measure(&mut figures));
            figures.note("profile", profiled);
        }
        if options.networks {
            let measured = runtime.block_on(networks::on_the_gpu(&mut figures));
            figures.note("networks on the GPU", measured);
        }
        if options.stock {
            let compared = runtime.block_on(stock::measure(&mut figures));
            figures.note("the whole network", compared);
        }
        figures
    } else {
        runtime.block_on(everything())?
    };
    if let Some(file) = options.json {
        std::fs::write(file, figures.json()?)?;
    }
    println!("\n{}\n{}", figures.markdown(), figures.json()?);
    Ok(())
}

async fn everything() -> Result<Figures> {
    let world = World::start()?;
    let mut figures = Figures::new(Some(&world));
    forward::in_the_browser(&mut figures);
    forward::native(&mut figures);
    let compared = kernels::on_the_cpu(&mut figures).await;
    figures.note("kernels on the CPU", compared);
    let networks = networks::on_the_cpu(&mut figures).await;
    figures.note("networks on the CPU", networks);
    adapters::measure(&world, &mut figures)?;
    let screen = first_screen::measure(&world, &mut figures).await;
    figures.note("first screen", screen);
    let cpu = reading::on_the_cpu(&world, &mut figures).await;
    figures.note("reading on the CPU path", cpu);
    let gpu = reading::on_webgpu(&world, &mut figures).await;
    figures.note("reading on WebGPU", gpu);
    let peak = native::peak_memory(&world, &mut figures);
    figures.note("native memory", peak);
    let checks = native::checks(&world, &mut figures);
    figures.note("checks", checks);
    let compared = registration::measure(&world, &mut figures);
    figures.note("registration", compared);
    Ok(figures)
}
