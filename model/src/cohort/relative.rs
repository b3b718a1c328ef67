//! From one folder to a file elsewhere.

use std::path::{Component, Path, PathBuf};

/// `path` as seen from `folder`, with `/` between its parts. `folder` is canonical; a relative `path` is
/// taken from the working directory.
pub(super) fn to(folder: &Path, path: &Path) -> String {
    let path = plain(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
    let shared = folder
        .components()
        .zip(path.components())
        .take_while(|(a, b)| a == b)
        .count();
    let up = folder.components().skip(shared).map(|_| "..".into());
    let down = path.components().skip(shared);
    let down = down.map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<String>>().join("/")
}

/// Without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir {
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn goes_up_and_down() {
        let from = Path::new("/a/b/c");
        assert_eq!(to(from, Path::new("/a/b/c/d/e.nii")), "d/e.nii");
        assert_eq!(to(from, Path::new("/a/x/e.nii")), "../../x/e.nii");
        assert_eq!(to(from, Path::new("/a/b/c/../d/e.nii")), "../d/e.nii");
    }
}
