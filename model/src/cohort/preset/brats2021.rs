//! BraTS 2021, task 1: `BraTS2021_00003/BraTS2021_00003_t1ce.nii.gz` and so on, stripped, on SRI24.
//!
//! Names as in the release that the challenge gave out. Which collection a case comes from, and its
//! labels, stand elsewhere: give them as a table with the columns `case`, `cohort` and the labels.

use std::path::Path;

use super::{Layout, tree};
use crate::cohort::{CaseRow, CohortError, SegFile, SegScheme};

pub(super) const LAYOUT: Layout = Layout {
    cohort: "BraTS2021",
    expected: "folders such as BraTS2021_00003 with BraTS2021_00003_flair.nii.gz",
    tables: &["labels"],
    cases,
};

fn cases(root: &Path, cohort: &'static str) -> Result<Vec<CaseRow>, CohortError> {
    let folders = tree::folders(root, 3, &|name| tree::is_numbered(name, "BraTS2021_"))?;
    let case = |folder: &std::path::PathBuf| {
        let case = tree::name(folder);
        let file = |end: &str| tree::scan(folder, &[&format!("{case}_{end}")]);
        CaseRow {
            sequences: ["flair", "t1", "t1ce", "t2"].map(file),
            seg: file("seg").map(|path| SegFile {
                path,
                scheme: SegScheme::Brats2021,
            }),
            ..CaseRow::new(&*case, &*case, cohort)
        }
    };
    Ok(folders.iter().map(case).collect())
}
