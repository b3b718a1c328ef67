//! Patients of TCGA-LGG from a public set of 8-bit slices: `TCGA-CS-4941/flair.nii.gz`, `t1.nii.gz`,
//! `t1ce.nii.gz` (no T2, and not every patient has all three) and `wt.nii.gz`, the FLAIR abnormality
//! drawn by hand, with `labels.csv` beside the patients; the skull is on.

use std::path::Path;

use super::{Layout, tree};
use crate::cohort::{CaseRow, CohortError, SegFile, SegScheme};

pub(super) const LAYOUT: Layout = Layout {
    cohort: "TCGA-LGG",
    expected: "folders such as TCGA-CS-4941 with flair.nii.gz",
    tables: &["labels"],
    cases,
};

fn cases(root: &Path, cohort: &'static str) -> Result<Vec<CaseRow>, CohortError> {
    let folders = tree::folders(root, 2, &tree::is_tcga_patient)?;
    let case = |folder: &std::path::PathBuf| {
        let case = tree::name(folder);
        CaseRow {
            sequences: ["flair", "t1", "t1ce", "t2"].map(|name| tree::scan(folder, &[name])),
            seg: tree::scan(folder, &["wt"]).map(|path| SegFile {
                path,
                scheme: SegScheme::WtOnly,
            }),
            ..CaseRow::new(&*case, &*case, cohort)
        }
    };
    Ok(folders.iter().map(case).collect())
}
