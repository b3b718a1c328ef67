//! An error as a person meets it: what happened, what to do, and what to send to a maintainer.

use serde::{Deserialize, Serialize};

/// What the error panel shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserError {
    /// What happened, one or two plain sentences.
    pub happened: String,
    /// What the person can do about it.
    pub mend: String,
    /// Device, limits and timings, one `name: value` a line. Never a file name, never a voxel: the
    /// person may paste it anywhere.
    pub diagnostics: Vec<String>,
}

impl UserError {
    /// An error without diagnostics.
    #[must_use]
    pub fn new(happened: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            happened: happened.into(),
            mend: mend.into(),
            diagnostics: Vec::new(),
        }
    }

    /// Adds one line of diagnostics.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.diagnostics.push(format!("{name}: {value}"));
        self
    }

    /// What *copy diagnostics* copies. `happened` stays out: it may end in a file name.
    #[must_use]
    pub fn to_clipboard(&self) -> String {
        let mut text = format!("Glioscope {}\n", env!("CARGO_PKG_VERSION"));
        for line in &self.diagnostics {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copied_diagnostics_hold_no_file_name() {
        let error = UserError::new(
            "This file is not NIfTI: Doe_John_flair.nii",
            "Choose another.",
        )
        .with("device", "CPU");
        let copied = error.to_clipboard();
        assert!(copied.contains("device: CPU"));
        assert!(!copied.contains("Doe"), "{copied}");
    }
}
