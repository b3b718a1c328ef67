//! Manifests read and written.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use csv::StringRecord;

use super::relative;
use super::{CaseRow, CohortError, SegFile};

/// The columns of a manifest, each once, in any order.
pub const COLUMNS: [&str; 13] = [
    "case",
    "patient",
    "cohort",
    "split",
    "flair",
    "t1",
    "t1ce",
    "t2",
    "seg",
    "seg_scheme",
    "idh_mutant",
    "codeleted_1p19q",
    "grade",
];

/// Where a sequence's column stands in [`COLUMNS`], in the order of [`imaging::Sequence::ALL`].
const SEQUENCES: [usize; 4] = [4, 5, 6, 7];

/// Reads a manifest. The rows' paths are joined to its folder; whether the files exist is not asked.
///
/// # Errors
/// What is wrong, with line and column; see [`CohortError`].
pub fn read(path: &Path) -> Result<Vec<CaseRow>, CohortError> {
    let text = std::fs::read_to_string(path).map_err(CohortError::file("read", path))?;
    parse(&text, path.parent().unwrap_or(Path::new("")))
}

/// Reads a manifest's text, with the folder that its paths are relative to.
///
/// # Errors
/// As [`read`].
pub fn parse(text: &str, folder: &Path) -> Result<Vec<CaseRow>, CohortError> {
    let text = without_mark(text);
    let mut table = reader(text);
    let places = places(text, &mut table)?;
    let mut rows = Vec::new();
    let mut lines = Vec::new();
    for record in table.records() {
        let record = record.map_err(|error| CohortError::csv(&error))?;
        let line = line(text, &record);
        let cells = Cells {
            record,
            places,
            line,
        };
        rows.push(cells.row(folder)?);
        lines.push(line);
    }
    check(&rows, &lines)?;
    Ok(rows)
}

/// Writes a manifest. Paths are written relative to its folder, which must exist.
///
/// # Errors
/// If the rows make no manifest (a name twice, a patient in two splits), or it cannot be written.
pub fn write(rows: &[CaseRow], path: &Path) -> Result<(), CohortError> {
    let lines: Vec<u64> = (2..).take(rows.len()).collect();
    check(rows, &lines)?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let folder = folder
        .canonicalize()
        .map_err(CohortError::file("open the folder", folder))?;
    let mut table = csv::Writer::from_writer(Vec::new());
    let mut put = |cells: &[String]| {
        table
            .write_record(cells)
            .map_err(|error| CohortError::csv(&error))
    };
    put(&COLUMNS.map(String::from))?;
    for row in rows {
        let file = |path: &PathBuf| relative::to(&folder, path);
        let flag = |flag: Option<bool>| flag.map_or(String::new(), |f| u8::from(f).to_string());
        let [flair, t1, t1ce, t2] = row
            .sequences
            .each_ref()
            .map(|path| path.as_ref().map_or(String::new(), file));
        put(&[
            row.case.clone(),
            row.patient.clone(),
            row.cohort.clone(),
            row.split.clone().unwrap_or_default(),
            flair,
            t1,
            t1ce,
            t2,
            row.seg
                .as_ref()
                .map_or(String::new(), |seg| file(&seg.path)),
            row.seg
                .as_ref()
                .map_or(String::new(), |seg| seg.scheme.to_string()),
            flag(row.idh_mutant),
            flag(row.codeleted_1p19q),
            row.grade.map_or(String::new(), |grade| grade.to_string()),
        ])?;
    }
    let bytes = table.into_inner().map_err(|error| CohortError::Csv {
        reason: error.to_string(),
    })?;
    std::fs::write(path, bytes).map_err(CohortError::file("write", path))
}

/// A reader of tables as this project writes them: cells trimmed, lines with `#` skipped.
pub(super) fn reader(text: &str) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes())
}

/// What spreadsheets put before UTF-8 is no part of the first column's name.
pub(super) fn without_mark(text: &str) -> &str {
    text.trim_start_matches('\u{feff}')
}

/// The line that a record starts in, from 1. The parser's own number is that of the remarks and empty
/// lines before it.
pub(super) fn line(text: &str, record: &StringRecord) -> u64 {
    let Some(position) = record.position() else {
        return 0;
    };
    let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let skipped = text
        .get(from..)
        .unwrap_or_default()
        .lines()
        .take_while(|line| line.is_empty() || line.starts_with('#'));
    position.line() + skipped.count() as u64
}

