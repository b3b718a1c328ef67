//! What a fuzzer calls, in `cargo test` with seeded mutations and under cargo-fuzz alike: any bytes
//! may go in, and what comes out must be a sound volume or an error that says something.

#![allow(dead_code, reason = "each fuzz target uses its own entry")]

use imaging::{ImagingError, Series, nifti};

/// What came of one input.
pub(crate) type Outcome = Result<Series, ImagingError>;

/// Reads the bytes as a single file.
pub(crate) fn single(bytes: &[u8]) -> Outcome {
    let kind = nifti::kind(bytes);
    let outcome = nifti::read(bytes);
    if outcome.is_ok() {
        assert_eq!(kind, nifti::Kind::Single);
    }
    sound(&outcome, bytes.len());
    let beginning = &bytes[..bytes.len().min(nifti::PEEK_BYTES)];
    match (&outcome, nifti::peek(beginning)) {
        (Ok(series), peeked) => assert_eq!(peeked.map(|p| p.dims), Ok(series.info.dims)),
        (Err(_), Ok(_)) => {}
        (Err(error), Err(peeked)) => assert_eq!(*error, peeked),
    }
    outcome
}

/// Reads the bytes as a pair: two bytes say how long the header is, header and image follow.
pub(crate) fn pair(bytes: &[u8]) -> Outcome {
    let (length, rest) = bytes.split_at(bytes.len().min(2));
    let length = length.iter().rev().fold(0, |n, b| n << 8 | usize::from(*b));
    let (header, image) = rest.split_at(length.min(rest.len()));
    let outcome = nifti::read_pair(header, image);
    sound(&outcome, image.len());
    outcome
}

/// Panics where an outcome breaks a promise.
fn sound(outcome: &Outcome, file_bytes: usize) {
    match outcome {
        Ok(Series { volume, info, .. }) => {
            let grid = &volume.grid;
            assert_eq!(volume.data.len(), grid.voxel_count());
            assert_eq!(info.dims, grid.dims);
            assert!(grid.dims.iter().all(|n| (1..=32_767).contains(n)));
            // Every voxel was in the file: deflate cannot stand for more than this.
            assert!(volume.data.len() <= 1032 * file_bytes);
            assert!(volume.data.iter().all(|v| v.is_finite()));
            assert!(info.spacing_mm.iter().all(|s| s.is_finite() && *s > 0.0));
            assert!(grid.affine.inverse().is_some());
            assert!(info.axes().is_some());
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert!(!error.mend().is_empty());
        }
    }
}
