//! From the headers of any number of files to patients, examinations and what they hold.

use super::header::Header;
use super::keys::{Key, Person};
use super::part::{self, Part};
use super::parts::parts;
use serde::{Deserialize, Serialize};

/// A file, by the number that the caller gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileId(pub usize);

/// What files hold, apart by patient and examination.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// In the order of their first file; they are *patient 1, 2* and so on.
    pub patients: Vec<Patient>,
}

/// One patient.
#[derive(Debug, Clone)]
pub struct Patient {
    /// In order of their dates; those without one come last.
    pub examinations: Vec<Examination>,
}

/// One visit to the scanner.
#[derive(Debug, Clone)]
pub struct Examination {
    /// Days since the patient's first examination; `None` where one has no date.
    pub days_after_first: Option<i64>,
    /// Whether the patient was under 18; `None` where no file says.
    pub under_18: Option<bool>,
    /// Originals first, then what is derived, then what is no volume; each in the order of acquisition.
    pub parts: Vec<Part>,
}

impl Listing {
    /// Lists files whose headers were read. Patients, and examinations of one patient, are never mixed.
    #[must_use]
    pub fn of(files: Vec<(FileId, Header)>) -> Self {
        let patients = by_patient(files).into_iter().map(|files| {
            let visits = by_visit(files);
            let first = visits.iter().filter_map(|v| v.day).min();
            let examinations = visits.into_iter().map(|visit| Examination {
                days_after_first: visit.day.zip(first).map(|(day, first)| day - first),
                under_18: visit.years().map(|years| years < 18.0),
                parts: parts_of(visit.files),
            });
            Patient {
                examinations: examinations.collect(),
            }
        });
        Self {
            patients: patients.collect(),
        }
    }

    /// All parts of all examinations.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        let examinations = self.patients.iter().flat_map(|p| &p.examinations);
        examinations.flat_map(|e| &e.parts)
    }
}

type Files = Vec<(FileId, Header)>;

/// Files of one person each. What a file does not say (some programs drop the name, others the number) is
/// taken from others of its study; what two files say differently keeps them apart.
fn by_patient(files: Files) -> Vec<Files> {
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(files[*at].1.keys.person.says()));
    let mut people: Vec<(Person, Vec<Option<Key>>)> = Vec::new();
    let mut of = vec![0; files.len()];
    for at in order {
        let keys = &files[at].1.keys;
        let (person, study) = (keys.person, keys.study);
        let found = people.iter().position(|(known, studies)| {
            let same_study = studies.contains(&study);
            // Within a study, one name may be spelt in several ways.
            known.is(person) || (same_study && (known.is_spelt(person) || !known.differs(person)))
        });
        let at_people = found.unwrap_or_else(|| {
            people.push((person, Vec::new()));
            people.len() - 1
        });
        let (known, studies) = &mut people[at_people];
        *known = known.with(person);
        if !studies.contains(&study) {
            studies.push(study);
        }
        of[at] = at_people;
    }
    collected(files, &of)
}

/// Items of the same number together, in the order of their first.
fn collected(files: Files, of: &[usize]) -> Vec<Files> {
    let mut numbers: Vec<usize> = Vec::new();
    let mut groups: Vec<Files> = Vec::new();
    for (file, number) in files.into_iter().zip(of) {
        match numbers.iter().position(|n| n == number) {
            Some(at) => groups[at].push(file),
            None => {
                numbers.push(*number);
                groups.push(vec![file]);
            }
        }
    }
    groups
}

struct Visit {
    day: Option<i64>,
    files: Files,
}

impl Visit {
    fn years(&self) -> Option<f64> {
        let years = self
            .files
            .iter()
            .filter_map(|(_, header)| header.keys.years);
        years.reduce(f64::min)
    }

    fn time(&self) -> f64 {
        let times = self.files.iter().filter_map(|(_, header)| header.time);
        times.fold(f64::INFINITY, f64::min)
    }
}

/// Files of one visit each. Two days are two visits, also within one study, and two studies of one day are
/// one where they share the scanner's frame of reference.
fn by_visit(files: Files) -> Vec<Visit> {
    type StudyDay = (Option<Key>, Option<i64>);
    let mut groups: Vec<(StudyDay, Files)> = Vec::new();
    for file in files {
        let key = (file.1.keys.study, file.1.keys.day);
        match groups.iter_mut().find(|(k, _)| *k == key) {
            Some((_, group)) => group.push(file),
            None => groups.push((key, vec![file])),
        }
    }
    let mut visits: Vec<Visit> = Vec::new();
    for ((_, day), group) in groups {
        for (image_day, files) in by_image_day(group, day) {
            let day = image_day.or(day);
            let references: Vec<Option<Key>> = files.iter().map(|f| f.1.keys.reference).collect();
            let joins = |visit: &Visit| {
                let mut theirs = visit.files.iter().map(|f| f.1.keys.reference);
                visit.day == day && theirs.any(|r| r.is_some() && references.contains(&r))
            };
            match visits.iter_mut().find(|visit| joins(visit)) {
                Some(visit) => visit.files.extend(files),
                None => visits.push(Visit { day, files }),
            }
        }
    }
    visits.sort_by(|a, b| {
        let day = |v: &Visit| v.day.unwrap_or(i64::MAX);
        day(a).cmp(&day(b)).then(a.time().total_cmp(&b.time()))
    });
    visits
}

/// Files of one study apart by the days on which their images were taken; over midnight is no other visit.
fn by_image_day(files: Files, study_day: Option<i64>) -> Vec<(Option<i64>, Files)> {
    let mut days: Vec<i64> = files.iter().filter_map(|f| f.1.keys.image_day).collect();
    days.sort_unstable();
    days.dedup();
    let mut clusters: Vec<(i64, i64)> = Vec::new();
    for day in days {
        match clusters.last_mut() {
            Some((_, last)) if day - *last <= 1 => *last = day,
            _ => clusters.push((day, day)),
        }
    }
    if clusters.len() < 2 {
        return vec![(None, files)];
    }
    let mut groups: Vec<(Option<i64>, Files)> = clusters
        .iter()
        .map(|(first, _)| (Some(*first), Vec::new()))
        .collect();
    for file in files {
        let day = file.1.keys.image_day.or(study_day);
        let at = clusters
            .iter()
            .position(|(first, last)| day.is_some_and(|day| (*first..=*last).contains(&day)));
        groups[at.unwrap_or(0)].1.push(file);
    }
    groups.retain(|(_, files)| !files.is_empty());
    groups
}

/// The parts of all series of a visit, in the order in which they are offered.
fn parts_of(files: Files) -> Vec<Part> {
    type Name = (Option<Key>, Option<(i64, String)>);
    let mut series: Vec<(Name, Files)> = Vec::new();
    for file in files {
        let header = &file.1;
        let key = header.keys.series;
        // Without an identifier, number and description stand for it.
        let name = key.is_none().then(|| {
            let number = header.series_number.unwrap_or(0);
            (number, header.attributes.description.clone())
        });
        let name = (key, name);
        match series.iter_mut().find(|(n, _)| *n == name) {
            Some((_, group)) => group.push(file),
            None => series.push((name, vec![file])),
        }
    }
    let all = series.into_iter().enumerate();
    let mut listed: Vec<Part> = all
        .flat_map(|(number, (_, files))| part::all(number, parts(files)))
        .collect();
    listed.sort_by(Part::offered_before);
    listed
}
