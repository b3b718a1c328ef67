//! What the project needs from a machine, one file a need: how to see that it is there, and how
//! to put it there. `setup` walks the list, `doctor` only looks.

pub mod apt;
pub mod browser;
pub mod cargo_tools;
pub mod debian;
pub mod lavapipe;
pub mod lints;
pub mod std_source;
pub mod swiftshader;
pub mod wasm_opt;
pub mod wasm_std;

use anyhow::{Context, Result, bail};

use crate::{claim::claim, places::Places};

/// What a look at the machine found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is there; the words say which version or where.
    There(String),
    /// It is absent or unfit; the words say what was found.
    Missing(String),
}

/// Whether work can go on without a need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Nothing works without it.
    Required,
    /// Some tests say that they were skipped.
    Optional,
}

/// For what the machine is prepared; each holds the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Building and serving the page.
    Page,
    /// `cargo xtask test`.
    Test,
    /// `cargo xtask test --long`.
    LongTest,
}

/// One thing that the machine must have.
pub trait Need {
    /// Its name in tables.
    fn name(&self) -> &'static str;
    /// The first purpose that needs it.
    fn purpose(&self) -> Purpose;
    /// Whether its absence stops the work.
    fn weight(&self) -> Weight {
        Weight::Required
    }
    /// Looks by running it, never by asking whether it was once installed.
    fn look(&self, places: &Places) -> State;
    /// What `install` would do, in a few words.
    fn plan(&self, places: &Places) -> String;
    /// Puts it there.
    ///
    /// # Errors
    /// The machine refuses; the message says what a person can do.
    fn install(&self, places: &Places) -> Result<()>;
}

/// Everything needed up to `purpose`, in the order of installation.
#[must_use]
pub fn needs_for(purpose: Purpose) -> Vec<Box<dyn Need>> {
    let all: Vec<Box<dyn Need>> = vec![
        Box::new(lints::Lints),
        Box::new(wasm_std::WasmStd),
        Box::new(std_source::StdSource),
        Box::new(cargo_tools::WASM_BINDGEN),
        Box::new(cargo_tools::TRUNK),
        Box::new(wasm_opt::WasmOpt),
        Box::new(browser::Browser),
        Box::new(lavapipe::Lavapipe),
        Box::new(cargo_tools::CARGO_FUZZ),
    ];
    all.into_iter()
        .filter(|need| need.purpose() <= purpose)
        .collect()
}

/// Puts everything for `purpose` there, skipping what is.
///
/// # Errors
/// The first required need that cannot be met, with the mend.
pub fn set_up(places: &Places, purpose: Purpose) -> Result<()> {
    println!("Set-up (cache: {})", places.cache.display());
    for need in needs_for(purpose) {
        let name = need.name();
        match need.look(places) {
            State::There(found) => println!("  {name}: there, {found}"),
            State::Missing(found) => {
                println!("  {name}: {found}; {}", need.plan(places));
                match (meet(need.as_ref(), places), need.weight()) {
                    (Ok(found), _) => println!("  {name}: done, {found}"),
                    (Err(error), Weight::Required) => {
                        return Err(error.context(format!("set-up of {name}")));
                    }
                    (Err(error), Weight::Optional) => {
                        println!("  {name}: going on without: {error:#}");
                    }
                }
            }
        }
    }
    claim(places)
}

fn meet(need: &dyn Need, places: &Places) -> Result<String> {
    need.install(places)?;
    match need.look(places) {
        State::There(found) => Ok(found),
        State::Missing(found) => bail!("installed, yet {found}"),
    }
}

/// Creates an empty folder for a step's scratch work, removing what an earlier run left.
pub(crate) fn empty_folder(places: &Places, name: &str) -> Result<std::path::PathBuf> {
    let folder = places.cache.join("scratch").join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)
            .with_context(|| format!("emptying {}", folder.display()))?;
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    Ok(folder)
}
