//! `cargo xtask test`: every check in order, each stage timed, a failing one not hiding the rest.
//!
//! What compiles twice is what costs. So there is one target folder a compiler, everything is in
//! release (clippy then shares proc macros and build scripts with the builds), and native test
//! programs are built in one go over the whole workspace: cargo unites the features of what it is
//! asked for, so building the browser tests apart would compile the network's dependencies again.

mod counts;
mod fuzz;
mod programs;
mod stages;

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use crate::{places::Places, table::table};
use counts::Counts;
use stages::{Stage, Work};

/// What to run.
#[derive(Debug, Clone, Default)]
pub struct TestOptions {
    /// Also what takes long.
    pub long: bool,
    /// Only this stage, and those that it builds on.
    pub only: Option<String>,
}

enum Outcome {
    Passed(Counts),
    Failed(Counts, anyhow::Error),
    NotRun(&'static str),
}

/// Runs the stages, prints the table of times and the closing line.
///
/// # Errors
/// A stage fails, or `only` names none.
pub fn test(places: &Places, options: &TestOptions) -> Result<()> {
    let stages = chosen(options)?;
    let mut work = Work::new(places.clone(), options.long);
    let mut report: Vec<(&'static str, Outcome, Duration)> = Vec::new();
    for stage in &stages {
        println!("\n== {}: {}", stage.name, stage.about);
        let start = Instant::now();
        let blocked = stage.after.iter().copied().find(|before| {
            report
                .iter()
                .any(|(name, outcome, _)| name == before && !matches!(outcome, Outcome::Passed(_)))
        });
        let outcome = match blocked {
            Some(before) => Outcome::NotRun(before),
            None => match (stage.run)(&mut work) {
                Ok(counts) if counts.failed == 0 => Outcome::Passed(counts),
                Ok(counts) => {
                    Outcome::Failed(counts, anyhow::anyhow!("{} tests failed", counts.failed))
                }
                // A stage that breaks without a failed test must not read as none failed.
                Err(error) => Outcome::Failed(
                    Counts {
                        failed: 1,
                        ..Counts::default()
                    },
                    error,
                ),
            },
        };
        match &outcome {
            Outcome::Failed(_, error) => println!("FAILED {}: {error:#}", stage.name),
            Outcome::NotRun(before) => println!("not run: {before} did not pass"),
            Outcome::Passed(_) => {}
        }
        report.push((stage.name, outcome, start.elapsed()));
    }
    close(&report)
}

fn chosen(options: &TestOptions) -> Result<Vec<Stage>> {
    let all: Vec<Stage> = stages::ALL
        .into_iter()
        .filter(|stage| options.long || !stage.long)
        .collect();
    let Some(only) = options.only.as_deref() else {
        return Ok(all);
    };
    let names: Vec<&str> = all.iter().map(|stage| stage.name).collect();
    ensure!(
        names.contains(&only),
        "no stage {only}: there are {}",
        names.join(", ")
    );
    let mut wanted = vec![only];
    // Stages stand after those that they build on, so one walk backwards finds them all.
    for stage in all.iter().rev() {
        if wanted.contains(&stage.name) {
            wanted.extend(stage.after);
        }
    }
    Ok(all
        .into_iter()
        .filter(|stage| wanted.contains(&stage.name))
        .collect())
}

fn close(report: &[(&'static str, Outcome, Duration)]) -> Result<()> {
    let mut rows =
        vec![["stage", "time", "passed", "failed", "ignored", "outcome"].map(String::from)];
    let mut total = Counts::default();
    let mut failed_stages = Vec::new();
    for (name, outcome, time) in report {
        let (counts, words) = match outcome {
            Outcome::Passed(counts) => (*counts, "passed".to_owned()),
            Outcome::Failed(counts, _) => (*counts, "FAILED".to_owned()),
            Outcome::NotRun(before) => (Counts::default(), format!("not run, needs {before}")),
        };
        if !matches!(outcome, Outcome::Passed(_)) {
            failed_stages.push(*name);
        }
        total += counts;
        let number = |count: u64| {
            if count == 0 {
                "-".to_owned()
            } else {
                count.to_string()
            }
        };
        let [passed, failed, ignored] = [counts.passed, counts.failed, counts.ignored].map(number);
        rows.push([
            (*name).into(),
            minutes(*time),
            passed,
            failed,
            ignored,
            words,
        ]);
    }
    let time = report.iter().map(|(_, _, time)| time).sum();
    let closing = if failed_stages.is_empty() {
        "passed"
    } else {
        "FAILED"
    };
    rows.push(["together", &minutes(time), "", "", "", closing].map(String::from));
    println!("\n{}", table(&rows));
    println!("{} passed, {} failed", total.passed, total.failed);
    if !failed_stages.is_empty() {
        bail!("these stages did not pass: {}", failed_stages.join(", "));
    }
    Ok(())
}

/// `12 min 03 s`, or seconds alone below a minute.
fn minutes(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 60.0 {
        return format!("{seconds:.1} s");
    }
    format!("{} min {:02} s", time.as_secs() / 60, time.as_secs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_alone_brings_what_it_builds_on() {
        let names = |only: &str| -> Vec<&str> {
            let options = TestOptions {
                only: Some(only.into()),
                long: true,
            };
            chosen(&options)
                .unwrap()
                .iter()
                .map(|stage| stage.name)
                .collect()
        };
        assert_eq!(names("native"), ["setup", "build", "native"]);
        assert_eq!(names("browser"), ["setup", "build", "page", "browser"]);
        assert!(
            chosen(&TestOptions {
                only: Some("fuzz".into()),
                long: false
            })
            .is_err()
        );
    }

    #[test]
    fn every_stage_stands_after_what_it_builds_on() {
        for (index, stage) in stages::ALL.iter().enumerate() {
            for before in stage.after {
                assert!(
                    stages::ALL[..index].iter().any(|one| one.name == *before),
                    "{before}"
                );
            }
        }
    }

    #[test]
    fn times_read_as_minutes() {
        assert_eq!(minutes(Duration::from_millis(3_450)), "3.5 s");
        assert_eq!(minutes(Duration::from_secs(123)), "2 min 03 s");
    }
}
