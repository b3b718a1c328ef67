//! One case of a manifest.

use std::path::PathBuf;

use imaging::Sequence;
use imaging::truth::Scheme;

/// A case: its files, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRow {
    /// Its name, no other case's.
    pub case: String,
    /// Whose it is. A patient's cases are never parted.
    pub patient: String,
    /// The collection or hospital it comes from.
    pub cohort: String,
    /// The side of a fixed split, where there is one.
    pub split: Option<String>,
    /// The scans in the order of [`Sequence::ALL`]: FLAIR, T1, T1ce, T2.
    pub sequences: [Option<PathBuf>; 4],
    /// The expert's segmentation.
    pub seg: Option<SegFile>,
    /// Whether IDH is mutated.
    pub idh_mutant: Option<bool>,
    /// Whether 1p and 19q are both deleted.
    pub codeleted_1p19q: Option<bool>,
    /// WHO grade: 2, 3 or 4.
    pub grade: Option<u8>,
}

/// A segmentation's file, and how to read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegFile {
    /// Where it is.
    pub path: PathBuf,
    /// How it numbers its labels.
    pub scheme: Scheme,
}

impl CaseRow {
    /// A case of which nothing is known yet.
    #[must_use]
    pub fn new(case: impl Into<String>, patient: impl Into<String>, cohort: &str) -> Self {
        Self {
            case: case.into(),
            patient: patient.into(),
            cohort: cohort.to_owned(),
            split: None,
            sequences: Default::default(),
            seg: None,
            idh_mutant: None,
            codeleted_1p19q: None,
            grade: None,
        }
    }

    /// The file of one sequence.
    #[must_use]
    pub fn sequence(&self, sequence: Sequence) -> Option<&PathBuf> {
        self.sequences[sequence.channel()].as_ref()
    }

    /// Whether all four sequences are there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.sequences.iter().all(Option::is_some)
    }
}
