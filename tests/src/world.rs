//! What all tests share: the programs, one chromedriver, one folder for what they write.

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::{Context, Result};
use xtask::server::{Options, Server};

use crate::{driver::Driver, mts::Predicted, programs::Programs};

/// Shared by all tests of a run; dropping it ends the driver and removes what was written.
#[derive(Debug)]
pub struct World {
    /// What is started and served.
    pub programs: Programs,
    driver: Driver,
    folder: PathBuf,
    folders: AtomicUsize,
    predicted: Mutex<Option<Predicted>>,
}

impl World {
    /// Finds the programs and starts the driver.
    ///
    /// # Errors
    /// Something is not there.
    pub fn start() -> Result<Self> {
        let programs = Programs::find()?;
        let driver = Driver::start(&programs)?;
        let folder = std::env::temp_dir().join(format!("glioscope-tests-{}", std::process::id()));
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("creating {}", folder.display()))?;
        Ok(Self {
            programs,
            driver,
            folder,
            folders: AtomicUsize::new(0),
            predicted: Mutex::new(None),
        })
    }

    /// Where chromedriver listens.
    #[must_use]
    pub fn driver_url(&self) -> String {
        self.driver.url()
    }

    /// A new empty folder, named for its purpose.
    ///
    /// # Errors
    /// It cannot be created.
    pub fn fresh_folder(&self, purpose: &str) -> Result<PathBuf> {
        let number = self.folders.fetch_add(1, Ordering::Relaxed);
        let folder = self.folder.join(format!("{number}-{purpose}"));
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("creating {}", folder.display()))?;
        Ok(folder)
    }

    /// Serves the page at `/`.
    ///
    /// # Errors
    /// No port is free.
    pub fn serve(&self) -> Result<Server> {
        Server::start(Options::new(&self.programs.page))
    }

    /// Serves a folder below `mount`.
    ///
    /// # Errors
    /// No port is free, or the folder holds no page.
    pub fn serve_at(&self, folder: &Path, mount: &str) -> Result<Server> {
        Server::start(Options {
            mount: mount.into(),
            ..Options::new(folder)
        })
    }

    /// Serves a folder at `/` as a host does that sends no headers of its own.
    ///
    /// # Errors
    /// As [`World::serve_at`].
    pub fn serve_without_isolation(&self, folder: &Path) -> Result<Server> {
        Server::start(Options {
            isolated: false,
            ..Options::new(folder)
        })
    }

    /// What `mts predict` says of the sample on the CPU; computed once.
    ///
    /// # Errors
    /// `mts` is not there or fails.
    pub fn predicted_sample(&self) -> Result<Predicted> {
        let mut kept = self
            .predicted
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(predicted) = &*kept {
            return Ok(predicted.clone());
        }
        let scans = crate::case::sample(&self.programs)?;
        let out = self.fresh_folder("mts")?;
        let predicted = crate::mts::predict(&self.programs, &scans, &out)?;
        Ok(kept.insert(predicted).clone())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // The system's temporary folder is cleared in any case.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
