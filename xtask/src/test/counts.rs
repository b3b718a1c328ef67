//! Counting what Rust's test programs report, while passing their words on.

use std::{
    io::{BufRead, BufReader},
    ops::AddAssign,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::shell::in_words;

/// Tests of one run or of many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) ignored: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

/// Runs a test program (or cargo running several), echoes it, adds up its results.
///
/// # Errors
/// It cannot be started, fails without a failed test (it died, or did not compile), or ends well
/// without any result (it ran no tests at all).
pub(super) fn counted(command: &mut Command) -> Result<Counts> {
    println!("    $ {}", in_words(command));
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{}`", in_words(command)))?;
    let output = child.stdout.take().context("the output was piped")?;
    let mut counts = Counts::default();
    let mut results = 0;
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        if let Some(found) = result_line(&line) {
            counts += found;
            results += 1;
        }
    }
    let status = child.wait()?;
    if !status.success() && counts.failed == 0 {
        bail!(
            "`{}` failed ({status}) without a failed test",
            in_words(command)
        );
    }
    if status.success() && results == 0 {
        bail!("`{}` reported no result", in_words(command));
    }
    Ok(counts)
}

/// Reads `test result: ok. 5 passed; 0 failed; 1 ignored; …`, coloured or not.
fn result_line(line: &str) -> Option<Counts> {
    let (_, result) = line.split_once("test result: ")?;
    let count = |word: &str| {
        let parts = result.split([';', '.']).map(str::trim);
        parts
            .filter_map(|part| part.strip_suffix(word)?.trim().parse().ok())
            .next()
    };
    Some(Counts {
        passed: count("passed")?,
        failed: count("failed")?,
        ignored: count("ignored")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_read_from_both_outcomes() {
        let ok = "test result: ok. 51 passed; 0 failed; 2 ignored; 0 measured; 3 filtered out; finished in 0.12s";
        assert_eq!(
            result_line(ok),
            Some(Counts {
                passed: 51,
                failed: 0,
                ignored: 2
            })
        );
        let bad = "test result: \u{1b}[31mFAILED\u{1b}[0m. 4 passed; 7 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(
            result_line(bad),
            Some(Counts {
                passed: 4,
                failed: 7,
                ignored: 0
            })
        );
    }

    #[test]
    fn other_lines_are_no_results() {
        for line in [
            "running 3 tests",
            "test result_is_read ... ok",
            "5 passed; 0 failed",
            "",
        ] {
            assert_eq!(result_line(line), None, "{line}");
        }
    }

    #[test]
    fn a_program_that_dies_or_runs_nothing_is_an_error() {
        let shell = |script: &str| counted(Command::new("sh").args(["-c", script]));
        assert!(shell("exit 3").is_err());
        assert!(shell("true").is_err());
        let line = "echo 'test result: FAILED. 1 passed; 1 failed; 0 ignored'; exit 101";
        assert_eq!(
            shell(line).unwrap(),
            Counts {
                passed: 1,
                failed: 1,
                ignored: 0
            }
        );
    }
}
