//! What a fuzzer calls with DICOM files, in `cargo test` with seeded mutations and under cargo-fuzz alike: any
//! bytes may go in, and what comes out must be sound volumes or errors that say something.

#![allow(dead_code, reason = "each fuzz target uses its own entry")]

use imaging::ImagingError;
use imaging::dicom::{FileId, Header, Listing, NoVolume, Reading, middle_slice, read};

/// What came of the parts of some files.
pub(crate) type Outcome = Result<Reading, ImagingError>;

/// Lists files and reads every part; those that break are left out, and their errors are returned.
pub(crate) fn files(files: &[&[u8]]) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let mut headers = Vec::new();
    for (number, bytes) in files.iter().enumerate() {
        match Header::read(*bytes) {
            Ok(Some(header)) => headers.push((FileId(number), header)),
            Ok(None) => {}
            Err(error) => outcomes.push(Err(error)),
        }
    }
    let listing = Listing::of(headers);
    let bytes: usize = files.iter().map(|file| file.len()).sum();
    for part in listing.parts() {
        let open = |file: FileId| Ok(files[file.0]);
        let outcome = read(part, open);
        let refused = part
            .no_volume()
            .is_some_and(|why| *why != NoVolume::Localiser);
        assert!(!refused || outcome.is_err());
        if outcome.is_ok() {
            middle_slice(part, open).expect("a slice of what was read");
        } else {
            let _ = middle_slice(part, open);
        }
        sound(&outcome, bytes);
        outcomes.push(outcome);
    }
    for error in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(!error.to_string().is_empty());
        assert!(!error.mend().is_empty());
    }
    outcomes
}

/// One input as several files, each behind two bytes of its length.
pub(crate) fn packed(mut bytes: &[u8]) -> Vec<Outcome> {
    let mut pieces = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let length = usize::from(u16::from_le_bytes(*length)).min(rest.len());
        let (piece, rest) = rest.split_at(length);
        pieces.push(piece);
        bytes = rest;
    }
    files(&pieces)
}

/// Panics where a volume breaks a promise.
fn sound(outcome: &Outcome, file_bytes: usize) {
    let Ok(reading) = outcome else { return };
    let (volume, info) = (&reading.series.volume, &reading.series.info);
    let grid = &volume.grid;
    assert_eq!(volume.data.len(), grid.voxel_count());
    assert_eq!(info.dims, grid.dims);
    assert!(volume.data.iter().all(|v| v.is_finite()));
    assert!(info.spacing_mm.iter().all(|s| s.is_finite() && *s > 0.0));
    assert!(grid.affine.inverse().is_some());
    assert!(info.axes().is_some());
    // Every voxel was in a file, but for filled gaps, what is moved straight and what compression saves.
    assert!(volume.data.len() <= (1 << 20) * file_bytes.max(1));
    for note in &reading.notes {
        assert!(!note.to_string().is_empty());
    }
}
