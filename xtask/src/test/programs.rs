//! The native test programs of the workspace, built in one go and found in cargo's messages.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{places::Places, shell::in_words};

/// One program that cargo built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Program {
    /// The folder of its package, where cargo would run it.
    pub(super) folder: PathBuf,
    /// The package's folder name, the target's name and kind: `model, parity (test)`.
    pub(super) title: String,
    pub(super) target: String,
    pub(super) executable: PathBuf,
    pub(super) is_test: bool,
}

/// Builds every test program of the workspace, and the binaries that they run.
///
/// # Errors
/// The build fails.
pub(super) fn build(places: &Places) -> Result<Vec<Program>> {
    let mut cargo = places.native_cargo();
    cargo
        .args(["test", "--release", "--workspace", "--no-run"])
        .args(Places::NATIVE_FEATURES)
        .arg("--message-format=json-render-diagnostics")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    println!("    $ {}", in_words(&cargo));
    let output = cargo.output().context("cannot start cargo")?;
    if !output.status.success() {
        bail!("the native build failed: the compiler's words stand above");
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    Ok(messages.lines().filter_map(program).collect())
}

fn program(message: &str) -> Option<Program> {
    let message: Value = serde_json::from_str(message).ok()?;
    let executable = message["executable"].as_str()?;
    let folder = PathBuf::from(message["manifest_path"].as_str()?)
        .parent()?
        .to_owned();
    let target = message["target"]["name"].as_str()?.to_owned();
    let kind = message["target"]["kind"][0].as_str()?;
    let package = folder.file_name()?.to_string_lossy().into_owned();
    Some(Program {
        title: format!("{package}, {target} ({kind})"),
        folder,
        target,
        executable: executable.into(),
        is_test: message["profile"]["test"].as_bool()?,
    })
}

impl Program {
    /// As cargo would run it.
    pub(super) fn command(&self, places: &Places) -> Command {
        let mut command = places.command(&self.executable.to_string_lossy());
        command
            .current_dir(&self.folder)
            .env("CARGO_MANIFEST_DIR", &self.folder);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_read_from_cargos_messages() {
        let message = r#"{"reason":"compiler-artifact","manifest_path":"/c/model/Cargo.toml",
            "target":{"kind":["test"],"name":"parity"},"profile":{"test":true},"executable":"/t/parity-1"}"#;
        let expected = Program {
            folder: "/c/model".into(),
            title: "model, parity (test)".into(),
            target: "parity".into(),
            executable: "/t/parity-1".into(),
            is_test: true,
        };
        assert_eq!(program(message), Some(expected));
    }

    #[test]
    fn libraries_and_other_messages_are_passed_over() {
        let library = r#"{"manifest_path":"/c/model/Cargo.toml","target":{"kind":["lib"],"name":"x"},
            "profile":{"test":false},"executable":null}"#;
        for message in [
            library,
            r#"{"reason":"build-finished","success":true}"#,
            "not json",
        ] {
            assert_eq!(program(message), None);
        }
    }
}
