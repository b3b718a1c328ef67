//! The zip archive that `torch.save` writes: entries stored as they are, with the directory at the
//! end, in zip64 where it has to be. An entry is lent from the file, never copied.
//!
//! Source: PKWARE's APPNOTE 6.3, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16 and 4.5.3.

use std::collections::BTreeMap;

use super::ForeignError;
use super::error::clip;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const LOCATOR_64: u32 = 0x0706_4b50;

/// The extra field that holds what does not fit 32 bits.
const EXTRA_64: u16 = 1;

const LOCAL_BYTES: usize = 30;
const CENTRAL_BYTES: usize = 46;
const END_BYTES: usize = 22;
const LOCATOR_64_BYTES: usize = 20;
const END_64_BYTES: usize = 56;

/// Whether `file` begins as an archive with something in it does.
pub(super) fn begins(file: &[u8]) -> bool {
    u32_at(file, 0) == Some(LOCAL)
}

/// An archive's directory.
pub(super) struct Archive<'a> {
    file: &'a [u8],
    entries: BTreeMap<&'a str, Entry>,
}

struct Entry {
    /// Where its own header begins.
    header: usize,
    bytes: usize,
    crc: u32,
    packed: Option<&'static str>,
}

impl<'a> Archive<'a> {
    /// Reads the directory of `file`.
    ///
    /// # Errors
    /// If it has none, which is so when the end is missing, or it does not hang together.
    pub(super) fn open(file: &'a [u8]) -> Result<Self, ForeignError> {
        let end = find_end(file).ok_or_else(|| {
            ForeignError::Truncated("the archive's directory, which ends it, is missing".into())
        })?;
        let lost = || ForeignError::Damaged("the archive's directory lies outside the file".into());
        let (count, bytes, start, follows) = directory(file, end).ok_or_else(lost)?;
        // Archives written one after the other, as in a shard: the last one's places count from its own
        // first byte.
        let before = follows
            .checked_sub(bytes)
            .and_then(|at| at.checked_sub(start));
        if before.is_some_and(|before| before > 0 && u32_at(file, before) == Some(LOCAL)) {
            return Err(ForeignError::Shard("several archives one after the other"));
        }
        let directory = start
            .checked_add(bytes)
            .and_then(|stop| file.get(start..stop));
        let mut rest = directory.ok_or_else(lost)?;
        let mut entries = BTreeMap::new();
        for _ in 0..count {
            let (name, entry, length) = central(rest).ok_or_else(|| {
                ForeignError::Damaged("the archive's directory is garbled".into())
            })?;
            if entries.insert(name, entry).is_some() {
                let problem = format!("the archive has the part {} twice", clip(name));
                return Err(ForeignError::Damaged(problem));
            }
            rest = &rest[length..];
        }
        Ok(Self { file, entries })
    }

    /// Names of the entries.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.entries.keys().copied()
    }

    /// The bytes of the entry `name`, if there is one, after a look at their checksum.
    ///
    /// # Errors
    /// If it is compressed or encrypted, lies outside the file, or was altered.
    pub(super) fn entry(&self, name: &str) -> Result<Option<&'a [u8]>, ForeignError> {
        let Some(entry) = self.entries.get(name) else {
            return Ok(None);
        };
        if let Some(how) = entry.packed {
            return Err(ForeignError::Packed {
                name: clip(name),
                how,
            });
        }
        let bytes = self.stored(entry).ok_or_else(|| {
            ForeignError::Damaged(format!(
                "the archive's part {} lies outside the file",
                clip(name)
            ))
        })?;
        if crc32fast::hash(bytes) != entry.crc {
            let problem = format!("the archive's part {} has another checksum", clip(name));
            return Err(ForeignError::Damaged(problem));
        }
        Ok(Some(bytes))
    }

    fn stored(&self, entry: &Entry) -> Option<&'a [u8]> {
        let header = self.file.get(entry.header..)?;
        if u32_at(header, 0)? != LOCAL {
            return None;
        }
        // Torch pads the extra field, so that tensors are aligned; its length differs from the directory's.
        let start =
            LOCAL_BYTES + usize::from(u16_at(header, 26)?) + usize::from(u16_at(header, 28)?);
        header.get(start..start.checked_add(entry.bytes)?)
    }
}

