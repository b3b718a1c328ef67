//! Running other programs: aloud with a mend for failure, or silently to look.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

/// The command as a person would type it.
#[must_use]
pub fn in_words(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| {
        let word = word.to_string_lossy();
        if word.is_empty() || word.contains([' ', ';', '*', '$', '\'']) {
            format!("'{word}'")
        } else {
            word.into_owned()
        }
    }));
    words.join(" ")
}

/// Runs a command with its output shown.
///
/// # Errors
/// It cannot be started or exits with a failure; the message ends in `mend`.
pub fn run(command: &mut Command, mend: &str) -> Result<()> {
    println!("    $ {}", in_words(command));
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot start `{}`. {mend}", in_words(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status}). {mend}", in_words(command));
    }
    Ok(())
}

/// What a command prints, trimmed; `None` where it is absent or fails. Its complaints stay unseen.
#[must_use]
pub fn look(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let words = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(words)
}

/// As [`look`], with `input` on its standard input.
#[must_use]
pub fn look_with_input(command: &mut Command, input: &str) -> Option<String> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    // A program that refuses its input has failed, which its status tells below.
    let _ = child.stdin.take()?.write_all(input.as_bytes());
    let output = child.wait_with_output().ok()?;
    let words = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(words)
}
