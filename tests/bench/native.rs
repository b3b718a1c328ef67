//! Natively: `mts predict` as a process, how much memory it takes at most; what the checks cost.

use std::{fs, thread, time::Duration};

use anyhow::{Context, Result, ensure};
use glioscope_tests::{World, case, mts};
use imaging::check::{self, Coarse, Head};
use imaging::{Sequence, Series, nifti, parallel};
use web_time::Instant;

use crate::figures::Figures;

/// The kernel's own high-water mark, read until the process is gone.
pub(crate) fn peak_memory(world: &World, figures: &mut Figures) -> Result<()> {
    let scans = case::sample(&world.programs)?;
    let out = world.fresh_folder("mts")?;
    let start = Instant::now();
    let mut child = mts::command(&world.programs, &scans, &out)?
        .spawn()
        .context("starting mts")?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let exit = loop {
        if let Some(kilobytes) = fs::read_to_string(&status)
            .ok()
            .and_then(|text| high_water(&text))
        {
            peak = kilobytes.max(peak);
        }
        if let Some(exit) = child.try_wait()? {
            break exit;
        }
        thread::sleep(Duration::from_millis(10));
    };
    ensure!(exit.success(), "mts predict failed: {exit}");
    ensure!(peak > 0, "this system tells no VmHWM");
    figures.add(
        "mts predict, 240×240×155, native flex",
        start.elapsed().as_secs_f64(),
        "s",
        None,
    );
    figures.add(
        "its peak memory (VmHWM)",
        peak as f64 / 1024.0,
        "MiB",
        Some(2048.0),
    );
    Ok(())
}

/// What the checks of a case cost: each scan looked at by itself, then all beside each other.
pub(crate) fn checks(world: &World, figures: &mut Figures) -> Result<()> {
    let series = case::sample(&world.programs)?
        .paths()
        .iter()
        .map(|path| Ok(nifti::read(&fs::read(path)?)?))
        .collect::<Result<Vec<Series>>>()?;
    // The best of some: the machine has other work.
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let start = Instant::now();
        let heads = parallel::map(series.iter().collect(), |series| {
            Head::of(Coarse::of(series))
        });
        let named: Vec<(Sequence, &Head)> = Sequence::ALL.into_iter().zip(&heads).collect();
        ensure!(!check::case(&named).is_empty(), "nothing was checked");
        best = best.min(start.elapsed().as_secs_f64());
    }
    figures.add("checks of the sample case, native", best, "s", Some(0.15));
    Ok(())
}

/// Kilobytes in the line `VmHWM:    12345 kB`.
fn high_water(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
