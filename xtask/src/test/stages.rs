//! The stages of `cargo xtask test`, in their order.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::{
    counts::{Counts, counted},
    programs::{self, Program},
};
use crate::{
    needs::{Purpose, browser, lavapipe, set_up, wasm_std},
    page::{self, Flavour},
    places::Places,
    shell::run,
    wasm_test,
};

/// One step with its own line in the report.
#[derive(Clone, Copy)]
pub(super) struct Stage {
    /// For `--only`.
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// Stages whose results it uses.
    pub(super) after: &'static [&'static str],
    /// Part of `--long` only.
    pub(super) long: bool,
    pub(super) run: fn(&mut Work) -> Result<Counts>,
}

const fn stage(
    name: &'static str,
    about: &'static str,
    after: &'static [&'static str],
    run: fn(&mut Work) -> Result<Counts>,
) -> Stage {
    Stage {
        name,
        about,
        after,
        long: false,
        run,
    }
}

pub(super) const ALL: [Stage; 12] = [
    stage("setup", "tools, browser, drivers", &[], Work::setup),
    stage("format", "cargo fmt", &[], Work::format),
    stage(
        "clippy",
        "native, warnings denied",
        &["setup"],
        Work::clippy,
    ),
    stage(
        "clippy-wasm",
        "wasm32, warnings denied",
        &["setup"],
        Work::clippy_wasm,
    ),
    stage(
        "build",
        "native test programs, release",
        &["setup"],
        Work::build,
    ),
    stage("native", "native tests", &["build"], Work::native),
    stage(
        "doc",
        "examples in the documentation",
        &["build"],
        Work::doc,
    ),
    stage(
        "page",
        "the page with faults to inject",
        &["setup"],
        Work::page,
    ),
    stage(
        "parity-web",
        "the network in the browser against MONAI",
        &["setup"],
        Work::parity_web,
    ),
    stage(
        "browser",
        "the page in a real browser",
        &["build", "page"],
        Work::browser,
    ),
    Stage {
        long: true,
        ..stage(
            "ignored",
            "what tests leave to --long",
            &["build", "page"],
            Work::ignored,
        )
    },
    Stage {
        long: true,
        ..stage(
            "fuzz",
            "ten million inputs a parser",
            &["setup"],
            Work::fuzz,
        )
    },
];

/// What stages hand on to later ones.
pub(super) struct Work {
    places: Places,
    long: bool,
    programs: Vec<Program>,
    page: Option<PathBuf>,
}

impl Work {
    pub(super) fn new(places: Places, long: bool) -> Self {
        Self {
            places,
            long,
            programs: Vec::new(),
            page: None,
        }
    }

    fn setup(&mut self) -> Result<Counts> {
        let purpose = if self.long {
            Purpose::LongTest
        } else {
            Purpose::Test
        };
        set_up(&self.places, purpose).map(|()| Counts::default())
    }

    fn format(&mut self) -> Result<Counts> {
        let mut cargo = self.places.native_cargo();
        run(
            cargo.args(["fmt", "--all", "--check"]),
            "`cargo fmt` mends it.",
        )
        .map(|()| Counts::default())
    }

    fn clippy(&mut self) -> Result<Counts> {
        let mut cargo = self.places.native_cargo();
        cargo
            .args(["clippy", "--release", "--workspace", "--all-targets"])
            .args(Places::NATIVE_FEATURES)
            .args(["--", "-D", "warnings"]);
        run(&mut cargo, "The warnings stand above.").map(|()| Counts::default())
    }

    /// The app alone is named: its dependencies in the workspace are checked with it, with the
    /// features that the page gives them.
    fn clippy_wasm(&mut self) -> Result<Counts> {
        let mut cargo = self.wasm("cargo")?;
        cargo
            .args(["clippy", "--release", "--target", wasm_std::TARGET])
            .args([
                "--package",
                "glioscope-app",
                "--features",
                "faults,threads",
                "--lib",
                "--bins",
            ])
            .args(["--", "-D", "warnings"]);
        run(&mut cargo, "The warnings stand above.").map(|()| Counts::default())
    }

    fn build(&mut self) -> Result<Counts> {
        self.programs = programs::build(&self.places)?;
        Ok(Counts::default())
    }

    fn native(&mut self) -> Result<Counts> {
        self.run_programs(Side::Native, &[])
    }

    fn doc(&mut self) -> Result<Counts> {
        let mut cargo = self.places.native_cargo();
        counted(
            cargo
                .args(["test", "--release", "--workspace"])
                .args(Places::NATIVE_FEATURES)
                .args(["--doc", "--no-fail-fast"]),
        )
    }

    fn page(&mut self) -> Result<Counts> {
        self.page = Some(page::build(&self.places, Flavour::Faults)?);
        Ok(Counts::default())
    }

    fn parity_web(&mut self) -> Result<Counts> {
        self.run_parity_web(&[])
    }

    fn browser(&mut self) -> Result<Counts> {
        self.run_programs(Side::Browser, &[])
    }

    fn ignored(&mut self) -> Result<Counts> {
        let mut counts = self.run_programs(Side::Native, &["--ignored"])?;
        // This runner's `--ignored` chooses them and then leaves them out.
        counts += self.run_parity_web(&["--include-ignored", "at_full_size"])?;
        counts += self.run_programs(Side::Browser, &["--ignored"])?;
        Ok(counts)
    }

    fn fuzz(&mut self) -> Result<Counts> {
        super::fuzz::run_all(&self.places)
    }

    fn wasm(&self, program: &str) -> Result<std::process::Command> {
        Ok(self
            .places
            .wasm_command(program, wasm_std::WasmToolchain::require(&self.places)?))
    }

    /// Runs every test program of one side to its end; a program that dies counts as one failure.
    fn run_programs(&self, side: Side, arguments: &[&str]) -> Result<Counts> {
        let browser_tests = self.places.root.join("tests");
        let mut counts = Counts::default();
        for program in self.programs.iter().filter(|program| program.is_test) {
            if (program.folder == browser_tests) != (side == Side::Browser) {
                continue;
            }
            println!("  {}", program.title);
            let mut command = program.command(&self.places);
            command.args(arguments);
            if let Some(driver) = lavapipe::driver_file() {
                command.env("VK_DRIVER_FILES", driver);
            }
            if side == Side::Browser {
                self.give_browser(&mut command)?;
            }
            match counted(&mut command) {
                Ok(found) => counts += found,
                Err(error) => {
                    println!("FAILED {}: {error:#}", program.title);
                    counts += Counts {
                        failed: 1,
                        ..Counts::default()
                    };
                }
            }
        }
        Ok(counts)
    }

    /// Tells a browser test what to use.
    fn give_browser(&self, command: &mut std::process::Command) -> Result<()> {
        let browser = browser::find(&self.places).map_err(anyhow::Error::msg)?;
        let mts = self
            .programs
            .iter()
            .find(|program| program.target == "mts" && !program.is_test);
        command
            .env(
                "GLIOSCOPE_DIST",
                self.page.as_ref().context("the page stage ran before")?,
            )
            .env("GLIOSCOPE_CHROMIUM", browser.chromium)
            .env("GLIOSCOPE_CHROMEDRIVER", browser.chromedriver);
        if let Some(mts) = mts {
            command.env("GLIOSCOPE_MTS", &mts.executable);
        }
        Ok(())
    }

    fn run_parity_web(&self, arguments: &[&str]) -> Result<Counts> {
        counted(wasm_test::command(&self.places, "parity_web")?.args(arguments))
    }
}

/// Which test programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Native,
    Browser,
}
