//! Zip archives, written and read by hand. Of what is written every other file is stored as it is, the others deflated.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use flate2::{Compression, write::DeflateEncoder};

/// What both of a file's headers in an archive say.
struct Entry {
    name: String,
    /// 0 stored, 8 deflated.
    method: u16,
    crc: u32,
    packed: u32,
    size: u32,
    /// Where the first of them lies.
    place: u32,
}

impl Entry {
    /// From the version that is needed to the length of the name.
    fn head(&self) -> Vec<u8> {
        let mut head = Vec::new();
        for field in [20, 0, self.method, 0, 0x21] {
            head.extend(u16::to_le_bytes(field));
        }
        for field in [self.crc, self.packed, self.size] {
            head.extend(field.to_le_bytes());
        }
        head.extend((self.name.len() as u16).to_le_bytes());
        head
    }
}

/// Packs all files below `folder`, by their paths from it on.
pub(crate) fn zip(folder: &Path, archive: &Path) -> Result<()> {
    let mut out = Vec::new();
    let mut entries = Vec::new();
    for (number, path) in files(folder)?.into_iter().enumerate() {
        let content = fs::read(&path)?;
        let deflated = number % 2 == 1;
        let packed = match deflated {
            true => {
                let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(&content)?;
                encoder.finish()?
            }
            false => content.clone(),
        };
        let name = path.strip_prefix(folder)?.to_string_lossy();
        let entry = Entry {
            name: name.replace('\\', "/"),
            method: if deflated { 8 } else { 0 },
            crc: crc32fast::hash(&content),
            packed: packed.len() as u32,
            size: content.len() as u32,
            place: out.len() as u32,
        };
        out.extend(b"PK\x03\x04");
        out.extend(entry.head());
        out.extend([0; 2]);
        out.extend(entry.name.as_bytes());
        out.extend(packed);
        entries.push(entry);
    }
    let directory = out.len();
    for entry in &entries {
        out.extend(b"PK\x01\x02\x14\x00");
        out.extend(entry.head());
        // No extra field, no comment, first disc, no attributes.
        out.extend([0; 12]);
        out.extend(entry.place.to_le_bytes());
        out.extend(entry.name.as_bytes());
    }
    let (count, size) = (entries.len() as u16, (out.len() - directory) as u32);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend((directory as u32).to_le_bytes());
    out.extend([0; 2]);
    Ok(fs::write(archive, out)?)
}

/// Whether bytes are an archive's.
pub(crate) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// A file that is stored in an archive as it is.
pub(crate) fn stored(archive: &[u8], name: &str) -> Result<Vec<u8>> {
    let mut place = 0;
    while is_zip(archive.get(place..).context("cut off")?) {
        let head = archive.get(place..place + 30).context("cut off")?;
        let short = |at: usize| usize::from(u16::from_le_bytes([head[at], head[at + 1]]));
        let long = |at: usize| short(at) + (short(at + 2) << 16);
        ensure!(
            short(8) == 0,
            "{name} lies beside a file that is compressed"
        );
        let begin = place + 30 + short(26) + short(28);
        let end = begin + long(18);
        if archive.get(place + 30..place + 30 + short(26)) == Some(name.as_bytes()) {
            return Ok(archive.get(begin..end).context("cut off")?.to_vec());
        }
        place = end;
    }
    bail!("no {name} in the archive")
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => found.extend(files(&path)?),
            false => found.push(path),
        }
    }
    found.sort();
    Ok(found)
}
