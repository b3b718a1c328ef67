//! The Erasmus Glioma Database: `SUBJECTS/EGD-0001/T1GD.nii.gz` and so on, on MNI152, 1 mm, defaced but
//! with the skull on.
//!
//! Names as in its paper (van der Voort 2021, Data in Brief 37:107191), its own downloader and the `amid`
//! library. `MASK.nii.gz` is the whole tumour. Each subject's `metadata.json` has the labels, −1 for
//! unknown.

use std::path::Path;

use serde_json::Value;

use super::{Layout, tree};
use crate::cohort::labels::{codeletion, grade, idh};
use crate::cohort::{CaseRow, CohortError, SegFile, SegScheme};

pub(super) const LAYOUT: Layout = Layout {
    cohort: "EGD",
    expected: "folders such as EGD-0001 with FLAIR.nii.gz",
    tables: &["Genetic_and_Histological_labels"],
    cases,
};

fn cases(root: &Path, cohort: &'static str) -> Result<Vec<CaseRow>, CohortError> {
    let mut rows = Vec::new();
    for folder in tree::folders(root, 3, &|name| tree::is_numbered(name, "EGD-"))? {
        let case = tree::name(&folder);
        let mut row = CaseRow {
            sequences: ["FLAIR", "T1", "T1GD", "T2"].map(|name| tree::scan(&folder, &[name])),
            seg: tree::scan(&folder, &["MASK"]).map(|path| SegFile {
                path,
                scheme: SegScheme::WtOnly,
            }),
            ..CaseRow::new(&*case, &*case, cohort)
        };
        let metadata = folder.join("metadata.json");
        if metadata.is_file() {
            read_labels(&metadata, &mut row)?;
        }
        rows.push(row);
    }
    Ok(rows)
}

fn read_labels(path: &Path, row: &mut CaseRow) -> Result<(), CohortError> {
    let bytes = std::fs::read(path).map_err(CohortError::file("read", path))?;
    let metadata: Value = serde_json::from_slice(&bytes).map_err(|error| CohortError::File {
        verb: "read",
        error: error.into(),
        path: path.to_owned(),
    })?;
    let labels = &metadata["Genetic_and_Histological_labels"];
    let word = |name: &str| match &labels[name] {
        Value::String(word) => word.clone(),
        // Written as 1 or as 1.0.
        Value::Number(number) => number.as_f64().map_or(String::new(), |n| format!("{n:.0}")),
        _ => String::new(),
    };
    let wrong = |column: &'static str| {
        let found = word(column);
        move |expected| CohortError::Cell {
            line: 1,
            column: column.to_owned(),
            found,
            expected,
        }
    };
    row.idh_mutant = idh(&word("IDH")).map_err(wrong("IDH"))?;
    row.codeleted_1p19q = codeletion(&word("1p19q")).map_err(wrong("1p19q"))?;
    row.grade = grade(&word("Grade")).map_err(wrong("Grade"))?;
    Ok(())
}
