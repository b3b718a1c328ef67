//! Versions read from `Cargo.lock`: a tool that must match a locked crate is installed by it.

use std::path::Path;

use anyhow::{Context, Result, bail};

/// The one version of `package` that `Cargo.lock` in `root` holds.
///
/// # Errors
/// No lock file, no such package, or more than one version of it.
pub fn locked_version(root: &Path, package: &str) -> Result<String> {
    let lock = std::fs::read_to_string(root.join("Cargo.lock"))
        .context("reading Cargo.lock (`cargo metadata` writes it)")?;
    let versions = versions_of(&lock, package);
    match versions.as_slice() {
        [one] => Ok((*one).to_owned()),
        [] => bail!("Cargo.lock has no package {package}"),
        several => bail!(
            "Cargo.lock has {package} in versions {}",
            several.join(", ")
        ),
    }
}

fn versions_of<'a>(lock: &'a str, package: &str) -> Vec<&'a str> {
    let value = |line: &'a str, key: &str| -> Option<&'a str> {
        line.strip_prefix(key)?
            .strip_prefix(" = \"")?
            .strip_suffix('"')
    };
    lock.split("[[package]]")
        .skip(1)
        .filter(|entry| {
            entry
                .lines()
                .any(|line| value(line, "name") == Some(package))
        })
        .filter_map(|entry| entry.lines().find_map(|line| value(line, "version")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
dependencies = [
 "wasm-bindgen-macro",
]

[[package]]
name = "wasm-bindgen-macro"
version = "0.2.131"

[[package]]
name = "syn"
version = "1.0.109"

[[package]]
name = "syn"
version = "2.0.101"
"#;

    #[test]
    fn a_name_is_matched_whole() {
        assert_eq!(versions_of(LOCK, "wasm-bindgen"), ["0.2.130"]);
        assert_eq!(versions_of(LOCK, "wasm-bindgen-macro"), ["0.2.131"]);
    }

    #[test]
    fn every_locked_version_is_found() {
        assert_eq!(versions_of(LOCK, "syn"), ["1.0.109", "2.0.101"]);
        assert!(versions_of(LOCK, "wasm").is_empty());
    }

    #[test]
    fn this_workspace_locks_one_wasm_bindgen() {
        let root = crate::places::Places::find().unwrap().root;
        let version = locked_version(&root, "wasm-bindgen").unwrap();
        assert!(version.starts_with("0.2."), "{version}");
    }
}
