//! UCSF-PDGM, version 5: `UCSF-PDGM-0004_nifti/UCSF-PDGM-0004_T1c.nii.gz` and so on, stripped, 1 mm.
//!
//! Names as in TCIA's release (10.7937/tcia.bdgf-8v37) and in published code that reads it (MedARC's
//! and others' catalogues). Of each sequence there is also a `_bias` file, corrected for the bias field;
//! the plain one is what a visitor of the page has. The table `UCSF-PDGM-metadata_v5.csv` pads numbers to
//! three places, the folders to four.
//!
//! Folders such as `UCSF-PDGM-0429_FU003d_nifti` are follow-ups of patients already there, after
//! treatment, and are left out.

use std::path::Path;

use super::{Layout, tree};
use crate::cohort::{CaseRow, CohortError, SegFile, SegScheme};

pub(super) const LAYOUT: Layout = Layout {
    cohort: "UCSF-PDGM",
    expected: "folders such as UCSF-PDGM-0004_nifti",
    tables: &["UCSF-PDGM-metadata"],
    cases,
};

fn cases(root: &Path, cohort: &'static str) -> Result<Vec<CaseRow>, CohortError> {
    let wanted = |name: &str| {
        name.starts_with("UCSF-PDGM-") && name.ends_with("_nifti") && !name.contains("_FU")
    };
    let folders = tree::folders(root, 3, &wanted)?;
    let case = |folder: &std::path::PathBuf| {
        let name = tree::name(folder);
        let case = name.trim_end_matches("_nifti");
        let file = |end: &str| tree::scan(folder, &[&format!("{case}_{end}")]);
        CaseRow {
            sequences: ["FLAIR", "T1", "T1c", "T2"].map(file),
            seg: file("tumor_segmentation").map(|path| SegFile {
                path,
                scheme: SegScheme::Brats2021,
            }),
            ..CaseRow::new(case, case, cohort)
        }
    };
    Ok(folders.iter().map(case).collect())
}
