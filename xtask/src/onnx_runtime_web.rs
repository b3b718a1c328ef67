//! ONNX Runtime Web from npm, for `bench --peer`: kept packed in the cache, its digest compared each
//! time before anything is unpacked, since its code runs on this machine.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha512};

use crate::{needs::empty_folder, places::Places, shell::run};

const VERSION: &str = "1.30.0";

/// SHA-512 of the package. `npm view onnxruntime-web@1.30.0 dist.integrity` says the same in base64.
const SHA512: &str = "ab4cbe26baedba45d2cec05610c71c55fa97db92d19a8b171c5f8269126683ca\
                      590a5cdc57bb2f35ce2b298de32f4d956fb42644c0ecd528a0a91e025c07ca61";

/// All that its wasm backend needs, without the builds for other backends.
const FILES: [&str; 3] = [
    "ort.wasm.min.mjs",
    "ort-wasm-simd-threaded.mjs",
    "ort-wasm-simd-threaded.wasm",
];

/// Puts its files into `folder`.
///
/// # Errors
/// No npm, no registry, another package than the one known here, or no `tar`.
pub(crate) fn unpack_into(folder: &Path, places: &Places) -> Result<()> {
    let package = places.npm().join(format!("onnxruntime-web-{VERSION}.tgz"));
    if !package.is_file() {
        fetch(places, &package)?;
    }
    check(&package)?;
    let mut tar = places.command("tar");
    tar.arg("-xzf").arg(&package).arg("-C").arg(folder);
    tar.arg("--strip-components=2");
    tar.args(FILES.map(|file| format!("package/dist/{file}")));
    run(&mut tar, "It needs `tar` on PATH.")
}

/// Packed in a folder of its own and moved, so that an interrupted run leaves no half a file.
fn fetch(places: &Places, package: &Path) -> Result<()> {
    let folder = empty_folder(places, "onnxruntime-web")?;
    let mut npm = places.command("npm");
    // It would list the package's 509 files.
    npm.args(["--loglevel=error", "pack", "--ignore-scripts"])
        .arg("--pack-destination")
        .arg(&folder)
        .arg(format!("onnxruntime-web@{VERSION}"));
    run(&mut npm, "It needs node with npm, and the npm registry.")?;
    let packed: PathBuf = folder.join(package.file_name().context("the package has a name")?);
    fs::create_dir_all(places.npm())?;
    fs::rename(&packed, package).with_context(|| format!("keeping {}", packed.display()))
}

fn check(package: &Path) -> Result<()> {
    let bytes = fs::read(package).with_context(|| format!("reading {}", package.display()))?;
    let digest: String = Sha512::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    ensure!(
        digest == SHA512,
        "{} is not onnxruntime-web {VERSION} as it was published: its SHA-512 is {digest}. Nothing was \
         unpacked. Delete the file and try again; if that does not help, the registry sends something else.",
        package.display()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_package_is_refused_before_it_is_unpacked() {
        let root = std::env::temp_dir().join(format!("xtask-ort-{}", std::process::id()));
        let places = Places {
            root: root.clone(),
            cache: root.join("cache"),
        };
        let folder = root.join("out");
        fs::create_dir_all(&folder).unwrap();
        fs::create_dir_all(places.npm()).unwrap();
        let package = places.npm().join("onnxruntime-web-1.30.0.tgz");
        fs::write(package, "not what was published").unwrap();
        let refusal = unpack_into(&folder, &places).unwrap_err().to_string();
        assert!(refusal.contains("Nothing was unpacked"), "{refusal}");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        fs::remove_dir_all(root).unwrap();
    }
}
