//! Bytes as they come or inflated, told apart by content.
//!
//! Inflation is pulled by the reader, a buffer at a time, so that a gzip bomb costs little more than
//! what the header asks for. A gzip file may have several members, as `bgzip` and concatenation
//! make them; rubbish after the last one is left alone. A gzip stream is read to its end even where it
//! is longer than needed, since only there its checksum and its length are tested.

use crate::ImagingError;
use flate2::bufread::GzDecoder;
use std::io::{self, Read};

/// The most bytes that one byte of deflate can stand for.
const MAX_INFLATION: u64 = 1032;
/// How far beyond what was needed a gzip stream is read at least, for its checksum's sake: a fifth of a
/// second. A longer one is left unread from there on, and its end untested.
const BEYOND: u64 = 64 << 20;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A file's content, read from its start.
pub(super) struct Source<'a> {
    inner: Inner<'a>,
    /// No more content than this can follow, whatever a header says.
    ceiling: u64,
}

enum Inner<'a> {
    Plain(&'a [u8]),
    Gzip(Option<GzDecoder<&'a [u8]>>),
}

impl<'a> Source<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let length = bytes.len() as u64;
        if bytes.starts_with(&GZIP_MAGIC) {
            Self {
                inner: Inner::Gzip(Some(GzDecoder::new(bytes))),
                ceiling: length.saturating_mul(MAX_INFLATION),
            }
        } else {
            Self {
                inner: Inner::Plain(bytes),
                ceiling: length,
            }
        }
    }

    pub(super) const fn is_gzip(&self) -> bool {
        matches!(self.inner, Inner::Gzip(_))
    }

    /// An upper bound of the bytes that are still to come.
    pub(super) const fn ceiling(&self) -> u64 {
        self.ceiling
    }

    /// Fills the buffer as far as there is content, and says how far; `part` names it in errors.
    pub(super) fn fill(
        &mut self,
        buffer: &mut [u8],
        part: &'static str,
    ) -> Result<usize, ImagingError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(n) => filled += n,
                // The caller knows how many bytes it wanted and says so better.
                Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => break,
                Err(e) => return Err(broken(&e, part)),
            }
        }
        self.ceiling = self.ceiling.saturating_sub(filled as u64);
        Ok(filled)
    }

    /// Passes over `count` bytes and says how many there were.
    pub(super) fn skip(&mut self, count: u64, part: &'static str) -> Result<u64, ImagingError> {
        let mut scratch = [0; 4096];
        let mut skipped = 0;
        while skipped < count {
            let wanted = (count - skipped).min(scratch.len() as u64) as usize;
            let got = self.fill(&mut scratch[..wanted], part)?;
            skipped += got as u64;
            if got < wanted {
                break;
            }
        }
        Ok(skipped)
    }

    /// After the last of `needed` bytes: reads a gzip stream on to its end, where its checksum is
    /// tested, but no further than as much again or [`BEYOND`], whichever is more.
    pub(super) fn finish(mut self, needed: u64, part: &'static str) -> Result<(), ImagingError> {
        if !self.is_gzip() {
            return Ok(());
        }
        let most = needed.max(BEYOND);
        let mut scratch = [0; 4096];
        let mut beyond = 0;
        while beyond <= most {
            match self.read(&mut scratch) {
                Ok(0) => break,
                Ok(n) => beyond += n as u64,
                Err(e) => return Err(broken(&e, part)),
            }
        }
        Ok(())
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let member = match &mut self.inner {
            Inner::Plain(bytes) => return bytes.read(buffer),
            Inner::Gzip(member) => member,
        };
        while let Some(decoder) = member {
            let n = decoder.read(buffer)?;
            if n > 0 {
                return Ok(n);
            }
            let rest = *decoder.get_ref();
            *member = rest.starts_with(&GZIP_MAGIC).then(|| GzDecoder::new(rest));
        }
        Ok(0)
    }
}

fn broken(error: &io::Error, part: &'static str) -> ImagingError {
    ImagingError::Gzip {
        part,
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).expect("in memory");
        encoder.finish().expect("in memory")
    }

    fn all(bytes: &[u8]) -> Result<Vec<u8>, ImagingError> {
        let mut source = Source::new(bytes);
        let mut out = vec![0; 10_000];
        let n = source.fill(&mut out, "image")?;
        source.finish(n as u64, "image")?;
        out.truncate(n);
        Ok(out)
    }

    #[test]
    fn members_join_and_padding_is_left_alone() {
        let mut file = gzip(b"one ");
        file.extend(gzip(b""));
        file.extend(gzip(b"two"));
        assert_eq!(all(&file), Ok(b"one two".to_vec()));
        file.extend([0; 512]);
        assert_eq!(all(&file), Ok(b"one two".to_vec()));
    }

    #[test]
    fn a_changed_checksum_is_noticed() {
        let mut file = gzip(b"content");
        let at = file.len() - 8;
        file[at] ^= 1;
        assert!(matches!(all(&file), Err(ImagingError::Gzip { .. })));
    }

    #[test]
    fn a_stream_longer_than_needed_is_read_to_its_checksum_but_not_for_ever() {
        let needed = |file: &[u8]| {
            let mut source = Source::new(file);
            source.fill(&mut [0; 100], "image").expect("100 bytes");
            source.finish(100, "image")
        };
        let mut file = gzip(&vec![7; 3_000_000]);
        assert_eq!(needed(&file), Ok(()));
        // Rubbish behind a finished member, then a byte of its checksum and one of its length.
        let end = file.len();
        file.extend(b"rubbish");
        assert_eq!(needed(&file), Ok(()));
        for at in [end - 8, end - 1] {
            file[at] ^= 1;
            assert!(matches!(needed(&file), Err(ImagingError::Gzip { .. })));
            file[at] ^= 1;
        }
        let mut file = gzip(&vec![7; BEYOND as usize + 1_000_000]);
        let at = file.len() - 8;
        file[at] ^= 1;
        assert_eq!(needed(&file), Ok(()), "nobody reads that far");
    }

    #[test]
    fn the_ceiling_holds_for_the_best_that_deflate_can_do() {
        let zeros = vec![0; 20_000_000];
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&zeros).expect("in memory");
        let file = encoder.finish().expect("in memory");
        assert!(Source::new(&file).ceiling() >= zeros.len() as u64);
    }
}
