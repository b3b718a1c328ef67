//! BraTS-TCGA-GBM and BraTS-TCGA-LGG: `TCGA-02-0006/TCGA-02-0006_1996.08.23_t1Gd.nii.gz` and so on,
//! stripped, on SRI24.
//!
//! Names as in TCIA's releases (10.7937/K9/TCIA.2017.KLXWJJ1Q and .GJQ7R0EF; Bakas 2017) and OpenMEDLab's
//! description of them. `GlistrBoost_ManuallyCorrected` is the expert's segmentation; `GlistrBoost` alone
//! is a program's and no truth. The labels of TCGA come from elsewhere (Ceccarelli 2016): give them as a
//! table.

use std::path::Path;

use super::{Layout, tree};
use crate::cohort::{CaseRow, CohortError, SegFile, SegScheme};

const EXPECTED: &str = "folders such as TCGA-02-0006 with TCGA-02-0006_1996.08.23_flair.nii.gz";

pub(super) const GBM: Layout = Layout {
    cohort: "TCGA-GBM",
    expected: EXPECTED,
    tables: &["labels"],
    cases: |root, cohort| cases(root, cohort, Some(4)),
};

pub(super) const LGG: Layout = Layout {
    cohort: "TCGA-LGG",
    expected: EXPECTED,
    tables: &["labels"],
    cases: |root, cohort| cases(root, cohort, None),
};

fn cases(
    root: &Path,
    cohort: &'static str,
    grade: Option<u8>,
) -> Result<Vec<CaseRow>, CohortError> {
    let mut rows = Vec::new();
    for folder in tree::folders(root, 3, &tree::is_tcga_patient)? {
        let case = tree::name(&folder);
        let files = tree::files(&folder)?;
        // The date of the scan stands between the patient and what the file is.
        let file = |end: &str| {
            let ends = [format!("_{end}.nii.gz"), format!("_{end}.nii")];
            let mut named = files.iter();
            let named = named.find(|path| ends.iter().any(|e| tree::name(path).ends_with(e)));
            named.cloned()
        };
        rows.push(CaseRow {
            sequences: ["flair", "t1", "t1Gd", "t2"].map(file),
            seg: file("GlistrBoost_ManuallyCorrected").map(|path| SegFile {
                path,
                scheme: SegScheme::Brats2021,
            }),
            grade,
            ..CaseRow::new(&*case, &*case, cohort)
        });
    }
    Ok(rows)
}
