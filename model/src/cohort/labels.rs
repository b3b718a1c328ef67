//! Tables of molecular labels and grades, as the collections publish them and as people write them.
//!
//! One reader for all: a column counts by any of the names that it has in the tables of UCSF-PDGM,
//! UPENN-GBM, EGD and RHUH-GBM, and every other column is passed over.

use std::collections::BTreeMap;
use std::path::Path;

use super::manifest::{line, reader, without_mark};
use super::{CaseRow, CohortError};

/// What a table says of its cases.
#[derive(Clone, Debug, Default)]
pub struct LabelTable {
    /// By [`key`] of the case or the patient.
    entries: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug, Default)]
struct Entry {
    patient: Option<String>,
    cohort: Option<String>,
    split: Option<String>,
    idh_mutant: Option<bool>,
    codeleted_1p19q: Option<bool>,
    grade: Option<u8>,
}

/// The columns that count.
#[derive(Clone, Copy, PartialEq)]
enum Column {
    Case,
    Patient,
    Cohort,
    Split,
    Idh,
    Codeletion,
    Grade,
}

impl Column {
    fn named(name: &str) -> Option<Self> {
        Some(match name.to_lowercase().as_str() {
            "case" | "id" => Self::Case,
            "patient" | "patient id" | "subject" => Self::Patient,
            "cohort" => Self::Cohort,
            "split" => Self::Split,
            "idh_mutant" | "idh" | "idh1" | "idh mutation status" => Self::Idh,
            // RHUH-GBM explains its codes in the column's name.
            name if name.starts_with("idh status") => Self::Idh,
            "codeleted_1p19q" | "1p/19q" | "1p19q" => Self::Codeletion,
            "grade" | "who grade" | "who cns grade" => Self::Grade,
            _ => return None,
        })
    }
}

impl LabelTable {
    /// Reads a CSV table with a column `case` or `patient` (or both, where it says whose a case is) and
    /// any of `cohort`, `split`, `idh_mutant`, `codeleted_1p19q` and `grade`, or their published names.
    ///
    /// # Errors
    /// If it is no such table, or a cell is not understood.
    pub fn read(path: &Path) -> Result<Self, CohortError> {
        let text = std::fs::read_to_string(path).map_err(CohortError::file("read", path))?;
        Self::parse(&text)
    }

    /// Reads a table's text.
    ///
    /// # Errors
    /// As [`LabelTable::read`].
    pub fn parse(text: &str) -> Result<Self, CohortError> {
        let text = without_mark(text);
        let mut table = reader(text);
        let header = table.headers().map_err(|error| CohortError::csv(&error))?;
        let header = header.clone();
        let columns: Vec<Option<Column>> = header.iter().map(Column::named).collect();
        let key_column = [Column::Case, Column::Patient]
            .iter()
            .find_map(|wanted| columns.iter().position(|c| *c == Some(*wanted)))
            .ok_or(CohortError::MissingColumn {
                line: line(text, &header),
                column: "case",
            })?;
        let mut entries = BTreeMap::new();
        for record in table.records() {
            let record = record.map_err(|error| CohortError::csv(&error))?;
            let mut entry = Entry::default();
            for (place, cell) in record.iter().enumerate() {
                let wrong = |expected| CohortError::Cell {
                    line: line(text, &record),
                    column: header[place].to_owned(),
                    found: cell.to_owned(),
                    expected,
                };
                let text = || (!cell.is_empty()).then(|| cell.to_owned());
                match columns[place] {
                    None | Some(Column::Case) => {}
                    Some(Column::Patient) => entry.patient = text(),
                    Some(Column::Cohort) => entry.cohort = text(),
                    Some(Column::Split) => entry.split = text(),
                    Some(Column::Idh) => entry.idh_mutant = idh(cell).map_err(wrong)?,
                    Some(Column::Codeletion) => {
                        entry.codeleted_1p19q = codeletion(cell).map_err(wrong)?;
                    }
                    Some(Column::Grade) => entry.grade = grade(cell).map_err(wrong)?,
                }
            }
            entries.insert(key(record.get(key_column).unwrap_or_default()), entry);
        }
        Ok(Self { entries })
    }

    /// Gives the rows what the table says of them, by case or else by patient; what it does not say
    /// stays. Returns how many rows it knew.
    pub fn apply(&self, rows: &mut [CaseRow]) -> usize {
        let mut known = 0;
        for row in rows {
            let by_case = self.entries.get(&key(&row.case));
            let Some(entry) = by_case.or_else(|| self.entries.get(&key(&row.patient))) else {
                continue;
            };
            known += 1;
            if let (Some(_), Some(patient)) = (by_case, &entry.patient) {
                row.patient.clone_from(patient);
            }
            if let Some(cohort) = &entry.cohort {
                row.cohort.clone_from(cohort);
            }
            row.split = entry.split.clone().or(row.split.take());
            row.idh_mutant = entry.idh_mutant.or(row.idh_mutant);
            row.codeleted_1p19q = entry.codeleted_1p19q.or(row.codeleted_1p19q);
            row.grade = entry.grade.or(row.grade);
        }
        known
    }
}

