//! Scans and bundles from files.

use std::io::Read;
use std::path::Path;

use imaging::{Series, nifti};
use mts_unet::bundle::Bundle;

use crate::{Failure, file_failure};

/// A scan: `.nii`, `.nii.gz`, or the `.hdr` or `.img` of a pair, whose other half lies beside it.
pub(crate) fn open(path: &Path) -> Result<Series, Failure> {
    let bytes = read(path)?;
    let series = match nifti::kind(&bytes) {
        nifti::Kind::PairHeader => nifti::read_pair(&bytes, &read(&other_half(path))?),
        _ if name(path).contains(".img") => nifti::read_pair(&read(&other_half(path))?, &bytes),
        _ => nifti::read(&bytes),
    };
    series.map_err(|error| Failure {
        what: format!("{error}: {}", path.display()),
        mend: error.mend().into(),
        code: 1,
    })
}

/// Voxels along x, y, z, by the first bytes of a scan's header; nothing where they say none, which
/// [`open`] tells better.
pub(crate) fn dims(path: &Path) -> Option<[usize; 3]> {
    let header = match name(path).contains(".img") {
        true => other_half(path),
        false => path.to_owned(),
    };
    let mut beginning = Vec::new();
    let file = std::fs::File::open(header).ok()?;
    file.take(nifti::PEEK_BYTES as u64)
        .read_to_end(&mut beginning)
        .ok()?;
    Some(nifti::peek(&beginning).ok()?.dims)
}

/// A bundle.
pub(crate) fn bundle(path: &Path) -> Result<Bundle, Failure> {
    Bundle::read(read(path)?).map_err(|error| {
        let mut failure = Failure::from(error);
        failure.what = format!("{}: {}", failure.what, path.display());
        failure
    })
}

/// A file's bytes.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| file_failure("read", &error, path))
}

fn name(path: &Path) -> String {
    path.file_name()
        .map(|n| n.to_string_lossy().to_lowercase())
        .unwrap_or_default()
}

/// `a.hdr.gz` beside `a.img.gz`, or without `.gz` where that is what lies there.
fn other_half(path: &Path) -> std::path::PathBuf {
    let own = name(path);
    let (from, to) = if own.contains(".img") {
        (".img", ".hdr")
    } else {
        (".hdr", ".img")
    };
    let stem_end = own.rfind(from).unwrap_or(own.len());
    let stem: String = path
        .file_name()
        .map(|n| n.to_string_lossy().chars().take(stem_end).collect())
        .unwrap_or_default();
    let beside = |end: &str| path.with_file_name(format!("{stem}{to}{end}"));
    if beside(".gz").exists() {
        beside(".gz")
    } else {
        beside("")
    }
}
