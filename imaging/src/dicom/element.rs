//! The walk over a data set's elements, from a source that nobody has vouched for.
//!
//! dicom-rs tells where an element begins and how long it is. Its own readers then reserve whatever the
//! length says, four gigabytes if need be, and give up over one odd date; here only elements that the
//! listing needs are kept, none longer than [`MAX_VALUE`], and all else is passed over.

use super::syntax::Grammar;
use super::{DicomError, tags};
use dicom_core::{Tag, VR, dictionary::stub::StubDataDictionary};
use dicom_encoding::decode::Decode;
use dicom_encoding::decode::explicit_be::ExplicitVRBigEndianDecoder;
use dicom_encoding::decode::explicit_le::ExplicitVRLittleEndianDecoder;
use dicom_encoding::decode::implicit_le::ImplicitVRLittleEndianDecoder;
use std::io::{self, Read};

/// Longest value that is kept, in bytes.
const MAX_VALUE: u32 = 64 << 10;
/// Most bytes that are kept of a file: the frames of an enhanced one need a few hundred each.
const MAX_KEPT: usize = 128 << 20;
/// Deepest nesting of sequences.
const MAX_DEPTH: usize = 16;
/// Most elements of a file, kept or not.
const MAX_ELEMENTS: usize = 20_000_000;

const UNDEFINED: u32 = u32::MAX;

/// A source that knows how far it was read, and takes back the last four bytes.
pub(super) struct Source<R> {
    inner: R,
    at: u64,
    back: Vec<u8>,
}

impl<R: Read> Source<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            at: 0,
            back: Vec::new(),
        }
    }

    /// Bytes read so far.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Puts bytes that were read back in front.
    pub(super) fn put_back(&mut self, bytes: &[u8]) {
        self.at -= bytes.len() as u64;
        let mut back = bytes.to_vec();
        back.append(&mut self.back);
        self.back = back;
    }

    /// As many bytes as there are, at most `most`.
    pub(super) fn up_to(&mut self, most: usize) -> Result<Vec<u8>, DicomError> {
        let mut bytes = Vec::new();
        self.take(most as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Exactly so many bytes.
    pub(super) fn exactly(&mut self, length: u32) -> Result<Vec<u8>, DicomError> {
        let bytes = self.up_to(length as usize)?;
        if bytes.len() < length as usize {
            return Err(DicomError::Ends);
        }
        Ok(bytes)
    }

    /// Passes over bytes.
    pub(super) fn skip(&mut self, length: u64) -> Result<(), DicomError> {
        let passed = io::copy(&mut self.take(length), &mut io::sink())?;
        if passed < length {
            return Err(DicomError::Ends);
        }
        Ok(())
    }

    fn take(&mut self, length: u64) -> io::Take<&mut Self> {
        Read::take(self, length)
    }

    /// What is behind, without the count.
    pub(super) fn into_rest(self) -> impl Read {
        io::Cursor::new(self.back).chain(self.inner)
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = if self.back.is_empty() {
            self.inner.read(buffer)?
        } else {
            let n = buffer.len().min(self.back.len());
            buffer[..n].copy_from_slice(&self.back[..n]);
            self.back.drain(..n);
            n
        };
        self.at += n as u64;
        Ok(n)
    }
}

/// What an element holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Bytes as they stand in the file.
    Bytes(Vec<u8>),
    /// Items of a sequence.
    Items(Vec<DataSet>),
}

/// The kept elements of a data set, in the file's order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct DataSet {
    pub(super) elements: Vec<(Tag, Value)>,
    /// Whether numbers have their most significant byte first.
    pub(super) big: bool,
}

/// Where a file's pixels begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pixels {
    /// Bytes before them, in the stream as inflated.
    pub(super) at: u64,
    /// How many there are; `None` where they are in fragments.
    pub(super) length: Option<u32>,
    /// Whether the numbers are whole.
    pub(super) whole: bool,
}

/// A walk over one file.
pub(super) struct Walk<'a, R> {
    source: &'a mut Source<R>,
    elements: usize,
    kept: usize,
}

/// What of a data set is kept.
#[derive(Clone, Copy, PartialEq)]
enum Keep {
    /// What [`tags::is_wanted`] names.
    Wanted,
    /// All that is public and short.
    All,
    /// Nothing.
    Nothing,
}

struct Head {
    tag: Tag,
    vr: VR,
    length: u32,
}

impl<'a, R: Read> Walk<'a, R> {
    pub(super) fn new(source: &'a mut Source<R>) -> Self {
        Self {
            source,
            elements: 0,
            kept: 0,
        }
    }

    /// The elements of group 2, which are little-endian with their types whatever follows.
    pub(super) fn meta(&mut self) -> Result<DataSet, DicomError> {
        let mut found = DataSet::default();
        loop {
            let next = self.source.up_to(2)?;
            self.source.put_back(&next);
            if next != [2, 0] {
                return Ok(found);
            }
            let head = self.head(Grammar::Explicit)?;
            if head.length > MAX_VALUE {
                self.skip(&head, Grammar::Explicit, 0)?;
            } else {
                let bytes = self.source.exactly(head.length)?;
                found.elements.push((head.tag, Value::Bytes(bytes)));
            }
        }
    }

