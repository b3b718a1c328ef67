//! Where the page, the browser and `mts` lie: told by `cargo xtask test`, or found by themselves.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use xtask::{needs::browser, places::Places};

/// Everything that the tests start or serve.
#[derive(Clone, Debug)]
pub struct Programs {
    /// The built page with the feature `faults`: `$GLIOSCOPE_DIST`.
    pub page: PathBuf,
    /// `$GLIOSCOPE_CHROMIUM`, or the machine's.
    pub chromium: PathBuf,
    /// `$GLIOSCOPE_CHROMEDRIVER`, or the machine's.
    pub chromedriver: PathBuf,
    /// What Chromium says of itself.
    pub browser_version: String,
    mts: PathBuf,
    root: PathBuf,
}

impl Programs {
    /// Finds them all; `mts` is missed only when it is asked for.
    ///
    /// # Errors
    /// No built page, or no browser with a driver of its version.
    pub fn find() -> Result<Self> {
        let places = Places::find()?;
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("this crate lies in the clone")?
            .to_owned();
        let given = |name: &str| env::var_os(name).filter(|set| !set.is_empty());
        let page =
            given("GLIOSCOPE_DIST").map_or_else(|| places.built_page("faults"), PathBuf::from);
        if !page.join("index.html").is_file() {
            bail!(
                "no built page: `cargo xtask test --only browser` builds it: {}",
                page.display()
            );
        }
        let programs = browser::find(&places)
            .map_err(anyhow::Error::msg)
            .context("`cargo xtask setup` installs a browser")?;
        let mts = given("GLIOSCOPE_MTS")
            .map_or_else(|| places.native_target().join("release/mts"), PathBuf::from);
        Ok(Self {
            page,
            chromium: programs.chromium,
            chromedriver: programs.chromedriver,
            browser_version: programs.version,
            mts,
            root,
        })
    }

    /// The command line tool.
    ///
    /// # Errors
    /// It has not been built.
    pub fn mts(&self) -> Result<&Path> {
        if !self.mts.is_file() {
            bail!(
                "no mts: `cargo build --release -p mts-unet --bin mts` builds it: {}",
                self.mts.display()
            );
        }
        Ok(&self.mts)
    }

    /// The four scans that ship with the page, named by sequence.
    #[must_use]
    pub fn sample(&self) -> PathBuf {
        self.page.join("samples/TCGA-DU-7294")
    }

    /// The first bundle that the page shell names, which reads unless another is chosen.
    ///
    /// # Errors
    /// It names none.
    pub fn bundle(&self) -> Result<PathBuf> {
        let shell = std::fs::read_to_string(self.page.join("index.html"))?;
        let named = shell
            .split_once("name=\"glioscope-bundle\"")
            .and_then(|(_, rest)| {
                let (_, rest) = rest.split_once("content=\"")?;
                let paths = rest.split_once('"')?.0;
                paths.split_whitespace().next().map(str::to_owned)
            });
        Ok(self
            .page
            .join(named.context("the page shell names no bundle")?))
    }

    /// Real scans that are not part of the project, beside the clone.
    #[must_use]
    pub fn shared_data(&self) -> PathBuf {
        let beside = self.root.join("../shared/data");
        // A browser takes no path with dots in it.
        beside.canonicalize().unwrap_or(beside)
    }
}
