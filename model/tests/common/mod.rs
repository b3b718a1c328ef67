//! What the integration tests share.
#![allow(dead_code, reason = "each test uses its part")]

pub mod agreement;
#[cfg(feature = "train")]
pub mod ball;

use std::path::{Path, PathBuf};

use mts_unet::golden::GoldenFile;

#[allow(unused_imports, reason = "each test uses its part")]
pub use pollster::block_on;

/// A path relative to the repository's root.
pub fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The golden files of the repository and of `$MTS_GOLDEN_DIR`, by name.
pub fn golden_files() -> Vec<(String, GoldenFile)> {
    let mut folders = vec![root("tests/golden")];
    folders.extend(std::env::var_os("MTS_GOLDEN_DIR").map(PathBuf::from));
    let mut paths: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| {
            std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        })
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let file =
                GoldenFile::parse(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                file,
            )
        })
        .collect()
}
