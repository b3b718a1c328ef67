//! Brotli files beside the page's own, packed once per content: the engine takes half a minute.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use anyhow::{Context, Result, anyhow};
use brotli::enc::BrotliEncoderParams;
use sha2::{Digest, Sha256};

use crate::places::Places;

/// Sizes of one file in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// The file, as it was.
    pub path: PathBuf,
    /// Its own size.
    pub raw: u64,
    /// The size of the `.br` beside it.
    pub brotli: u64,
}

/// Writes `FILE.br` beside each file and returns the sizes in the order given.
///
/// # Errors
/// A file cannot be read or written.
pub fn pack_all(places: &Places, files: &[PathBuf]) -> Result<Vec<Packed>> {
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut packed = thread::scope(|scope| {
        let work = || -> Result<Vec<(usize, Packed)>> {
            let mut done = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(path) = files.get(index) else {
                    return Ok(done);
                };
                done.push((index, pack(places, path)?));
            }
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut all = Vec::new();
        for worker in workers {
            all.extend(worker.join().map_err(|_| anyhow!("packing panicked"))??);
        }
        anyhow::Ok(all)
    })?;
    packed.sort_by_key(|(index, _)| *index);
    Ok(packed.into_iter().map(|(_, packed)| packed).collect())
}

fn pack(places: &Places, path: &Path) -> Result<Packed> {
    let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let quality = quality_for(path);
    let digest: String = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let kept = places
        .cache
        .join("brotli")
        .join(format!("{digest}-{quality}"));
    let brotli = match fs::read(&kept) {
        Ok(brotli) => brotli,
        Err(_) => {
            let brotli = compress(&bytes, quality)?;
            fs::create_dir_all(places.cache.join("brotli"))?;
            // Renamed into place, so that an interrupted run leaves no half a file under that name.
            let half = kept.with_extension(format!("half-{}", std::process::id()));
            fs::write(&half, &brotli).and_then(|()| fs::rename(&half, &kept))?;
            brotli
        }
    };
    let beside = path.with_added_extension("br");
    fs::write(&beside, &brotli).with_context(|| format!("writing {}", beside.display()))?;
    Ok(Packed {
        path: path.to_owned(),
        raw: bytes.len() as u64,
        brotli: brotli.len() as u64,
    })
}

/// The best there is, but for what is packed already or is noise to a packer, where it only costs
/// time.
fn quality_for(path: &Path) -> i32 {
    let extension = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    match extension.as_str() {
        "gz" | "png" | "jpg" | "webp" | "woff2" | "safetensors" => 5,
        _ => 11,
    }
}

fn compress(bytes: &[u8], quality: i32) -> Result<Vec<u8>> {
    let parameters = BrotliEncoderParams {
        quality,
        lgwin: 24,
        size_hint: bytes.len(),
        ..BrotliEncoderParams::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &parameters).context("packing")?;
    Ok(packed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_files_unpack_to_themselves_the_second_time_too() {
        let root = std::env::temp_dir().join(format!("xtask-pack-{}", std::process::id()));
        let places = Places {
            root: root.clone(),
            cache: root.join("cache"),
        };
        fs::create_dir_all(&root).unwrap();
        let text: Vec<u8> = (0..40_000_u32)
            .flat_map(|i| (i * i % 251).to_le_bytes())
            .collect();
        let files = ["a.js", "b.nii.gz"].map(|name| root.join(name));
        for file in &files {
            fs::write(file, &text).unwrap();
        }
        for _ in 0..2 {
            let packed = pack_all(&places, &files).unwrap();
            assert_eq!([&packed[0].path, &packed[1].path], [&files[0], &files[1]]);
            for one in packed {
                let bytes = fs::read(one.path.with_added_extension("br")).unwrap();
                assert_eq!(
                    (one.raw, one.brotli),
                    (text.len() as u64, bytes.len() as u64)
                );
                assert!(one.brotli < one.raw);
                let mut unpacked = Vec::new();
                brotli::BrotliDecompress(&mut &bytes[..], &mut unpacked).unwrap();
                assert_eq!(unpacked, text);
            }
        }
        fs::remove_dir_all(root).unwrap();
    }
}
