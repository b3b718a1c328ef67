//! What a file is, from its first bytes.

use super::header::{HEADER_1, HEADER_2};
use super::source::Source;
use crate::{ByteOrder, ImagingError};

/// What a file's first bytes say it is; names and suffixes are not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A whole NIfTI file, header and image.
    Single,
    /// The header of a .hdr/.img pair.
    PairHeader,
    /// An ANALYZE 7.5 header.
    Analyze,
    /// Something else, in words; the image of a pair is among these, since it has no marks.
    Other(String),
}

/// Tells what a file is; inflates no more than its first bytes.
#[must_use]
pub fn kind(bytes: &[u8]) -> Kind {
    let mut source = Source::new(bytes);
    match open(&mut source) {
        Ok((Opened { pair: true, .. }, _)) => Kind::PairHeader,
        Ok(_) => Kind::Single,
        Err(ImagingError::Analyze { .. }) => Kind::Analyze,
        Err(ImagingError::NotNifti { found }) => Kind::Other(found),
        Err(error) => Kind::Other(error.to_string()),
    }
}

/// Which header a file begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Opened {
    pub(super) version: u8,
    pub(super) order: ByteOrder,
    pub(super) pair: bool,
}

/// Takes the header off the source and says which it is. The second half of the bytes is zero for
/// NIfTI-1.
pub(super) fn open(source: &mut Source<'_>) -> Result<(Opened, [u8; HEADER_2]), ImagingError> {
    const PART: &str = "header";
    let mut head = [0; HEADER_2];
    let found = source.fill(&mut head[..HEADER_1], PART)?;
    let size = [head[0], head[1], head[2], head[3]];
    let is = |size_field: usize| {
        let little = u32::from_le_bytes(size) as usize == size_field;
        let big = u32::from_be_bytes(size) as usize == size_field;
        match (little, big) {
            (true, _) => Some(ByteOrder::Little),
            (_, true) => Some(ByteOrder::Big),
            _ => None,
        }
    };
    let truncated = |found: usize, expected: usize| ImagingError::Truncated {
        part: PART,
        found: found as u64,
        expected: expected as u64,
    };
    if let Some(order) = is(HEADER_1) {
        if found < HEADER_1 {
            return Err(truncated(found, HEADER_1));
        }
        let magic = [head[344], head[345], head[346], head[347]];
        let pair = match &magic {
            b"n+1\0" => false,
            b"ni1\0" => true,
            _ => return Err(ImagingError::Analyze { magic }),
        };
        return Ok((
            Opened {
                version: 1,
                order,
                pair,
            },
            head,
        ));
    }
    if let Some(order) = is(HEADER_2) {
        let found = found + source.fill(&mut head[HEADER_1..], PART)?;
        if found < HEADER_2 {
            return Err(truncated(found, HEADER_2));
        }
        let pair = match &head[4..12] {
            b"n+2\0\r\n\x1a\n" => false,
            b"ni2\0\r\n\x1a\n" => true,
            magic => {
                return Err(ImagingError::Header {
                    field: "magic",
                    found: format!("{magic:?}"),
                    expected: "n+2 or ni2, then the bytes 0, 13, 10, 26, 10",
                });
            }
        };
        return Ok((
            Opened {
                version: 2,
                order,
                pair,
            },
            head,
        ));
    }
    let mut words = describe(&head[..found]);
    if source.is_gzip() {
        words = format!("gzip of {words}");
    }
    Err(ImagingError::NotNifti { found: words })
}

/// A guess at other formats, for people who chose the wrong file.
fn describe(head: &[u8]) -> String {
    const MARKS: [(usize, &[u8], &str); 13] = [
        (128, b"DICM", "a DICOM file"),
        (0, b"\x89PNG", "a PNG picture"),
        (0, b"\xff\xd8\xff", "a JPEG picture"),
        (0, b"GIF8", "a GIF picture"),
        (0, b"II*\0", "a TIFF picture"),
        (0, b"MM\0*", "a TIFF picture"),
        (0, b"PK\x03\x04", "a ZIP archive"),
        (0, b"NRRD", "an NRRD file"),
        (0, b"\x89HDF", "an HDF5 file"),
        (0, b"CDF", "a netCDF file"),
        (0, b"%PDF", "a PDF document"),
        (0, b"BZh", "a bzip2 archive"),
        (0, b"\0\0\0\x01", "an MGH file"),
    ];
    if head.is_empty() {
        return "an empty file".to_owned();
    }
    for (at, mark, name) in MARKS {
        if head.get(at..at + mark.len()) == Some(mark) {
            return name.to_owned();
        }
    }
    if head
        .iter()
        .all(|b| matches!(b, b'\t' | b'\n' | b'\r' | b' '..=b'~'))
    {
        return "plain text".to_owned();
    }
    let first: Vec<String> = head.iter().take(4).map(|b| format!("{b:02x}")).collect();
    format!("bytes {} first", first.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_mistakes_are_named() {
        let mut dicom = vec![0; 200];
        dicom[128..132].copy_from_slice(b"DICM");
        for (bytes, words) in [
            (&b""[..], "an empty file"),
            (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
            (b"PK\x03\x04....", "a ZIP archive"),
            (b"patient;age\n", "plain text"),
            (&dicom, "a DICOM file"),
            (b"\x05\x33\xd3\xaa\x9d", "bytes 05 33 d3 aa first"),
        ] {
            assert_eq!(kind(bytes), Kind::Other(words.to_owned()));
        }
    }
}
