//! What becomes of scans that are dropped or chosen: the open case grows by them, or a new one begins. Two
//! patients must never become one case.

use std::collections::BTreeMap;

use imaging::Sequence;
use imaging::recognise::{Identity, Named, identity, read_name};

use crate::pairs;

/// Sequences of a case.
const ALL_FOUR: usize = Sequence::ALL.len();

/// The case on the page, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub struct Open<'a> {
    /// A path for each scan.
    pub paths: &'a [String],
    /// Each of the four sequences has its scan.
    pub is_complete: bool,
    /// It was read, or its reading was refused or failed.
    pub was_read: bool,
    /// It is the shipped sample.
    pub is_sample: bool,
}

/// What becomes of scans that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intake {
    /// They are the first.
    First,
    /// They join the open case.
    Joins,
    /// They begin a new case.
    Begins(Why),
}

/// Why a new case begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// They are a case of their own.
    Whole,
    /// Their names are another patient's.
    OtherPatient,
    /// The open case is the sample.
    Sample,
}

impl Intake {
    /// What is to become of the scans at `paths`, one a scan.
    #[must_use]
    pub fn of(open: Open<'_>, paths: &[String]) -> Self {
        if open.paths.is_empty() {
            Self::First
        } else if open.is_sample {
            Self::Begins(Why::Sample)
        } else if is_whole(open, paths) {
            Self::Begins(Why::Whole)
        } else if is_of_another(open.paths, paths) {
            Self::Begins(Why::OtherPatient)
        } else {
            Self::Joins
        }
    }

    /// What the page says of so many scans, if anything has to be said.
    #[must_use]
    pub fn words(self, scans: usize) -> Option<String> {
        let (these, was) = match scans {
            1 => ("This scan".to_owned(), "was"),
            n => (format!("These {n} scans"), "were"),
        };
        match self {
            Self::First => None,
            Self::Joins => Some(format!("{these} {was} added to the open case.")),
            Self::Begins(Why::Whole | Why::Sample) => {
                Some(format!("A new case was started with {}.", lower(&these)))
            }
            Self::Begins(Why::OtherPatient) => Some(format!(
                "A new case was started with {}: the name is not that of the patient who was open.",
                lower(&these)
            )),
        }
    }
}

fn lower(these: &str) -> String {
    these.replacen('T', "t", 1)
}

/// Whether scans make a case by themselves: by their names, or by their number where the open case wants none.
fn is_whole(open: Open<'_>, paths: &[String]) -> bool {
    let mut named: Vec<Sequence> = Vec::new();
    let mut candidates = 0;
    for path in paths.iter().filter(|path| pairs::is_scan(path)) {
        match read_name(path) {
            Named::Aside(_) => continue,
            Named::Sequence(sequence) if !named.contains(&sequence) => named.push(sequence),
            Named::Sequence(_) | Named::Unknown => {}
        }
        candidates += 1;
    }
    let settled = open.is_complete || open.was_read;
    named.len() == ALL_FOUR || (settled && candidates >= ALL_FOUR)
}

/// Whether the names of the open case agree on a patient, and the new ones name another.
fn is_of_another(open: &[String], paths: &[String]) -> bool {
    let Some(patient) = Identity::shared(open.iter().map(String::as_str)) else {
        return false;
    };
    let mut named = paths
        .iter()
        .map(|path| identity(path))
        .filter(|one| !one.is_empty());
    named
        .next()
        .is_some_and(|first| first != patient && named.all(|one| one != patient))
}

/// Of scans that came together, those of one case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picked {
    /// Indices into the paths.
    pub taken: Vec<usize>,
    /// How many cases the paths hold, by folder and name; less than two where none has to be chosen.
    pub cases: usize,
    /// What the taken one is called by.
    pub name: String,
}

/// Picks the first of the fullest cases. A case is what lies in one folder under names of one patient, two
/// sequences at least; a folder a series is no case of its own.
#[must_use]
pub fn pick(paths: &[String]) -> Picked {
    let key = |path: &String| (pairs::split(path).0.to_owned(), identity(path));
    let mut cases: BTreeMap<(String, Identity), Vec<Sequence>> = BTreeMap::new();
    for path in paths {
        if let Named::Sequence(sequence) = read_name(path) {
            let sequences = cases.entry(key(path)).or_default();
            if !sequences.contains(&sequence) {
                sequences.push(sequence);
            }
        }
    }
    cases.retain(|_, sequences| sequences.len() > 1);
    let fullest = cases.values().map(Vec::len).max();
    let first = cases
        .iter()
        .find(|(_, sequences)| Some(sequences.len()) == fullest);
    let Some((first, _)) = first.filter(|_| cases.len() > 1) else {
        return Picked {
            taken: (0..paths.len()).collect(),
            ..Picked::default()
        };
    };
    let is_taken = |path: &String| key(path) == *first || !cases.contains_key(&key(path));
    let (folder, patient) = first;
    let name = [folder.as_str(), patient.words()]
        .into_iter()
        .filter(|part| !part.is_empty());
    Picked {
        taken: (0..paths.len())
            .filter(|at| is_taken(&paths[*at]))
            .collect(),
        cases: cases.len(),
        name: name.collect::<Vec<_>>().join(", "),
    }
}

