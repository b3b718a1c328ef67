//! Looking into folders, always in the order of names.

use std::path::{Path, PathBuf};

use crate::cohort::CohortError;

/// Folders below `root`, at most `depth` deep, whose name is wanted; nothing is sought inside them.
pub(super) fn folders(
    root: &Path,
    depth: usize,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<Vec<PathBuf>, CohortError> {
    let mut found = Vec::new();
    for path in entries(root)? {
        if !path.is_dir() {
            continue;
        }
        if wanted(&name(&path)) {
            found.push(path);
        } else if depth > 1 {
            found.extend(folders(&path, depth - 1, wanted)?);
        }
    }
    Ok(found)
}

/// The files of a folder.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>, CohortError> {
    let mut entries = entries(folder)?;
    entries.retain(|path| path.is_file());
    Ok(entries)
}

/// The first of `stems` that is there as `.nii.gz` or `.nii`.
pub(super) fn scan(folder: &Path, stems: &[&str]) -> Option<PathBuf> {
    let named = stems
        .iter()
        .flat_map(|stem| ["nii.gz", "nii"].map(|end| folder.join(format!("{stem}.{end}"))));
    named.into_iter().find(|path| path.is_file())
}

/// Whether a name is a number after `prefix`: `RHUH-0001` is a patient, `RHUH-GBM` is not.
pub(super) fn is_numbered(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix)
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a name is a patient of TCGA, such as `TCGA-02-0006`.
pub(super) fn is_tcga_patient(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    parts.len() == 3 && parts[0] == "TCGA" && parts[1].len() == 2 && parts[2].len() == 4
}

/// The last part of a path.
pub(super) fn name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, CohortError> {
    let list = || -> std::io::Result<Vec<PathBuf>> {
        let entries = std::fs::read_dir(folder)?;
        entries.map(|entry| Ok(entry?.path())).collect()
    };
    let mut entries = list().map_err(CohortError::file("list the folder", folder))?;
    entries.sort();
    Ok(entries)
}
