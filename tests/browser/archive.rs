//! A zip archive of a folder, written by hand: every other file is stored as it is, the others deflated.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::Result;
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
