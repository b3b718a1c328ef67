//! The wasm32 standard library where rustup reaches nothing: Debian ships a compiler with its
//! library's source, vendored crates included, and from that the library is built once.
//!
//! Each step looks before it acts, so an interrupted run goes on where it stopped, and an
//! upgraded compiler gets its library anew.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};

use super::{
    apt, empty_folder,
    wasm_std::{TARGET, WasmToolchain},
};
use crate::{
    places::Places,
    shell::{look, run},
};

/// The name under which Debian's compiler is linked into rustup.
pub const TOOLCHAIN: &str = "debian";

const PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy"];

/// Installs the packages, links the toolchain and its linker, builds the library.
///
/// # Errors
/// A step fails; the message holds the mend.
pub fn install(places: &Places) -> Result<()> {
    if !packages_are_there(places) {
        apt::install(&PACKAGES).with_context(|| {
            format!("the other way to a {TARGET} standard library is `rustup target add {TARGET}`, with a network that reaches it")
        })?;
    }
    if rustc(places, &["--version"]).is_none() {
        run(
            places
                .command("rustup")
                .args(["toolchain", "link", TOOLCHAIN, "/usr"]),
            "Debian's compiler is used through rustup: install rustup.",
        )?;
    }
    link_the_linker(places)?;
    if !WasmToolchain::Debian.compiles(places) {
        build_std(places)?;
    }
    Ok(())
}

fn packages_are_there(places: &Places) -> bool {
    let usr = Path::new("/usr/bin");
    let source = Path::new("/usr/lib/rustlib/src/rust/library/std/Cargo.toml");
    ["rustc", "cargo", "cargo-clippy", "clippy-driver"]
        .iter()
        .all(|program| {
            look(
                places
                    .command(&usr.join(program).to_string_lossy())
                    .arg("--version"),
            )
            .is_some()
        })
        && source.exists()
}

fn rustc(places: &Places, question: &[&str]) -> Option<String> {
    look(
        places
            .command("rustc")
            .env("RUSTUP_TOOLCHAIN", TOOLCHAIN)
            .args(question),
    )
}

/// Debian's compiler brings no linker for wasm; the other toolchain's is the same program.
fn link_the_linker(places: &Places) -> Result<()> {
    let host = rustc(places, &["-vV"])
        .and_then(|words| {
            Some(
                words
                    .lines()
                    .find_map(|line| line.strip_prefix("host: "))?
                    .to_owned(),
            )
        })
        .context("Debian's rustc does not name its host. Reinstall the package rustc-web.")?;
    let linker_in = |sysroot: &str| -> PathBuf {
        [sysroot, "lib/rustlib", &host, "bin/rust-lld"]
            .iter()
            .collect()
    };
    let theirs = linker_in(
        &rustc(places, &["--print", "sysroot"]).context("Debian's rustc has no sysroot")?,
    );
    if look(
        places
            .command(&theirs.to_string_lossy())
            .args(["-flavor", "wasm", "--version"]),
    )
    .is_some()
    {
        return Ok(());
    }
    let ours = linker_in(
        &look(places.command("rustc").args(["--print", "sysroot"]))
            .context("rustc has no sysroot")?,
    );
    ensure!(
        ours.exists(),
        "the ordinary toolchain has no rust-lld. Install it by rustup."
    );
    let mend = "The folder must be writable.";
    let folder = theirs.parent().context("a linker lies in a folder")?;
    run(apt::as_root("mkdir").arg("-p").arg(folder), mend)?;
    run(apt::as_root("ln").arg("-sf").arg(ours).arg(theirs), mend)
}

/// About a minute on two cores.
fn build_std(places: &Places) -> Result<()> {
    let folder = empty_folder(places, "wasm-std")?;
    fs::create_dir(folder.join("src"))?;
    fs::write(folder.join("src/lib.rs"), "")?;
    fs::write(
        folder.join("Cargo.toml"),
        "[package]\nname = \"empty\"\nedition = \"2024\"\n[workspace]\n",
    )?;
    let mut cargo = places.wasm_command("cargo", WasmToolchain::Debian);
    cargo
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        // A distributed compiler takes `-Z` only so; it is what `build-std` needs.
        .env("RUSTC_BOOTSTRAP", "1")
        // Without bitcode an LTO build against this library stops.
        .env("RUSTFLAGS", "-C embed-bitcode=yes")
        .args([
            "build",
            "-Z",
            // Tests in the browser link `test`.
            "build-std=std,panic_abort,test",
            "--release",
            "--target",
            TARGET,
        ]);
    run(
        &mut cargo,
        "It needs the registry for the library's few dependencies.",
    )?;

    let library = rustc(places, &["--print", "target-libdir", "--target", TARGET])
        .context("Debian's rustc does not say where its libraries lie")?;
    let built = built_libraries(&folder.join("target").join(TARGET).join("release/deps"))?;
    let mend = "The folder must be writable.";
    // Two builds of one crate side by side are an error at the first use.
    run(apt::as_root("rm").arg("-rf").arg(&library), mend)?;
    run(apt::as_root("mkdir").arg("-p").arg(&library), mend)?;
    run(apt::as_root("cp").args(built).arg(&library), mend)?;

    // What was compiled against an older library links no more.
    let stale = places.wasm_target().join(TARGET);
    if stale.exists() {
        fs::remove_dir_all(&stale).with_context(|| format!("removing {}", stale.display()))?;
    }
    fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))
}

fn built_libraries(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut libraries = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libempty-") {
            libraries.push(path);
        }
    }
    if libraries.is_empty() {
        bail!("the build of std left no library in {}", folder.display());
    }
    Ok(libraries)
}