/// Where the end record begins. A comment of up to 65,535 bytes may follow it.
fn find_end(file: &[u8]) -> Option<usize> {
    let last = file.len().checked_sub(END_BYTES)?;
    let first = last.saturating_sub(usize::from(u16::MAX));
    (first..=last).rev().find(|&at| {
        let comment = u16_at(file, at + 20).map(usize::from);
        u32_at(file, at) == Some(END) && comment == Some(last - at)
    })
}

/// Number of entries, bytes and start of the directory, and where what follows it begins.
fn directory(file: &[u8], end: usize) -> Option<(usize, usize, usize, usize)> {
    let short = (
        u16_at(file, end + 10)?,
        u32_at(file, end + 12)?,
        u32_at(file, end + 16)?,
    );
    let locator = end.checked_sub(LOCATOR_64_BYTES);
    let locator = locator.filter(|&at| u32_at(file, at) == Some(LOCATOR_64));
    if short.0 != u16::MAX && short.1 != u32::MAX && short.2 != u32::MAX {
        // What is written in zip64 all the same stands between the directory and its end.
        let follows = locator
            .and_then(|at| at.checked_sub(END_64_BYTES))
            .unwrap_or(end);
        return Some((short.0.into(), short.1 as usize, short.2 as usize, follows));
    }
    let record = usize_at(file, locator? + 8)?;
    // In a shard it is not where it says.
    let found = |at: &usize| u32_at(file, *at) == Some(END_64);
    let near = || locator?.checked_sub(END_64_BYTES).filter(found);
    let record = Some(record).filter(found).or_else(near)?;
    let field = |at: usize| usize_at(file, record.checked_add(at)?);
    Some((field(32)?, field(40)?, field(48)?, record))
}

/// The first entry of `directory`: its name, itself, and the bytes that it takes there.
fn central(directory: &[u8]) -> Option<(&str, Entry, usize)> {
    if u32_at(directory, 0)? != CENTRAL {
        return None;
    }
    let [flags, method] = [u16_at(directory, 8)?, u16_at(directory, 10)?];
    let length = |at| u16_at(directory, at).map(usize::from);
    let name_end = CENTRAL_BYTES + length(28)?;
    let extra_end = name_end + length(30)?;
    let name = std::str::from_utf8(directory.get(CENTRAL_BYTES..name_end)?).ok()?;
    let mut long = Long(extra_64(directory.get(name_end..extra_end)?));
    // In this order the long ones follow each other, each only if the short one says so.
    let bytes = long.or(u32_at(directory, 24)?)?;
    let packed_bytes = long.or(u32_at(directory, 20)?)?;
    let header = long.or(u32_at(directory, 42)?)?;
    let packed = match (flags & 1, method) {
        (0, 0) if packed_bytes == bytes => None,
        (0, 0) => return None,
        (0, _) => Some("compressed"),
        _ => Some("encrypted"),
    };
    let crc = u32_at(directory, 16)?;
    let total = extra_end + length(32)?;
    directory.get(..total)?;
    Some((
        name,
        Entry {
            header,
            bytes,
            crc,
            packed,
        },
        total,
    ))
}

/// The zip64 field among an entry's extra fields; empty if there is none.
fn extra_64(mut fields: &[u8]) -> &[u8] {
    while let (Some(id), Some(length)) = (u16_at(fields, 0), u16_at(fields, 2)) {
        let end = 4 + usize::from(length);
        let Some(content) = fields.get(4..end) else {
            break;
        };
        if id == EXTRA_64 {
            return content;
        }
        fields = &fields[end..];
    }
    &[]
}

/// Long numbers that stand in for short ones.
struct Long<'a>(&'a [u8]);

impl Long<'_> {
    fn or(&mut self, short: u32) -> Option<usize> {
        if short != u32::MAX {
            return Some(short as usize);
        }
        let long = usize_at(self.0, 0)?;
        self.0 = &self.0[8..];
        Some(long)
    }
}

fn bytes_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes_at(bytes, at).map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes_at(bytes, at).map(u32::from_le_bytes)
}

fn usize_at(bytes: &[u8], at: usize) -> Option<usize> {
    bytes_at(bytes, at)
        .map(u64::from_le_bytes)
        .and_then(|number| number.try_into().ok())
}
