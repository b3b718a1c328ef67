//! What can be wrong with a manifest, a table of labels or a collection's folder: where it is, what was
//! found and how to mend it. File and patient names come last, since they can name a person.

use std::path::{Path, PathBuf};

use imaging::truth::TruthError;

use super::manifest::COLUMNS;

/// Why cases could not be listed or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CohortError {
    /// A file or folder that the system would not read or write.
    #[error("cannot {verb}: {error}: {}", path.display())]
    File {
        /// What was tried.
        verb: &'static str,
        /// Why it failed.
        error: std::io::Error,
        /// Which one.
        path: PathBuf,
    },
    /// A file that is no CSV.
    #[error("this is no CSV with the same columns in every line: {reason}")]
    Csv {
        /// The parser's words, with the line.
        reason: String,
    },
    /// A column that no manifest has.
    #[error("line {line}: found the column {found:?}, expected {}", COLUMNS.join(","))]
    UnknownColumn {
        /// Where the header is.
        line: u64,
        /// Its name.
        found: String,
    },
    /// A column that every manifest has.
    #[error("line {line}: the column {column} is missing, expected {}", COLUMNS.join(","))]
    MissingColumn {
        /// Where the header is.
        line: u64,
        /// Its name.
        column: &'static str,
    },
    /// A cell that does not say what its column says.
    #[error("line {line}, column {column}: found {found:?}, expected {expected}")]
    Cell {
        /// Where, counting the header.
        line: u64,
        /// The column's name.
        column: String,
        /// The cell.
        found: String,
        /// What would have been understood.
        expected: &'static str,
    },
    /// Two rows of one name.
    #[error("line {line}: the case of line {first} again: {case}")]
    SameCase {
        /// The second of them.
        line: u64,
        /// The first of them.
        first: u64,
        /// Its name.
        case: String,
    },
    /// A patient whose cases would be learnt from and tested on.
    #[error(
        "line {line}: the patient is in the split {found:?} here and in {expected:?} in line {first}: {patient}"
    )]
    TwoSplits {
        /// The second of the rows.
        line: u64,
        /// The first of them.
        first: u64,
        /// The split of the second.
        found: String,
        /// The split of the first.
        expected: String,
        /// Whose they are.
        patient: String,
    },
    /// A cohort that no row names.
    #[error("no case is of the cohort {found:?}; there are {}", cohorts.join(", "))]
    UnknownCohort {
        /// What was asked for.
        found: String,
        /// What there is.
        cohorts: Vec<String>,
    },
    /// A folder in which a preset finds nothing of its collection.
    #[error("found no case of {preset}, expected {expected}: {}", folder.display())]
    NoCases {
        /// The preset's name.
        preset: &'static str,
        /// What its cases look like.
        expected: &'static str,
        /// Where it looked.
        folder: PathBuf,
    },
    /// A segmentation that could not be read.
    #[error("{error}: {}", path.display())]
    Truth {
        /// Why.
        error: TruthError,
        /// Which file.
        path: PathBuf,
    },
}

impl CohortError {
    /// What the person can do about it, in plain words.
    #[must_use]
    pub fn mend(&self) -> &'static str {
        match self {
            Self::File { .. } => "Check the path and the permissions.",
            Self::Csv { .. } => {
                "Save the table as comma-separated UTF-8 text, with quotes around cells that hold commas."
            }
            Self::UnknownColumn { .. } => {
                "Rename the column or take it out; what is no part of a manifest belongs in another file."
            }
            Self::MissingColumn { .. } => "Add the column; its cells may be empty.",
            Self::Cell { .. } => "Correct the cell, or leave it empty where nothing is known.",
            Self::SameCase { .. } => "Give each case a name of its own.",
            Self::TwoSplits { .. } => {
                "Put all cases of a patient into one split: what was learnt from must not be tested on."
            }
            Self::UnknownCohort { .. } => "Name a cohort as the manifest does.",
            Self::NoCases { .. } => "Name the folder into which the collection was unpacked.",
            Self::Truth { error, .. } if error.asks_for_scheme() => {
                "Say in the column seg_scheme how the file numbers its labels: brats2015 (3 non-enhancing, 4 enhancing), brats2021 (4 enhancing), brats2023 (3 enhancing), brats2024 (3 enhancing, 4 resection cavity) or wt-only."
            }
            Self::Truth { error, .. } => error.mend(),
        }
    }

    pub(super) fn file(verb: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::File { verb, error, path }
    }

    pub(super) fn csv(error: &csv::Error) -> Self {
        Self::Csv {
            reason: error.to_string(),
        }
    }
}
