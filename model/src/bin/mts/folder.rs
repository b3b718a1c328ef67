//! A folder of scans, DICOM or NIfTI: what it holds, and the four that make a case.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use imaging::check::{self, Coarse, Head};
use imaging::dicom::{self, FileId, Header, Listing, Part, Standing};
use imaging::recognise::{self, Candidate, Named, choose};
use imaging::{Sequence, Series, nifti};

use crate::{Failure, file_failure, scan};

/// Files that are looked at; a whole disk is not walked.
const MOST_FILES: usize = 30_000;

/// What a folder holds.
pub(crate) struct Folder {
    files: Vec<PathBuf>,
    /// Its DICOM series.
    pub(crate) listing: Listing,
    /// Its NIfTI files.
    pub(crate) nifti: Vec<PathBuf>,
    /// How many files are neither.
    pub(crate) passed_over: usize,
}

/// The scans of a case.
pub(crate) struct Scans {
    /// In the order of [`Sequence::ALL`].
    pub(crate) series: [Option<Series>; 4],
    /// What there is to say of how they were found and read.
    pub(crate) notes: Vec<String>,
}

impl Folder {
    /// Looks at every file's beginning; no pixel is read.
    pub(crate) fn look(path: &Path) -> Result<Self, Failure> {
        let files = walk(path)?;
        let mut nifti = Vec::new();
        let (mut headers, mut passed_over) = (Vec::new(), 0);
        for (at, file) in files.iter().enumerate() {
            match open(file).map(Header::read) {
                Ok(Ok(Some(header))) => headers.push((FileId(at), header)),
                _ if is_nifti(file) => nifti.push(file.clone()),
                _ => passed_over += 1,
            }
        }
        Ok(Self {
            listing: Listing::of(headers),
            files,
            nifti,
            passed_over,
        })
    }

    /// The four scans of an examination, counted from 1 over all patients; of NIfTI files where there is no DICOM.
    pub(crate) fn scans(&self, examination: Option<usize>) -> Result<Scans, Failure> {
        let all: Vec<&dicom::Examination> = self
            .listing
            .patients
            .iter()
            .flat_map(|patient| &patient.examinations)
            .collect();
        match (all.len(), examination) {
            (0, _) => self.nifti_scans(),
            (_, Some(number)) => match number.checked_sub(1).and_then(|at| all.get(at)) {
                Some(examination) => self.dicom_scans(examination),
                None => Err(refusal(
                    format!(
                        "there are {} examinations in this folder, and {number} is none of them",
                        all.len()
                    ),
                    "`mts scan` lists them.",
                )),
            },
            (1, None) => self.dicom_scans(all[0]),
            (n, None) => Err(refusal(
                format!(
                    "there are {n} examinations in this folder, and a case is one patient on one day"
                ),
                "Choose one with --examination; `mts scan` lists them.",
            )),
        }
    }

    fn dicom_scans(&self, examination: &dicom::Examination) -> Result<Scans, Failure> {
        let parts = &examination.parts;
        let candidates: Vec<Candidate> = parts.iter().map(candidate).collect();
        let mut found = Vec::new();
        let mut notes = Vec::new();
        for at in choose(&candidates) {
            let part = &parts[at];
            let read = dicom::read(part, |file| open(&self.files[file.0]));
            let reading = read.map_err(mts_unet::ModelError::from)?;
            let words = &part.about.attributes.description;
            notes.extend(reading.notes.iter().map(|note| format!("{words}: {note}")));
            if let Some(sequence) = candidates[at].guess {
                notes.push(format!("{sequence} is the series \"{words}\"."));
            }
            found.push((candidates[at].guess, reading.series));
        }
        Ok(named(found, notes))
    }