    /// The wanted elements up to the pixels, and where those are.
    pub(super) fn root(
        &mut self,
        grammar: Grammar,
    ) -> Result<(DataSet, Option<Pixels>), DicomError> {
        let mut found = DataSet {
            elements: Vec::new(),
            big: grammar == Grammar::BigEndian,
        };
        loop {
            let next = self.source.up_to(4)?;
            self.source.put_back(&next);
            if next.len() < 4 {
                return Ok((found, None));
            }
            let head = self.head(grammar)?;
            if let Tag(0x7fe0, element @ (0x0008..=0x0010)) = head.tag {
                let pixels = Pixels {
                    at: self.source.at(),
                    length: Some(head.length).filter(|n| *n != UNDEFINED),
                    whole: element == 0x0010,
                };
                return Ok((found, Some(pixels)));
            }
            self.element(head, grammar, Keep::Wanted, 0, &mut found)?;
        }
    }

    fn head(&mut self, grammar: Grammar) -> Result<Head, DicomError> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(DicomError::Damaged("has more elements than any image"));
        }
        let source = &mut *self.source;
        let decoded = match grammar {
            Grammar::Explicit => ExplicitVRLittleEndianDecoder::default().decode_header(source),
            Grammar::BigEndian => ExplicitVRBigEndianDecoder::default().decode_header(source),
            Grammar::Implicit => {
                ImplicitVRLittleEndianDecoder::with_dict(StubDataDictionary).decode_header(source)
            }
        };
        let (head, _) = decoded.map_err(|_| DicomError::Ends)?;
        Ok(Head {
            tag: head.tag,
            vr: head.vr(),
            length: head.len.0,
        })
    }

    /// Keeps an element or passes over it.
    fn element(
        &mut self,
        head: Head,
        grammar: Grammar,
        keep: Keep,
        depth: usize,
        into: &mut DataSet,
    ) -> Result<(), DicomError> {
        let keeps = match keep {
            Keep::Wanted => tags::is_wanted(head.tag),
            Keep::All => head.tag.0.is_multiple_of(2),
            Keep::Nothing => false,
        };
        let is_sequence =
            head.vr == VR::SQ || head.length == UNDEFINED || tags::is_sequence(head.tag);
        if !keeps || (!is_sequence && head.length > MAX_VALUE) {
            return self.skip(&head, grammar, depth);
        }
        let value = if is_sequence {
            Value::Items(self.items(&head, grammar, Keep::All, depth)?)
        } else {
            self.count(head.length as usize)?;
            Value::Bytes(self.source.exactly(head.length)?)
        };
        into.elements.push((head.tag, value));
        Ok(())
    }

    fn count(&mut self, bytes: usize) -> Result<(), DicomError> {
        self.kept += bytes + size_of::<(Tag, Value)>();
        if self.kept > MAX_KEPT {
            return Err(DicomError::Damaged("says more than any image has to say"));
        }
        Ok(())
    }

    fn skip(&mut self, head: &Head, grammar: Grammar, depth: usize) -> Result<(), DicomError> {
        if head.length == UNDEFINED {
            self.items(head, grammar, Keep::Nothing, depth)?;
            Ok(())
        } else {
            self.source.skip(u64::from(head.length))
        }
    }

    /// The items of a sequence, to its end.
    fn items(
        &mut self,
        head: &Head,
        grammar: Grammar,
        keep: Keep,
        depth: usize,
    ) -> Result<Vec<DataSet>, DicomError> {
        if depth >= MAX_DEPTH {
            return Err(DicomError::Damaged("nests sequences too deeply"));
        }
        // What is of an unknown type is written without types inside (PS3.5, 6.2.2).
        let grammar = if head.vr == VR::UN {
            Grammar::Implicit
        } else {
            grammar
        };
        // Fragments have bytes where a sequence has elements.
        let has_elements = matches!(head.vr, VR::SQ | VR::UN);
        let end = self.end(head.length);
        let mut items = Vec::new();
        while end.is_none_or(|end| self.source.at() < end) {
            let item = self.head(grammar)?;
            match item.tag {
                Tag(0xfffe, 0xe000) => {}
                Tag(0xfffe, 0xe0dd) => break,
                _ => return Err(DicomError::Damaged("has a sequence without items")),
            }
            if !has_elements || (keep == Keep::Nothing && item.length != UNDEFINED) {
                self.source.skip(u64::from(item.length))?;
                continue;
            }
            let found = self.item(item.length, grammar, keep, depth)?;
            if keep != Keep::Nothing {
                self.count(size_of::<DataSet>())?;
                items.push(found);
            }
        }
        Ok(items)
    }

    fn item(
        &mut self,
        length: u32,
        grammar: Grammar,
        keep: Keep,
        depth: usize,
    ) -> Result<DataSet, DicomError> {
        let mut found = DataSet {
            elements: Vec::new(),
            big: grammar == Grammar::BigEndian,
        };
        let end = self.end(length);
        while end.is_none_or(|end| self.source.at() < end) {
            let head = self.head(grammar)?;
            if head.tag == Tag(0xfffe, 0xe00d) {
                break;
            }
            self.element(head, grammar, keep, depth + 1, &mut found)?;
        }
        Ok(found)
    }

    fn end(&self, length: u32) -> Option<u64> {
        (length != UNDEFINED).then(|| self.source.at() + u64::from(length))
    }
}
