//! What a folder of DICOM files holds, as the page lists it; no name, date or identifier is in it.

use imaging::Sequence;
use imaging::recognise::Kind;
use serde::{Deserialize, Serialize};

/// What [`Command::List`](super::Command::List) found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Studies {
    /// By patient, then by date; never mixed.
    pub examinations: Vec<Examination>,
    /// Places of files that are NIfTI, whatever they are called.
    pub nifti: Vec<usize>,
    /// How many files are neither.
    pub passed_over: usize,
    /// Files that seem to be DICOM and cannot be read: why, in words, and how many.
    pub refused: Vec<(String, usize)>,
}

/// One visit of one patient to the scanner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Examination {
    /// 1 for the first patient of the folder.
    pub patient: usize,
    /// 1 for that patient's first examination.
    pub number: usize,
    /// Days since the patient's first examination, where the files have dates.
    pub days_after_first: Option<i64>,
    /// The patient was under 18.
    pub under_18: bool,
    /// What can be told apart of its series.
    pub parts: Vec<Part>,
}

/// A series, or a part of one that is a volume by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The scanner's own words for it.
    pub description: String,
    /// `axial`, `coronal`, `sagittal`, where it is known.
    pub plane: Option<String>,
    /// How many slices it has.
    pub slices: usize,
    /// Columns, rows and slices.
    pub dims: [usize; 3],
    /// Between them; none where it is no stack.
    pub spacing_mm: Option<[f64; 3]>,
    /// Which sequence it is, by what the scanner wrote.
    pub guess: Option<Sequence>,
    /// Of which other kind it is, where it is none of the four.
    pub aside: Option<Kind>,
    /// It was computed from another series.
    pub derived: bool,
    /// Why it cannot be read, and the mend; none where it can.
    pub why_not: Option<(String, String)>,
    /// Places of its files among those that were listed.
    pub files: Vec<usize>,
    /// Which of the parts of just these files it is: one file can hold several.
    pub nth: usize,
}
