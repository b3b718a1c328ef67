//! High-grade cases of BraTS 2013 as a folder a patient: `pat0001/flair.nii.gz`, `t1ce.nii.gz` and
//! `seg.nii.gz`, whose labels are 0 to 3 already. Their grade is 3 or 4, which is not said, so it stays
//! empty.

use std::path::Path;

use super::{Layout, tree};
use crate::cohort::{CaseRow, CohortError, SegFile, SegScheme};

pub(super) const LAYOUT: Layout = Layout {
    cohort: "BraTS2013",
    expected: "folders such as pat0001 with flair.nii.gz",
    tables: &["labels"],
    cases,
};

fn cases(root: &Path, cohort: &'static str) -> Result<Vec<CaseRow>, CohortError> {
    let folders = tree::folders(root, 2, &|name| tree::is_numbered(name, "pat"))?;
    let case = |folder: &std::path::PathBuf| {
        let name = tree::name(folder);
        // Other years' challenges number their patients the same way.
        let case = format!("BraTS2013_{name}");
        CaseRow {
            sequences: ["flair", "t1", "t1ce", "t2"].map(|name| tree::scan(folder, &[name])),
            seg: tree::scan(folder, &["seg"]).map(|path| SegFile {
                path,
                scheme: SegScheme::Brats2023,
            }),
            ..CaseRow::new(&*case, &*case, cohort)
        }
    };
    Ok(folders.iter().map(case).collect())
}
