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

/// More than this many errors at once are told in one.
const MANY: usize = 3;

/// Errors as they are shown: as they are, or one for all of them, and then each of them for who asks.
#[must_use]
pub fn gathered(errors: Vec<UserError>) -> (Vec<UserError>, Vec<UserError>) {
    match errors.as_slice() {
        [first, ..] if errors.len() > MANY => {
            let happened = format!(
                "{} files cannot be used. The first: {}",
                errors.len(),
                first.happened
            );
            let one = UserError {
                happened,
                ..first.clone()
            };
            (vec![one], errors)
        }
        _ => (errors, Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forty_errors_are_one_line_and_the_details_hold_each() {
        let error = |n: u32| UserError::new(format!("This is no scan: {n}.jpg"), "Choose another.");
        let (shown, details) = gathered((0..40).map(error).collect());
        assert_eq!((shown.len(), details.len()), (1, 40));
        assert_eq!(
            shown[0].happened,
            "40 files cannot be used. The first: This is no scan: 0.jpg"
        );
        let (shown, details) = gathered((0..3).map(error).collect());
        assert_eq!((shown.len(), details.len()), (3, 0));
    }

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