    fn nifti_scans(&self) -> Result<Scans, Failure> {
        let paths: Vec<String> = (self.nifti.iter())
            .map(|file| file.to_string_lossy().into_owned())
            .collect();
        let twins = recognise::uneven_twins(&paths);
        let notes = (twins.iter())
            .map(|at| {
                format!(
                    "{} was left out: the file with _Eq beside it has even slices.",
                    paths[*at]
                )
            })
            .collect();
        let even = (self.nifti.iter().enumerate()).filter(|(at, _)| !twins.contains(at));
        let candidates =
            even.filter_map(
                |(_, file)| match recognise::read_name(&file.to_string_lossy()) {
                    Named::Sequence(sequence) => Some((Some(sequence), file)),
                    Named::Unknown => Some((None, file)),
                    Named::Aside(_) => None,
                },
            );
        let mut taken: Vec<(Option<Sequence>, &PathBuf)> = Vec::new();
        for (guess, file) in candidates {
            if guess.is_none() || taken.iter().all(|(other, _)| *other != guess) {
                taken.push((guess, file));
            }
        }
        if Sequence::ALL
            .iter()
            .all(|s| taken.iter().any(|(guess, _)| *guess == Some(*s)))
        {
            taken.retain(|(guess, _)| guess.is_some());
        }
        let read = |(guess, file): &(Option<Sequence>, &PathBuf)| Ok((*guess, scan::open(file)?));
        let found: Result<Vec<_>, Failure> = taken.iter().map(read).collect();
        Ok(named(found?, notes))
    }
}

/// Gives names to scans that have none, by their pictures.
fn named(mut found: Vec<(Option<Sequence>, Series)>, mut notes: Vec<String>) -> Scans {
    if (2..=4).contains(&found.len()) && found.iter().any(|(guess, _)| guess.is_none()) {
        let heads: Vec<Head> = found
            .iter()
            .map(|(_, series)| Head::of(Coarse::of(series)))
            .collect();
        let heads: Vec<&Head> = heads.iter().collect();
        if let Some((names, _)) =
            check::naming(&heads).filter(|(_, margin)| *margin > check::SURE_NAMING)
        {
            for (at, name) in names.into_iter().enumerate() {
                if found[at].0.is_none() && found.iter().all(|(guess, _)| *guess != Some(name)) {
                    found[at].0 = Some(name);
                    notes.push(format!(
                        "{name} was chosen by how its picture looks: check that it is."
                    ));
                }
            }
        }
    }
    let mut series = [const { None }; 4];
    for (guess, scan) in found {
        if let Some(sequence) = guess {
            series[sequence.channel()].get_or_insert(scan);
        }
    }
    Scans { series, notes }
}

/// What decides whether a part is taken.
pub(crate) fn candidate(part: &Part) -> Candidate {
    let named = recognise::read_attributes(&part.about.attributes);
    Candidate {
        guess: named.sequence(),
        is_aside: named.aside().is_some(),
        is_derived: matches!(part.about.standing, Standing::Derived(_)),
        is_volume: part.no_volume().is_none(),
        dims: part.about.dims,
        spacing_mm: part.about.spacing_mm,
    }
}

fn open(path: &Path) -> io::Result<BufReader<File>> {
    File::open(path).map(BufReader::new)
}

/// By its content, or by its name: a damaged file is to be named, not passed over. The first half of a pair stands for both.
fn is_nifti(path: &Path) -> bool {
    let name = path.to_string_lossy().to_lowercase();
    let plain = name.strip_suffix(".gz").unwrap_or(&name);
    if plain.ends_with(".nii") || plain.ends_with(".hdr") {
        return true;
    }
    let mut beginning = Vec::new();
    let read = open(path).map(|file| {
        file.take(nifti::PEEK_BYTES as u64)
            .read_to_end(&mut beginning)
    });
    matches!(read, Ok(Ok(_))) && nifti::peek(&beginning).is_ok()
}

/// All files below a folder, in order, but hidden ones.
fn walk(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let (mut files, mut folders) = (Vec::new(), vec![path.to_owned()]);
    while let Some(folder) = folders.pop() {
        let failed = |error| file_failure("read", &error, &folder);
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            match entry.file_type().map_err(failed)?.is_dir() {
                true => folders.push(entry.path()),
                false => files.push(entry.path()),
            }
            if files.len() > MOST_FILES {
                return Err(refusal(
                    format!("there are more than {MOST_FILES} files in this folder"),
                    "Choose the folder of one patient.",
                ));
            }
        }
    }
    files.sort();
    Ok(files)
}

fn refusal(what: String, mend: &str) -> Failure {
    Failure {
        what,
        mend: mend.into(),
        code: 1,
    }
}
