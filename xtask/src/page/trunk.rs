//! Building the page with Trunk, and checking what came out.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

use super::{check, threads};
use crate::{needs::wasm_std::WasmToolchain, places::Places, shell::run};

/// Which page to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// What visitors get.
    Release,
    /// The same with the cargo feature `faults`, so that tests can break the engine on purpose.
    Faults,
}

impl Flavour {
    fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Faults => "faults",
        }
    }
}

/// Builds the optimised page and returns its folder, which holds nothing else.
///
/// # Errors
/// No toolchain, a failed build, or a page that breaks its promises.
pub fn build(places: &Places, flavour: Flavour) -> Result<PathBuf> {
    let toolchain = WasmToolchain::require(places)?;
    let folder = places.built_page(flavour.name());
    let shell = Shell::write(&places.root.join("www"), flavour)?;
    let mut trunk = places.wasm_command("trunk", toolchain);
    trunk
        // Trunk takes "1" for a value of its own option of that name and stops.
        .env_remove("NO_COLOR")
        .args([
            "build",
            "--release",
            "--skip-version-check",
            "--html-output",
            "index.html",
            "--dist",
        ])
        .arg(&folder)
        .arg(&shell.path);
    run(
        &mut trunk,
        "What the compiler says stands above; `cargo xtask doctor` looks at the tools.",
    )?;
    threads::build(places, flavour, &folder)?;
    check(&folder)?;
    Ok(folder)
}

/// The page shell that Trunk reads. Trunk takes cargo features from it alone, so a flavour with
/// other features needs its own, which is removed when dropped.
struct Shell {
    path: PathBuf,
    temporary: bool,
}

impl Shell {
    fn write(www: &Path, flavour: Flavour) -> Result<Self> {
        let path = www.join("index.html");
        if flavour == Flavour::Release {
            return Ok(Self {
                path,
                temporary: false,
            });
        }
        let html =
            fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let html = with_feature(&html, flavour.name())?;
        let path = www.join(format!(".index.{}.html", flavour.name()));
        fs::write(&path, html).with_context(|| format!("writing {}", path.display()))?;
        Ok(Self {
            path,
            temporary: true,
        })
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        if self.temporary {
            // Git ignores it, and the next build writes it anew.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Adds a cargo feature to every Rust part of the shell.
fn with_feature(html: &str, feature: &str) -> Result<String> {
    let start = "data-cargo-features=\"";
    ensure!(
        html.contains(start),
        "the page shell names no cargo features ({start}…\")"
    );
    Ok(html.replace(start, &format!("{start}{feature},")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flavour_adds_its_feature_to_page_and_engine() {
        let html = r#"<link data-cargo-features="page"><link data-cargo-features="engine">"#;
        assert_eq!(
            with_feature(html, "faults").unwrap(),
            r#"<link data-cargo-features="faults,page"><link data-cargo-features="faults,engine">"#
        );
        assert!(with_feature("<html>", "faults").is_err());
    }
}