/// Where each column of [`COLUMNS`] stands in this file.
fn places(text: &str, table: &mut csv::Reader<&[u8]>) -> Result<[usize; 13], CohortError> {
    let header = table.headers().map_err(|error| CohortError::csv(&error))?;
    let line = line(text, header);
    let mut places = [None; 13];
    for (place, name) in header.iter().enumerate() {
        match COLUMNS.iter().position(|column| *column == name) {
            Some(column) if places[column].is_none() => places[column] = Some(place),
            _ => {
                let found = name.to_owned();
                return Err(CohortError::UnknownColumn { line, found });
            }
        }
    }
    let mut found = [0; 13];
    for (column, place) in places.into_iter().enumerate() {
        let column_name = COLUMNS[column];
        found[column] = place.ok_or(CohortError::MissingColumn {
            line,
            column: column_name,
        })?;
    }
    Ok(found)
}

/// One line of a manifest.
struct Cells {
    record: StringRecord,
    places: [usize; 13],
    line: u64,
}

impl Cells {
    fn row(&self, folder: &Path) -> Result<CaseRow, CohortError> {
        let [case, patient, cohort] = [0, 1, 2].map(|column| self.name(column));
        let sequences = SEQUENCES.map(|column| self.path(column, folder));
        if sequences.iter().all(Option::is_none) {
            return Err(self.wrong(SEQUENCES[0], "at least one of flair, t1, t1ce and t2"));
        }
        Ok(CaseRow {
            case: case?,
            patient: patient?,
            cohort: cohort?,
            split: self.text(3).map(str::to_owned),
            sequences,
            seg: self.seg(folder)?,
            idh_mutant: self.flag(10)?,
            codeleted_1p19q: self.flag(11)?,
            grade: match self.text(12) {
                None => None,
                Some("2") => Some(2),
                Some("3") => Some(3),
                Some("4") => Some(4),
                Some(_) => return Err(self.wrong(12, "2, 3, 4 or nothing")),
            },
        })
    }

    fn seg(&self, folder: &Path) -> Result<Option<SegFile>, CohortError> {
        const SCHEMES: &str = "brats2015, brats2021, brats2023, brats2024 or wt-only beside a seg, and nothing without";
        match (self.path(8, folder), self.text(9)) {
            (None, None) => Ok(None),
            (Some(path), Some(scheme)) => match scheme.parse() {
                Ok(scheme) => Ok(Some(SegFile { path, scheme })),
                Err(()) => Err(self.wrong(9, SCHEMES)),
            },
            _ => Err(self.wrong(9, SCHEMES)),
        }
    }

    fn flag(&self, column: usize) -> Result<Option<bool>, CohortError> {
        match self.text(column) {
            None => Ok(None),
            Some("0") => Ok(Some(false)),
            Some("1") => Ok(Some(true)),
            Some(_) => Err(self.wrong(column, "0, 1 or nothing")),
        }
    }

    fn name(&self, column: usize) -> Result<String, CohortError> {
        match self.text(column) {
            Some(name) => Ok(name.to_owned()),
            None => Err(self.wrong(column, "a name")),
        }
    }

    fn path(&self, column: usize, folder: &Path) -> Option<PathBuf> {
        self.text(column).map(|path| folder.join(path))
    }

    /// The cell, if it holds anything.
    fn text(&self, column: usize) -> Option<&str> {
        let cell = self.record.get(self.places[column]).unwrap_or_default();
        (!cell.is_empty()).then_some(cell)
    }

    fn wrong(&self, column: usize, expected: &'static str) -> CohortError {
        CohortError::Cell {
            line: self.line,
            column: COLUMNS[column].to_owned(),
            found: self.text(column).unwrap_or_default().to_owned(),
            expected,
        }
    }
}

/// Refuses a name given twice and a patient in two splits. An empty split is a side of its own: folds
/// are drawn from it.
fn check(rows: &[CaseRow], lines: &[u64]) -> Result<(), CohortError> {
    let mut cases: HashMap<&str, u64> = HashMap::new();
    let mut splits: HashMap<&str, (Option<&str>, u64)> = HashMap::new();
    for (row, &line) in rows.iter().zip(lines) {
        if let Some(first) = cases.insert(&row.case, line) {
            let case = row.case.clone();
            return Err(CohortError::SameCase { line, first, case });
        }
        let split = row.split.as_deref();
        match splits.entry(&row.patient) {
            Entry::Vacant(entry) => {
                entry.insert((split, line));
            }
            Entry::Occupied(entry) => {
                let (before, first) = *entry.get();
                if before != split {
                    return Err(CohortError::TwoSplits {
                        line,
                        first,
                        found: split.unwrap_or_default().to_owned(),
                        expected: before.unwrap_or_default().to_owned(),
                        patient: row.patient.clone(),
                    });
                }
            }
        }
    }
    Ok(())
}
