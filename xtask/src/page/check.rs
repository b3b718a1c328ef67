//! Refuses a built page that would break its promises: inline code, foreign hosts, paths that only
//! work at a host's root, files that are not there, instructions that not every browser has.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use super::{
    csp,
    html::{Tag, content_security_policy, tags},
};
use crate::files::files_below;

/// Checks the folder of a built page.
///
/// # Errors
/// Everything that is wrong, one line each.
pub fn check(folder: &Path) -> Result<()> {
    let mut faults = Vec::new();
    for path in files_below(folder)? {
        let name = path
            .strip_prefix(folder)
            .unwrap_or(&path)
            .display()
            .to_string();
        let extension = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let found = match extension.as_str() {
            "html" => html_faults(&read(&path)?, path.parent().unwrap_or(folder)),
            "js" | "css" | "svg" | "webmanifest" => foreign_urls(&read(&path)?),
            "wasm" => needless_needs(&fs::read(&path)?),
            _ => Vec::new(),
        };
        faults.extend(found.into_iter().map(|fault| format!("{fault}, in {name}")));
    }
    if !folder.join("index.html").is_file() {
        faults.push("no index.html".into());
    }
    if !faults.is_empty() {
        bail!(
            "the page in {} breaks its promises:\n  {}",
            folder.display(),
            faults.join("\n  ")
        );
    }
    Ok(())
}

