//! The project's figures, measured: `cargo xtask bench` builds what this needs and runs it.
//!
//! Prints a Markdown table, then the same as JSON. A figure that could not be measured says why
//! instead of a number; one beyond its limit is printed as it is.

mod figures;
mod first_screen;
mod forward;
mod kernels;
mod native;
mod reading;

use anyhow::Result;
use figures::Figures;
use glioscope_tests::World;

fn main() -> Result<()> {
    let world = World::start()?;
    let mut figures = Figures::new(&world);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;

    forward::in_the_browser(&mut figures);
    forward::native(&mut figures);
    let compared = runtime.block_on(kernels::measure(&mut figures));
    figures.note("kernels", compared);
    let screen = runtime.block_on(first_screen::measure(&world, &mut figures));
    figures.note("first screen", screen);
    let cpu = runtime.block_on(reading::on_the_cpu(&world, &mut figures));
    figures.note("reading on the CPU path", cpu);
    let gpu = runtime.block_on(reading::on_webgpu(&world, &mut figures));
    figures.note("reading on WebGPU", gpu);
    let peak = native::peak_memory(&world, &mut figures);
    figures.note("native memory", peak);

    println!("\n{}\n{}", figures.markdown(), figures.json()?);
    Ok(())
}
