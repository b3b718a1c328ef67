//! One target folder for several clones, one clone at a time.
//!
//! Cargo names what it builds of a workspace by the path inside the clone and judges its age by the
//! files' times. In a shared target folder it therefore takes another clone's older or newer build
//! of our own crates for this one's. The dependencies are the same and worth sharing; our crates are
//! built again when another clone comes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::places::Places;

/// Names the clone whose crates were built last.
const MARK: &str = "built-from";

/// Makes the target folders this clone's.
///
/// # Errors
/// A folder cannot be read or written.
pub fn claim(places: &Places) -> Result<()> {
    let members = members(&places.root)?;
    for target in [
        places.native_target(),
        places.wasm_target(),
        places.wasm_threads_target(),
    ] {
        let done = claim_one(&target, &places.root, &members);
        done.with_context(|| format!("preparing {}", target.display()))?;
    }
    Ok(())
}

fn claim_one(target: &Path, root: &Path, members: &[String]) -> Result<()> {
    let mark = target.join(MARK);
    let owner = fs::read_to_string(&mark).unwrap_or_default();
    if Path::new(&owner) == root {
        return Ok(());
    }
    for folder in fingerprint_folders(target)? {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if is_of(&name.to_string_lossy(), members) {
                fs::remove_dir_all(entry.path())?;
            }
        }
    }
    fs::create_dir_all(target)?;
    fs::write(mark, root.to_string_lossy().as_bytes())?;
    Ok(())
}

/// `PROFILE/.fingerprint` and `TRIPLE/PROFILE/.fingerprint`.
fn fingerprint_folders(target: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for outer in folders(target)? {
        for inner in folders(&outer)?.into_iter().chain([outer]) {
            let fingerprints = inner.join(".fingerprint");
            if fingerprints.is_dir() {
                found.push(fingerprints);
            }
        }
    }
    Ok(found)
}

fn folders(of: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if of.is_dir() {
        for entry in fs::read_dir(of)? {
            let path = entry?.path();
            if path.is_dir() {
                found.push(path);
            }
        }
    }
    Ok(found)
}

/// Whether a fingerprint's name is `MEMBER-HASH`.
fn is_of(name: &str, members: &[String]) -> bool {
    name.rsplit_once('-')
        .is_some_and(|(package, _)| members.iter().any(|member| member == package))
}

/// The names of this workspace's packages, from their manifests.
fn members(root: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for folder in folders(root)? {
        let Ok(manifest) = fs::read_to_string(folder.join("Cargo.toml")) else {
            continue;
        };
        let name = manifest
            .lines()
            .find_map(|line| line.strip_prefix("name = "))
            .context("a manifest without a name")?;
        names.push(name.trim_matches('"').to_owned());
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_clones_crates_are_built_again_and_dependencies_kept() {
        let target = std::env::temp_dir().join(format!("glioscope-claim-{}", std::process::id()));
        let kept = target.join("release/.fingerprint/burn-flex-0123");
        let ours = target.join("wasm32/release/.fingerprint/burn-0123");
        let members = ["burn".to_owned()];
        for folder in [&kept, &ours] {
            fs::create_dir_all(folder).unwrap();
        }
        fs::write(target.join(MARK), "/one").unwrap();

        claim_one(&target, Path::new("/one"), &members).unwrap();
        assert!(ours.is_dir(), "the same clone keeps its builds");
        claim_one(&target, Path::new("/other"), &members).unwrap();
        assert!(!ours.exists() && kept.is_dir());
        assert_eq!(fs::read_to_string(target.join(MARK)).unwrap(), "/other");
        fs::remove_dir_all(target).unwrap();
    }

    #[test]
    fn every_package_of_the_workspace_is_known() {
        let root = crate::places::Places::find().unwrap().root;
        let names = members(&root).unwrap();
        for name in [
            "glioscope-app",
            "glioscope-tests",
            "imaging",
            "mts-unet",
            "xtask",
        ] {
            assert!(names.iter().any(|found| found == name), "{name}: {names:?}");
        }
    }
}
