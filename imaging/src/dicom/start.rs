//! How a file begins: whether it is DICOM, and of which kind.

use super::DicomError;
use super::element::Source;
use super::syntax::Grammar;
use dicom_core::VR;
use std::io::Read;

/// The zeros, or whatever else, in front of the mark.
const PREAMBLE: usize = 128;

/// How a file begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// It is something else.
    NotDicom,
    /// With the meta group, which comes next.
    Meta,
    /// With the data set itself, as old exports have it.
    Bare(Grammar),
}

/// How many bytes of a file's beginning [`is_dicom`] looks at.
pub const BEGINNING_BYTES: usize = PREAMBLE + 4;

/// Whether a file that begins so is DICOM, whatever its name says.
#[must_use]
pub fn is_dicom(beginning: &[u8]) -> bool {
    !matches!(of(beginning).0, Start::NotDicom)
}

/// Tells how the source begins and takes the preamble off it.
pub(super) fn start<R: Read>(source: &mut Source<R>) -> Result<Start, DicomError> {
    let beginning = source.up_to(BEGINNING_BYTES)?;
    let (start, taken) = of(&beginning);
    source.put_back(&beginning[taken..]);
    Ok(start)
}

/// The kind, and how many bytes come before what is to be read.
fn of(beginning: &[u8]) -> (Start, usize) {
    let marked = |at: usize| beginning.get(at..at + 4) == Some(b"DICM");
    if marked(PREAMBLE) {
        return (Start::Meta, PREAMBLE + 4);
    }
    if marked(0) {
        return (Start::Meta, 4);
    }
    let Some(head) = beginning.first_chunk::<8>() else {
        return (Start::NotDicom, 0);
    };
    let typed = VR::from_binary([head[4], head[5]]).is_some();
    let start = match *head {
        [2, 0, _, 0, ..] if typed => Start::Meta,
        // The first group of a data set has small element numbers and short values.
        [8, 0, _, 0, ..] if typed => Start::Bare(Grammar::Explicit),
        [8, 0, _, 0, _, length, 0, 0] if length < 4 => Start::Bare(Grammar::Implicit),
        [0, 8, 0, _, ..] if typed => Start::Bare(Grammar::BigEndian),
        _ => Start::NotDicom,
    };
    (start, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_first_elements_tell_dicom_from_the_rest() {
        let mut file = vec![7; PREAMBLE];
        file.extend(b"DICM");
        assert_eq!(of(&file), (Start::Meta, 132));
        assert_eq!(of(b"\x02\0\0\0UL\x04\0").0, Start::Meta);
        assert_eq!(
            of(b"\x08\0\x05\0CS\x0a\0").0,
            Start::Bare(Grammar::Explicit)
        );
        assert_eq!(
            of(b"\x08\0\x08\0\x16\0\0\0").0,
            Start::Bare(Grammar::Implicit)
        );
        assert_eq!(
            of(b"\0\x08\0\x05CS\0\x0a").0,
            Start::Bare(Grammar::BigEndian)
        );
        for other in [
            b"\x5c\x01\0\0\0\0\0\0".as_slice(),
            b"\x1f\x8b\x08\0\0\0\0\0",
            b"PK\x03\x04\0\0\0\0",
            b"\x08\0",
            b"",
            b"\x08\0\x05\0\xff\xff\xff\xff",
        ] {
            assert_eq!(of(other).0, Start::NotDicom, "{other:?}");
        }
    }
}
