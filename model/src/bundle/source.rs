//! Where a bundle's bytes are.

use std::borrow::Cow;
use std::fmt::Debug;
use std::ops::Range;

/// Bytes of a piece in which long parts are gone through; whole numbers of every storage.
const PIECE: usize = 1 << 20;

/// A file's bytes: in memory, or somewhere that hands out parts of them, so that a large bundle need not stand
/// beside the network that is made of it.
pub trait Source: Debug {
    /// How many there are.
    fn length(&self) -> usize;

    /// Those of `range`, which lies within the file.
    fn part(&self, range: Range<usize>) -> Cow<'_, [u8]>;

    /// Those of `range` piece by piece: all pieces but the last hold whole numbers.
    fn pieces(&self, range: Range<usize>) -> impl Iterator<Item = Cow<'_, [u8]>> {
        let end = range.end;
        range
            .step_by(PIECE)
            .map(move |from| self.part(from..end.min(from + PIECE)))
    }
}

impl Source for [u8] {
    fn length(&self) -> usize {
        self.len()
    }

    fn part(&self, range: Range<usize>) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self[range])
    }
}

impl Source for Vec<u8> {
    fn length(&self) -> usize {
        self.len()
    }

    fn part(&self, range: Range<usize>) -> Cow<'_, [u8]> {
        self.as_slice().part(range)
    }
}
