//! IvyGAP-Radiomics: `1_Images_SRI/CoRegistered_SkullStripped/W1/W1_1996.10.25/` with
//! `W1_1996.10.25_t1gd_LPS_r_SS.nii.gz` and so on, stripped, on SRI24.
//!
//! Names as in TCIA's release (10.7937/9j41-7d44; Pati 2020) and OpenMEDLab's description of it. A
//! sequence may be `_r_SS`, `_r3_SS` (registered again) or `_N4_r_SS`; the better one first. Two centres
//! drew each tumour; the University of Pennsylvania's are there for all. All are glioblastomas; IDH is in
//! the Allen Institute's `tumor_details.csv`, to be given as a table.

use std::path::Path;

use super::{Layout, tree};
use crate::cohort::{CaseRow, CohortError, SegFile, SegScheme};

pub(super) const LAYOUT: Layout = Layout {
    cohort: "IvyGAP",
    expected: "a folder 1_Images_SRI with folders such as W1/W1_1996.10.25",
    tables: &["labels"],
    cases,
};

fn cases(root: &Path, cohort: &'static str) -> Result<Vec<CaseRow>, CohortError> {
    let mut rows = Vec::new();
    for images in tree::folders(root, 3, &|name| name == "1_Images_SRI")? {
        let annotations = images.with_file_name("3_Annotations_SRI").join("UPenn");
        let sessions = tree::folders(&images, 3, &|name| patient(name).is_some())?;
        rows.extend(
            sessions
                .iter()
                .map(|folder| case(folder, &annotations, cohort)),
        );
    }
    Ok(rows)
}

fn case(folder: &Path, annotations: &Path, cohort: &str) -> CaseRow {
    let session = tree::name(folder);
    let patient = patient(&session).unwrap_or(&session);
    let scan = |sequence: &str| {
        let stems =
            ["N4_r_SS", "r3_SS", "r_SS"].map(|end| format!("{session}_{sequence}_LPS_{end}"));
        tree::scan(folder, &stems.each_ref().map(String::as_str))
    };
    let seg = format!("{session}_UPenn_labels");
    CaseRow {
        sequences: ["flair", "t1", "t1gd", "t2"].map(scan),
        seg: tree::scan(&annotations.join(patient), &[&seg]).map(|path| SegFile {
            path,
            scheme: SegScheme::Brats2021,
        }),
        grade: Some(4),
        ..CaseRow::new(&*session, patient, cohort)
    }
}

/// `W1` of `W1_1996.10.25`.
fn patient(session: &str) -> Option<&str> {
    let (patient, date) = session.split_once('_')?;
    let digits = patient.strip_prefix('W')?;
    let dated = date.starts_with(|c: char| c.is_ascii_digit());
    (dated && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then_some(patient)
}
