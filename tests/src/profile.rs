//! Looking for traces of a scan in what a browser has written to disk.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use xtask::files::files_below;

/// Files below `folder` that hold `words`, in UTF-8 or in the UTF-16 of Chromium's databases.
///
/// # Errors
/// The folder cannot be read.
pub fn files_with(folder: &Path, words: &str) -> Result<Vec<PathBuf>> {
    let narrow = words.as_bytes().to_vec();
    let wide: Vec<u8> = words.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut found = Vec::new();
    for path in files_below(folder).context("reading the profile")? {
        // Sockets and links to the process are no files that keep anything.
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|part| part == needle);
        if holds(&narrow) || holds(&wide) {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_encodings_are_found_and_others_are_not() {
        let folder = std::env::temp_dir().join(format!("glioscope-profile-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("a"), b"xxDoe_Johnxx").unwrap();
        let wide: Vec<u8> = "Doe_John"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        std::fs::write(folder.join("b"), wide).unwrap();
        std::fs::write(folder.join("c"), b"Doe John").unwrap();
        let found = files_with(&folder, "Doe_John").unwrap();
        assert_eq!(found, [folder.join("a"), folder.join("b")]);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
