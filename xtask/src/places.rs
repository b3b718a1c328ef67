//! Where things lie: the clone, and the cache outside it.
//!
//! Tools and compiled dependencies live in the cache, so that a fresh clone on a known machine
//! starts warm. Native and wasm32 builds have a target folder each: one compiler a folder.

use std::{env, ffi::OsString, path::PathBuf, process::Command};

use anyhow::{Context, Result};

use crate::needs::wasm_std::WasmToolchain;

/// The folders that every command works in.
#[derive(Debug, Clone)]
pub struct Places {
    /// The clone's root, where the workspace manifest is.
    pub root: PathBuf,
    /// `$GLIOSCOPE_CACHE`, or `~/.cache/glioscope`.
    pub cache: PathBuf,
}

impl Places {
    /// Finds both folders and creates the cache.
    ///
    /// # Errors
    /// Neither `GLIOSCOPE_CACHE` nor a home folder is set, or the cache cannot be created.
    pub fn find() -> Result<Self> {
        // Read when it runs rather than when it was compiled: clones can share a target folder.
        let manifest_dir = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        let root = manifest_dir
            .parent()
            .context("xtask lies directly in the clone")?
            .to_owned();
        let cache = match env::var_os("GLIOSCOPE_CACHE").filter(|set| !set.is_empty()) {
            Some(set) => root.join(set),
            None => env::home_dir()
                .context("no home folder: set GLIOSCOPE_CACHE to a folder for tools and builds")?
                .join(".cache/glioscope"),
        };
        std::fs::create_dir_all(&cache)
            .with_context(|| format!("creating the cache folder {}", cache.display()))?;
        Ok(Self { root, cache })
    }

    /// What `cargo install` and `npm install` put there.
    #[must_use]
    pub fn tools(&self) -> PathBuf {
        self.cache.join("tools")
    }

    /// The npm packages of the tools.
    #[must_use]
    pub fn npm(&self) -> PathBuf {
        self.tools().join("npm")
    }

    /// The target folder of native builds.
    #[must_use]
    pub fn native_target(&self) -> PathBuf {
        self.cache.join("target/native")
    }

    /// The target folder of wasm32 builds.
    #[must_use]
    pub fn wasm_target(&self) -> PathBuf {
        self.cache.join("target/wasm")
    }

    /// The target folder of the engine with threads, for which the standard library is compiled, too.
    #[must_use]
    pub fn wasm_threads_target(&self) -> PathBuf {
        self.cache.join("target/wasm-threads")
    }

    /// Built pages, one folder a flavour; inside the clone, since two clones are two pages.
    #[must_use]
    pub fn built_page(&self, flavour: &str) -> PathBuf {
        self.root.join("target/page").join(flavour)
    }

    /// A command in the clone's root that finds our tools before the machine's.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("PATH", self.path());
        command
    }

    /// Features of everything that is built natively: training is tested, too. The same for tests, lints
    /// and benchmarks, since cargo would build what differs twice.
    pub const NATIVE_FEATURES: [&str; 2] = ["--features", "mts-unet/train"];

    /// `cargo` for native builds.
    #[must_use]
    pub fn native_cargo(&self) -> Command {
        let mut command = self.command("cargo");
        command.env("CARGO_TARGET_DIR", self.native_target());
        command
    }

    /// A command (`cargo`, `trunk`, …) whose builds go to wasm32.
    #[must_use]
    pub fn wasm_command(&self, program: &str, toolchain: WasmToolchain) -> Command {
        let mut command = self.command(program);
        command.env("CARGO_TARGET_DIR", self.wasm_target());
        toolchain.choose(&mut command);
        command
    }

    fn path(&self) -> OsString {
        let ours = [
            self.tools().join("bin"),
            self.npm().join("node_modules/.bin"),
        ];
        let machines = env::var_os("PATH").unwrap_or_default();
        let all = ours.into_iter().chain(env::split_paths(&machines));
        // Joining fails only where a folder's name holds the separator; the machine's own then do.
        env::join_paths(all).unwrap_or(machines)
    }
}
