//! DICOM files: what they hold, and one series of them as a scan.

use std::collections::BTreeMap;
use std::io;

use imaging::dicom::{self, FileId, Header, Listing, Standing};
use imaging::memory::{self, Room};
use imaging::recognise;
use imaging::{ImagingError, nifti};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

use super::blob::BlobReader;
use crate::protocol::{Examination, Part, Studies};

/// Lists files by their headers; no pixel is read.
pub(crate) fn list(files: &[JsValue]) -> Studies {
    let mut studies = Studies::default();
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    let mut headers = Vec::new();
    for (at, file) in files.iter().enumerate() {
        match header(file) {
            Ok(Some(header)) => headers.push((FileId(at), header)),
            Ok(None) if is_nifti(file) => studies.nifti.push(at),
            Ok(None) => studies.passed_over += 1,
            Err(error) => *refused.entry(error.to_string()).or_default() += 1,
        }
    }
    studies.refused = refused.into_iter().collect();
    for (patient, of) in Listing::of(headers).patients.iter().enumerate() {
        for (number, examination) in of.examinations.iter().enumerate() {
            studies.examinations.push(Examination {
                patient: patient + 1,
                number: number + 1,
                days_after_first: examination.days_after_first,
                under_18: examination.under_18 == Some(true),
                parts: told(&examination.parts),
            });
        }
    }
    studies
}

/// The `nth` part that just these files hold, as a scan, and what was done to make it one.
///
/// # Errors
/// Those of [`dicom::read`].
pub(crate) fn read(files: &[JsValue], nth: usize) -> Result<dicom::Reading, ImagingError> {
    let mut headers = Vec::new();
    for (at, file) in files.iter().enumerate() {
        if let Some(header) = header(file)? {
            headers.push((FileId(at), header));
        }
    }
    let listing = Listing::of(headers);
    let of_all = |part: &&dicom::Part| part.files().len() == files.len();
    let part = listing.parts().filter(of_all).nth(nth);
    let part =
        part.ok_or_else(|| dicom::DicomError::from(io::Error::other("a file has changed")))?;
    memory::ensure_room(&[part.about.dims], Room::Tab { used_bytes: 0 })?;
    dicom::read(part, |file| open(&files[file.0]))
}

fn told(parts: &[dicom::Part]) -> Vec<Part> {
    let mut seen: BTreeMap<Vec<FileId>, usize> = BTreeMap::new();
    let tell = |part: &dicom::Part| {
        let files = part.files();
        let count = seen.entry(files.clone()).or_default();
        let nth = *count;
        *count += 1;
        let about = &part.about;
        let named = recognise::read_attributes(&about.attributes);
        Part {
            description: about.attributes.description.clone(),
            plane: about.plane.map(|plane| plane.words().to_owned()),
            slices: about.slices,
            dims: about.dims,
            spacing_mm: about.spacing_mm,
            guess: named.sequence(),
            aside: named.aside(),
            derived: matches!(about.standing, Standing::Derived(_)),
            why_not: part
                .no_volume()
                .map(|why| (why.to_string(), why.mend().to_owned())),
            files: files.into_iter().map(|file| file.0).collect(),
            nth,
        }
    };
    parts.iter().map(tell).collect()
}

fn header(file: &JsValue) -> Result<Option<Header>, ImagingError> {
    let source = open(file).map_err(dicom::DicomError::from)?;
    Header::read(source)
}

fn open(file: &JsValue) -> io::Result<BlobReader<'_>> {
    let blob: &Blob = file.dyn_ref().ok_or_else(|| io::Error::other("no file"))?;
    BlobReader::new(blob)
}

/// By its first bytes, whatever it is called.
fn is_nifti(file: &JsValue) -> bool {
    let mut beginning = vec![0; nifti::PEEK_BYTES];
    let read = |mut source: BlobReader<'_>| io::Read::read(&mut source, &mut beginning);
    let length = open(file).and_then(read).unwrap_or(0);
    nifti::peek(&beginning[..length]).is_ok()
}