/// The files of a built page that a visitor loads before choosing a scan: `index.html` and what
/// it names.
///
/// # Errors
/// There is no readable `index.html`.
pub fn first_screen(folder: &Path) -> Result<Vec<PathBuf>> {
    let index = folder.join("index.html");
    let html = read(&index)?;
    let mut files = vec![index];
    for named in tags(&html).iter().flat_map(references) {
        let path = folder.join(local(named));
        if path.is_file() && !files.contains(&path) {
            files.push(path);
        }
    }
    Ok(files)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

fn html_faults(html: &str, folder: &Path) -> Vec<String> {
    let mut faults = match content_security_policy(html) {
        Some(policy) => csp::faults(&policy),
        None => vec!["no Content-Security-Policy".into()],
    };
    for tag in tags(html) {
        if tag.name == "script" && (tag.attribute("src").is_none() || !tag.text.is_empty()) {
            faults.push("an inline script".into());
        }
        if tag.name == "style" || tag.attribute("style").is_some() {
            faults.push(format!("an inline style, at <{}>", tag.name));
        }
        if let Some((handler, _)) = tag
            .attributes
            .iter()
            .find(|(name, _)| name.starts_with("on"))
        {
            faults.push(format!("an inline handler, {handler}"));
        }
        for named in references(&tag) {
            if has_scheme(named) || named.starts_with("//") {
                faults.push(format!("a foreign address, {named}"));
            } else if named.starts_with('/') {
                faults.push(format!("a path that works at a host's root only, {named}"));
            } else if !folder.join(local(named)).exists() {
                faults.push(format!("a file that is not there, {named}"));
            }
        }
    }
    faults
}

/// What a tag makes the browser load. A link that a person may follow loads nothing.
fn references(tag: &Tag) -> Vec<&str> {
    if tag.name == "a" {
        return Vec::new();
    }
    [
        "href",
        "src",
        "data-js",
        "data-wasm",
        "poster",
        "action",
        "data",
    ]
    .iter()
    .filter_map(|name| tag.attribute(name))
    .filter(|value| !value.is_empty())
    .collect()
}

/// `./page.js?x#y` as a path below the page's folder.
fn local(named: &str) -> &str {
    named
        .split(['?', '#'])
        .next()
        .unwrap_or_default()
        .trim_start_matches("./")
}

fn has_scheme(named: &str) -> bool {
    let scheme = named.split(['/', '?', '#']).next().unwrap_or_default();
    scheme.contains(':')
}

/// Addresses of other hosts in a script or a style sheet. XML namespaces are names, not addresses,
/// and wasm-bindgen's comments name pages to read.
fn foreign_urls(text: &str) -> Vec<String> {
    let is_comment = |line: &&str| {
        ["//", "/*", "* "]
            .iter()
            .any(|start| line.trim_start().starts_with(start))
    };
    let text: Vec<&str> = text.lines().filter(|line| !is_comment(line)).collect();
    let text = text.join("\n");
    let starts = ["https://", "http://", "wss://", "ws://"];
    let mut faults = Vec::new();
    for start in starts {
        for (at, _) in text.match_indices(start) {
            let url = text[at..]
                .split(|c: char| c.is_whitespace() || "\"'`<>()\\".contains(c))
                .next()
                .unwrap_or_default();
            if !url.starts_with("http://www.w3.org/") && url.len() > start.len() {
                faults.push(format!("a foreign address, {url}"));
            }
        }
    }
    faults
}

/// Instructions that some browsers lack; one of them is enough for a file to be refused whole. The
/// compiler lists what it used at the end of the file, each name after a `+` and its length.
fn needless_needs(wasm: &[u8]) -> Vec<String> {
    const LISTED: &[u8] = b"+\x0crelaxed-simd";
    let is_listed = wasm.windows(LISTED.len()).any(|window| window == LISTED);
    let fault = "relaxed SIMD, which some browsers have not".to_owned();
    is_listed.then_some(fault).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'\">";

    fn folder(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("xtask-check-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for file in [
            "boot.js",
            "page-1.js",
            "page-1_bg.wasm",
            "engine.js",
            "page.css",
        ] {
            fs::write(folder.join(file), "").unwrap();
        }
        folder
    }

    #[test]
    fn what_trunk_writes_with_our_pattern_passes() {
        let folder = folder("passes");
        let html = format!(
            "{HEAD}<link rel=stylesheet href=\"./page.css\"><link rel=\"modulepreload\" href=\"./page-1.js\">\
             <script type=\"module\" src=\"./boot.js\" data-js=\"./page-1.js\" data-wasm=\"./page-1_bg.wasm\"></script>\
             <a href=\"https://example.org/paper\">the paper</a>"
        );
        fs::write(folder.join("index.html"), html).unwrap();
        check(&folder).unwrap();
        let names: Vec<_> = first_screen(&folder)
            .unwrap()
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(
            names,
            [
                "index.html",
                "page.css",
                "page-1.js",
                "boot.js",
                "page-1_bg.wasm"
            ]
        );
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn trunks_own_bootstrap_is_refused() {
        let folder = folder("bootstrap");
        let html = format!(
            "{HEAD}<script type=\"module\">\nimport init from './page-1.js';\nawait init();\n</script>"
        );
        assert_eq!(html_faults(&html, &folder), ["an inline script"]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn each_broken_promise_is_named() {
        let folder = folder("broken");
        for (body, fault) in [
            ("<p style=\"color:red\">", "an inline style, at <p>"),
            ("<style>p{}</style>", "an inline style, at <style>"),
            ("<button onclick=\"go()\">", "an inline handler, onclick"),
            (
                "<script src=\"https://cdn.example/x.js\"></script>",
                "a foreign address, https://cdn.example/x.js",
            ),
            (
                "<img src=\"//cdn.example/x.png\">",
                "a foreign address, //cdn.example/x.png",
            ),
            (
                "<link rel=icon href=\"/page.css\">",
                "a path that works at a host's root only, /page.css",
            ),
            (
                "<script src=\"gone.js\"></script>",
                "a file that is not there, gone.js",
            ),
        ] {
            assert_eq!(html_faults(&format!("{HEAD}{body}"), &folder), [fault]);
        }
        assert_eq!(html_faults("<p>", &folder), ["no Content-Security-Policy"]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_some_browsers_lack_is_found() {
        let file = |feature: &str| {
            let length = char::from(u8::try_from(feature.len()).unwrap());
            format!("\0asm…\x0ftarget_features\x01+{length}{feature}").into_bytes()
        };
        assert_eq!(needless_needs(&file("relaxed-simd")).len(), 1);
        assert!(needless_needs(&file("simd128")).is_empty());
        assert!(needless_needs(b"the word relaxed-simd alone").is_empty());
    }

    #[test]
    fn foreign_hosts_in_scripts_are_found() {
        let script = "fetch('https://example.org/a?b'); el.ns = \"http://www.w3.org/2000/svg\"; s.startsWith('https://')\n  // https://example.net/why\n";
        assert_eq!(
            foreign_urls(script),
            ["a foreign address, https://example.org/a?b"]
        );
    }
}