/// A name without case and without zeros before numbers: UCSF-PDGM's table says `UCSF-PDGM-004` where
/// its folders say `UCSF-PDGM-0004`.
fn key(name: &str) -> String {
    let mut key = String::new();
    let mut zeros = 0;
    let mut in_number = false;
    for letter in name.to_lowercase().chars() {
        if letter == '0' && !in_number {
            zeros += 1;
            continue;
        }
        let digit = letter.is_ascii_digit();
        // A lone zero is a number, not padding.
        if zeros > 0 && !digit {
            key.push('0');
        }
        zeros = 0;
        in_number = digit;
        key.push(letter);
    }
    if zeros > 0 {
        key.push('0');
    }
    key
}

/// Words that the tables have for *not known*.
fn unknown(cell: &str) -> bool {
    matches!(
        cell.to_lowercase().as_str(),
        "" | "-1"
            | "na"
            | "n/a"
            | "nan"
            | "nos"
            | "nec"
            | "nos/nec"
            | "unknown"
            | "indeterminate"
            | "not available"
    )
}

/// `idh_mutant`: UCSF-PDGM names the mutation, the others say that there is one.
pub(super) fn idh(cell: &str) -> Result<Option<bool>, &'static str> {
    let word = cell.to_lowercase();
    Ok(match word.as_str() {
        word if unknown(word) => None,
        "0" | "wt" | "wildtype" | "wild-type" | "wild type" => Some(false),
        "1" | "mut" | "mutant" | "mutated" => Some(true),
        word if ["idh1", "idh2", "mutated "]
            .iter()
            .any(|m| word.starts_with(m)) =>
        {
            Some(true)
        }
        _ => return Err("0, 1, wildtype, mutant or nothing"),
    })
}

/// `codeleted_1p19q`. A *relative* codeletion, which UCSF-PDGM notes, is neither.
pub(super) fn codeletion(cell: &str) -> Result<Option<bool>, &'static str> {
    Ok(match cell.to_lowercase().as_str() {
        word if unknown(word) => None,
        "0" | "intact" | "non-codeleted" => Some(false),
        "1" | "codeleted" | "co-deleted" | "codeletion" | "co-deletion" => Some(true),
        word if word.starts_with("relative") => None,
        _ => return Err("0, 1, intact, codeleted or nothing"),
    })
}

/// `grade`.
pub(super) fn grade(cell: &str) -> Result<Option<u8>, &'static str> {
    Ok(match cell.to_lowercase().as_str() {
        word if unknown(word) => None,
        "2" | "ii" | "g2" => Some(2),
        "3" | "iii" | "g3" => Some(3),
        "4" | "iv" | "g4" => Some(4),
        _ => return Err("2, 3, 4 or nothing"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_no_part_of_a_name() {
        assert_eq!(key("UCSF-PDGM-0004"), key("ucsf-pdgm-004"));
        assert_eq!(key("TCGA-02-0003"), "tcga-2-3");
        assert_eq!(key("W10"), "w10");
        assert_eq!(key("x-0-00"), "x-0-0");
        assert_ne!(key("W1"), key("W10"));
        assert_eq!(key("UPENN-GBM-00100_11"), "upenn-gbm-100_11");
    }

    #[test]
    fn published_words_are_understood_and_others_refused() {
        assert_eq!(idh("IDH1 p.R132H"), Ok(Some(true)));
        assert_eq!(idh("mutated (NOS)"), Ok(Some(true)));
        assert_eq!(idh("Wildtype"), Ok(Some(false)));
        assert_eq!(idh("NOS/NEC"), Ok(None));
        assert!(idh("perhaps").is_err());
        assert_eq!(codeletion("co-deletion"), Ok(Some(true)));
        assert_eq!(codeletion("relative co-deletion"), Ok(None));
        assert_eq!(codeletion("-1"), Ok(None));
        assert!(codeletion("2").is_err());
        assert_eq!(grade("IV"), Ok(Some(4)));
        assert!(grade("1").is_err());
    }

    #[test]
    fn a_case_is_known_by_its_name_before_its_patients() {
        let table = LabelTable::parse(
            "case,patient,cohort,IDH,grade,other\nA_1,P,X,1,2,?\nB,,,wildtype,,?\n",
        );
        let table = table.expect("a table");
        let mut rows = [
            CaseRow::new("A_01", "A_01", "old"),
            CaseRow::new("B_2", "B", "old"),
            CaseRow::new("C", "C", "old"),
        ];
        rows[1].grade = Some(4);
        assert_eq!(table.apply(&mut rows), 2);
        assert_eq!(
            (rows[0].patient.as_str(), rows[0].cohort.as_str()),
            ("P", "X")
        );
        assert_eq!((rows[0].idh_mutant, rows[0].grade), (Some(true), Some(2)));
        assert_eq!((rows[1].idh_mutant, rows[1].grade), (Some(false), Some(4)));
        assert_eq!(rows[1].patient, "B");
        assert_eq!(rows[2], CaseRow::new("C", "C", "old"));
    }

    #[test]
    fn a_cell_that_is_not_understood_is_named() {
        let error = LabelTable::parse("patient,grade\n# a remark\nP,9\n").expect_err("no grade");
        assert_eq!(
            error.to_string(),
            r#"line 3, column grade: found "9", expected 2, 3, 4 or nothing"#
        );
        assert!(LabelTable::parse("name,grade\nP,4\n").is_err());
    }
}
