//! Long fuzzing with cargo-fuzz: ten million inputs for each target of `tests/fuzz`.

use anyhow::{Context, Result};

use super::counts::Counts;
use crate::{
    places::Places,
    shell::{look, run},
};

const RUNS: &str = "-runs=10000000";

/// Runs every target; each counts as one test.
pub(super) fn run_all(places: &Places) -> Result<Counts> {
    let cargo = || {
        let mut cargo = places.command("cargo");
        // Sanitizers hide behind this on a stable compiler.
        cargo
            .env("RUSTC_BOOTSTRAP", "1")
            .current_dir(places.root.join("tests"));
        cargo
    };
    let targets = look(cargo().args(["fuzz", "list"]))
        .context("`cargo fuzz list` fails in tests/: is there a package tests/fuzz?")?;
    let mut counts = Counts::default();
    for target in targets.lines() {
        // Inputs found in earlier runs, kept outside the clone.
        let corpus = places.cache.join("fuzz").join(target);
        std::fs::create_dir_all(&corpus)?;
        let mut fuzz = cargo();
        fuzz.args(["fuzz", "run", "--target-dir"])
            .arg(places.cache.join("target/fuzz"))
            .arg(target)
            .arg(&corpus)
            .args([
                "--",
                RUNS,
                "-max_len=65536",
                "-rss_limit_mb=2048",
                "-timeout=20",
            ]);
        match run(&mut fuzz, "The input that broke it is named above.") {
            Ok(()) => counts.passed += 1,
            Err(error) => {
                println!("FAILED {target}: {error:#}");
                counts.failed += 1;
            }
        }
    }
    Ok(counts)
}
