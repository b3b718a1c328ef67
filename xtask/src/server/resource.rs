//! From a request's address to a file of the folder, never out of it.

use std::path::{Component, Path, PathBuf};

/// Where a request leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Resource {
    /// A file below the folder (relative); it may not exist.
    File(PathBuf),
    /// A folder named without its slash, from where relative links would go astray.
    Redirect(String),
    /// Not below the mount, or an address that tries to climb out.
    Nowhere,
}

/// Resolves `url` (path and query) for a page mounted at `mount`, which begins and ends in `/`.
pub(super) fn resolve(url: &str, mount: &str) -> Resource {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    if format!("{path}/") == mount {
        return Resource::Redirect(mount.to_owned());
    }
    let Some(decoded) = path.strip_prefix(mount).and_then(percent_decoded) else {
        return Resource::Nowhere;
    };
    let relative = Path::new(&decoded);
    let plain = relative.components().all(|part| match part {
        Component::Normal(name) => !name.to_string_lossy().starts_with('.'),
        _ => false,
    });
    if !plain || decoded.contains(['\\', '\0']) {
        return Resource::Nowhere;
    }
    if decoded.is_empty() || decoded.ends_with('/') {
        return Resource::File(relative.join("index.html"));
    }
    Resource::File(relative.to_owned())
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next()?, bytes.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            decoded.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_mean_their_index() {
        assert_eq!(
            resolve("/?device=cpu", "/"),
            Resource::File("index.html".into())
        );
        assert_eq!(
            resolve("/a/b/", "/a/b/"),
            Resource::File("index.html".into())
        );
        assert_eq!(
            resolve("/sub/", "/"),
            Resource::File("sub/index.html".into())
        );
    }

    #[test]
    fn a_mount_without_its_slash_is_redirected() {
        assert_eq!(resolve("/a/b", "/a/b/"), Resource::Redirect("/a/b/".into()));
    }

    #[test]
    fn escapes_are_decoded() {
        assert_eq!(resolve("/a%20b.js?x", "/"), Resource::File("a b.js".into()));
        assert_eq!(resolve("/a%2", "/"), Resource::Nowhere);
    }

    #[test]
    fn nothing_climbs_out() {
        for url in [
            "/../Cargo.toml",
            "/%2e%2e/Cargo.toml",
            "/a/../../x",
            "//etc/passwd",
            "/.git/config",
            "/a%5c..%5cb",
            "/a%00b",
        ] {
            assert_eq!(resolve(url, "/"), Resource::Nowhere, "{url}");
        }
        assert_eq!(resolve("/other/x.js", "/page/"), Resource::Nowhere);
    }
}
