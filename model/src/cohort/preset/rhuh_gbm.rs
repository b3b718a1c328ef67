//! RHUH-GBM: `RHUH-0001/0/RHUH-0001_0_t1ce.nii.gz` and so on, stripped, on SRI24, normalised.
//!
//! Names as in TCIA's release (10.7937/4545-c905; Cepeda 2023) and OpenMEDLab's description of it.
//! Session 0 is before surgery; 1 and 2 come after it and are left out. How the segmentations number the
//! enhancing tumour (3 or 4) is not written in either, so each file is asked. The table
//! `clinical_data_TCIA_RHUH-GBM.csv` has IDH and grade.

use std::path::Path;

use imaging::truth::{self, Detected};

use super::{Layout, tree};
use crate::cohort::{CaseRow, CohortError, SegFile, SegScheme, read_mask};

pub(super) const LAYOUT: Layout = Layout {
    cohort: "RHUH-GBM",
    expected: "folders such as RHUH-0001/0 with RHUH-0001_0_flair.nii.gz",
    tables: &["clinical_data_TCIA_RHUH-GBM"],
    cases,
};

fn cases(root: &Path, cohort: &'static str) -> Result<Vec<CaseRow>, CohortError> {
    let mut rows = Vec::new();
    for patient_folder in tree::folders(root, 3, &|name| tree::is_numbered(name, "RHUH-"))? {
        let Some(folder) = tree::folders(&patient_folder, 1, &|name| name == "0")?.pop() else {
            continue;
        };
        let patient = tree::name(&patient_folder);
        let file = |end: &str| tree::scan(&folder, &[&format!("{patient}_0_{end}")]);
        let seg = file("segmentations").map(|path| SegFile {
            scheme: scheme(&path),
            path,
        });
        rows.push(CaseRow {
            sequences: ["flair", "t1", "t1ce", "t2"].map(file),
            seg,
            grade: Some(4),
            ..CaseRow::new(&*patient, &*patient, cohort)
        });
    }
    Ok(rows)
}

/// The scheme that the file's labels are of; the older one where they do not tell, or the file cannot be
/// read, which its reader will say.
fn scheme(path: &Path) -> SegScheme {
    let numbers = read_mask(path).ok().and_then(|m| truth::numbers(&m).ok());
    match numbers.as_ref().map(truth::detect) {
        Some(Ok(Detected::Scheme(scheme))) if scheme.tells_parts() => scheme,
        _ => SegScheme::Brats2021,
    }
}
