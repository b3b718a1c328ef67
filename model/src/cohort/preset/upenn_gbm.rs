//! UPENN-GBM, version 2: `images_structural/UPENN-GBM-00001_11/UPENN-GBM-00001_11_T1GD.nii.gz` and so
//! on, stripped, on SRI24.
//!
//! Names as in TCIA's NIfTI package (10.7937/TCIA.709X-DN49) and MedARC's description of it. `_11` is the
//! scan before surgery; `_21`, a follow-up, is left out. Of the segmentations only those that an expert
//! corrected (`images_segm`) are truth; `automated_segm` is another program's answer. All patients have a
//! glioblastoma, and `UPENN-GBM_clinical_info_v2.1.csv` has their IDH1.

use std::path::Path;

use super::{Layout, tree};
use crate::cohort::{CaseRow, CohortError, SegFile, SegScheme};

pub(super) const LAYOUT: Layout = Layout {
    cohort: "UPENN-GBM",
    expected: "a folder images_structural with folders such as UPENN-GBM-00001_11",
    tables: &["UPENN-GBM_clinical_info"],
    cases,
};

const BEFORE_SURGERY: &str = "_11";

fn cases(root: &Path, cohort: &'static str) -> Result<Vec<CaseRow>, CohortError> {
    let mut rows = Vec::new();
    // Beside it lies `images_structural_unstripped`, the same scans with the skull on.
    for structural in tree::folders(root, 4, &|name| name == "images_structural")? {
        let segmentations = structural.with_file_name("images_segm");
        let wanted = |name: &str| name.starts_with("UPENN-GBM-") && name.ends_with(BEFORE_SURGERY);
        for folder in tree::folders(&structural, 1, &wanted)? {
            let case = tree::name(&folder);
            let file = |end: &str| tree::scan(&folder, &[&format!("{case}_{end}")]);
            let seg = tree::scan(&segmentations, &[&format!("{case}_segm")]);
            rows.push(CaseRow {
                sequences: ["FLAIR", "T1", "T1GD", "T2"].map(file),
                seg: seg.map(|path| SegFile {
                    path,
                    scheme: SegScheme::Brats2021,
                }),
                grade: Some(4),
                ..CaseRow::new(&*case, case.trim_end_matches(BEFORE_SURGERY), cohort)
            });
        }
    }
    Ok(rows)
}
