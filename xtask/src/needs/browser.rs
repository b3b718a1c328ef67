//! Chromium and the driver through which tests steer it.

use std::{env, path::PathBuf};

use anyhow::Result;

use super::{Need, Purpose, State, apt};
use crate::{places::Places, shell::look};

/// Chromium with chromedriver of the same major version.
#[derive(Debug, Clone, Copy)]
pub struct Browser;

/// The two programs of a usable browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserPrograms {
    /// `$GLIOSCOPE_CHROMIUM`, or the first known name on PATH.
    pub chromium: PathBuf,
    /// `$GLIOSCOPE_CHROMEDRIVER`, or `chromedriver` on PATH.
    pub chromedriver: PathBuf,
    /// What Chromium says of itself.
    pub version: String,
}

/// Finds browser and driver; the error says what is missing.
///
/// # Errors
/// One of them is absent, or their major versions differ.
pub fn find(places: &Places) -> Result<BrowserPrograms, String> {
    let given = |variable: &str| env::var(variable).ok().filter(|set| !set.is_empty());
    let version_of = |program: &str| look(places.command(program).arg("--version"));

    let names = match given("GLIOSCOPE_CHROMIUM") {
        Some(given) => vec![given],
        None => ["chromium", "chromium-browser", "google-chrome"]
            .map(str::to_owned)
            .to_vec(),
    };
    let (chromium, version) = names
        .iter()
        .find_map(|name| Some((name, version_of(name)?)))
        .ok_or_else(|| format!("no browser: tried {}", names.join(", ")))?;
    let driver = given("GLIOSCOPE_CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
    let driver_version = version_of(&driver).ok_or_else(|| format!("no driver: tried {driver}"))?;
    if major(&version).is_none() || major(&version) != major(&driver_version) {
        return Err(format!("`{version}` and `{driver_version}` do not match"));
    }
    Ok(BrowserPrograms {
        chromium: on_path(chromium),
        chromedriver: on_path(&driver),
        version: version.clone(),
    })
}

/// Where a program lies, for tools that do not search PATH themselves.
fn on_path(program: &str) -> PathBuf {
    env::split_paths(&env::var_os("PATH").unwrap_or_default())
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
        .unwrap_or_else(|| program.into())
}

/// The first number of `Chromium 156.0.8078.79 built on …`.
fn major(version: &str) -> Option<u32> {
    let number = version
        .split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    number.split('.').next()?.parse().ok()
}

impl Need for Browser {
    fn name(&self) -> &'static str {
        "chromium, chromedriver"
    }

    fn purpose(&self) -> Purpose {
        Purpose::Test
    }

    fn look(&self, places: &Places) -> State {
        match find(places) {
            Ok(programs) => State::There(programs.version),
            Err(missing) => State::Missing(missing),
        }
    }

    fn plan(&self, _: &Places) -> String {
        "installing chromium and chromium-driver by apt".into()
    }

    fn install(&self, _: &Places) -> Result<()> {
        apt::install(&["chromium", "chromium-driver"])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_first_number() {
        assert_eq!(
            major("Chromium 156.0.8078.79 built on Debian 12"),
            Some(156)
        );
        assert_eq!(major("ChromeDriver 98.0.1 (abc-refs/x@{#3})"), Some(98));
        assert_eq!(major("Chromium"), None);
    }
}