impl Picked {
    /// What the page says where there were several cases.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        (self.cases > 1).then(|| {
            format!(
                "These are {} cases, and a case is one patient's: {} was taken.",
                self.cases, self.name
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    const A: [&str; 4] = ["flair.nii", "t1.nii", "t1ce.nii", "t2.nii"];

    fn intake(open: &[&str], [is_complete, was_read]: [bool; 2], came: &[&str]) -> Intake {
        let open = Open {
            paths: &paths(open),
            is_complete,
            was_read,
            is_sample: false,
        };
        Intake::of(open, &paths(came))
    }

    #[test]
    fn the_first_scans_need_no_words() {
        let first = intake(&[], [false, false], &A);
        assert_eq!((first, first.words(4)), (Intake::First, None));
    }

    #[test]
    fn four_scans_upon_a_case_that_was_read_are_a_new_case_whatever_their_names() {
        for came in [A, ["1.nii", "2.nii", "3.nii", "4.nii"]] {
            let found = intake(&A, [true, true], &came);
            assert_eq!(found, Intake::Begins(Why::Whole));
            let words = found.words(4).expect("it says so");
            assert_eq!(words, "A new case was started with these 4 scans.");
        }
        // A reading without T2 that was refused.
        let found = intake(&A[..3], [false, true], &A);
        assert_eq!(found, Intake::Begins(Why::Whole));
    }

    #[test]
    fn one_to_three_join_the_open_case() {
        let one = intake(&A[..3], [false, false], &["t2.nii"]);
        assert_eq!(one, Intake::Joins);
        assert!(
            one.words(1)
                .expect("words")
                .starts_with("This scan was added to the open case.")
        );
        assert_eq!(intake(&A, [true, true], &["t2_mended.nii"]), Intake::Joins);
        // Four files, of which one is a mask and one a diffusion picture.
        let two = ["t1ce.nii", "t2.nii", "seg.nii", "adc.nii"];
        assert_eq!(intake(&A[..2], [true, true], &two), Intake::Joins);
        // Four without telling names may be the rest of an unread case's eight.
        let eight = ["5.nii", "6.nii", "7.nii", "8.nii"];
        let open = ["1.nii", "2.nii", "3.nii", "4.nii"];
        assert_eq!(intake(&open, [false, false], &eight), Intake::Joins);
    }

    #[test]
    fn a_whole_case_by_its_names_joins_nothing() {
        assert_eq!(
            intake(&["t1.nii"], [false, false], &A),
            Intake::Begins(Why::Whole)
        );
    }

    #[test]
    fn another_patients_scan_does_not_complete_a_case() {
        let open = ["BraTS-GLI-00005-000-t1n.nii", "BraTS-GLI-00005-000-t2f.nii"];
        let found = intake(&open, [false, false], &["BraTS-GLI-00006-000-t2w.nii"]);
        assert_eq!(found, Intake::Begins(Why::OtherPatient));
        assert_eq!(
            intake(&open, [false, false], &["BraTS-GLI-00005-000-t2w.nii"]),
            Intake::Joins
        );
        assert_eq!(intake(&open, [false, false], &["t2.nii"]), Intake::Joins);
    }

    #[test]
    fn the_sample_is_replaced_by_the_first_scan_of_ones_own() {
        let open = Open {
            paths: &paths(&A),
            is_complete: true,
            was_read: false,
            is_sample: true,
        };
        assert_eq!(
            Intake::of(open, &paths(&["t1.nii"])),
            Intake::Begins(Why::Sample)
        );
    }

    #[test]
    fn of_several_cases_the_first_of_the_fullest_is_taken() {
        let folders = paths(&[
            "p/a/t1.nii",
            "p/a/t2.nii",
            "p/b/t1.nii",
            "p/b/t2.nii",
            "p/b/flair.nii",
        ]);
        let found = pick(&folders);
        assert_eq!(
            (found.taken.as_slice(), found.cases),
            ([2, 3, 4].as_slice(), 2)
        );
        assert!(found.words().expect("it says so").contains("p/b was taken"));
        let flat = paths(&[
            "s_001_t1.nii",
            "s_002_t1.nii",
            "s_001_t2.nii",
            "s_002_t2.nii",
            "s_002_seg.nii",
        ]);
        let found = pick(&flat);
        assert_eq!(found.taken, [0, 2]);
        assert_eq!(found.name, "001");
    }

    #[test]
    fn a_folder_a_series_is_one_case() {
        let series = paths(&[
            "p/T1/1.nii",
            "p/t2/t2.nii",
            "p/flair/flair.nii",
            "p/seg/x.nii",
        ]);
        let found = pick(&series);
        assert_eq!((found.taken.len(), found.words()), (4, None));
    }
}
