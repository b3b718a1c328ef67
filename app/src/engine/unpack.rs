//! Archives: their files are unpacked one by one into files of the browser's, which take none of this module's memory.

use std::borrow::Cow;
use std::io::{self, Read};

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, File};
use zip::ZipArchive;
use zip::result::ZipError;

use super::blob::BlobReader;
use crate::folders::Tally;
use crate::pairs;
use crate::user_error::UserError;

/// All files of an archive together; a browser keeps that much.
const MOST_BYTES: u64 = 4 << 30;

/// One file, which is in this module's memory while it is unpacked.
const MOST_BYTES_EACH: u64 = 1 << 30;

/// What archives hold.
pub(crate) struct Unpacked {
    /// From an archive's own name on.
    pub(crate) paths: Vec<String>,
    pub(crate) files: Vec<JsValue>,
    pub(crate) tally: Tally,
}

/// Takes out what may be scans, by their names; in the order of their paths.
///
/// # Errors
/// An archive that is damaged, locked, too large, or compressed in a way that is not read; with the mend.
pub(crate) fn unpack(
    archives: &[JsValue],
    names: &[String],
    mut tally: Tally,
) -> Result<Unpacked, UserError> {
    let mut found = Vec::new();
    let mut bytes = 0;
    for (archive, name) in archives.iter().zip(names) {
        take_out(archive, name, &mut tally, &mut bytes, &mut found)
            .map_err(|why| why.words(name))?;
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let (paths, files) = found.into_iter().unzip();
    Ok(Unpacked {
        paths,
        files,
        tally,
    })
}

fn take_out(
    archive: &JsValue,
    name: &str,
    tally: &mut Tally,
    bytes: &mut u64,
    found: &mut Vec<(String, JsValue)>,
) -> Result<(), Why> {
    let blob: &Blob = archive.dyn_ref().ok_or(Why::Gone)?;
    let reader = BlobReader::new(blob)?;
    let mut archive = ZipArchive::new(reader)?;
    for at in 0..archive.len() {
        if tally.is_full() {
            break;
        }
        let mut entry = archive.by_index(at)?;
        // Archives made on Windows have its slashes.
        let path = format!("{name}/{}", entry.name()?.replace('\\', "/"));
        if entry.is_dir() || !tally.takes(&path) {
            continue;
        }
        let left = MOST_BYTES.saturating_sub(*bytes).min(MOST_BYTES_EACH);
        let mut content = Vec::new();
        // As many as there are, whatever the archive says of its size.
        (&mut entry).take(left + 1).read_to_end(&mut content)?;
        if content.len() as u64 > left {
            return Err(Why::TooLarge);
        }
        *bytes += content.len() as u64;
        let parts = Array::of1(&Uint8Array::from(content.as_slice()));
        drop(content);
        let file = File::new_with_u8_array_sequence(&parts, pairs::split(&path).1)
            .map_err(|_| Why::TooLarge)?;
        found.push((path, file.into()));
    }
    Ok(())
}

enum Why {
    Gone,
    TooLarge,
    Locked,
    Method,
    Damaged(Cow<'static, str>),
}

impl Why {
    fn words(self, name: &str) -> UserError {
        let what = match &self {
            Self::Gone => "The browser could not read this archive any more",
            Self::TooLarge => "This archive is larger than can be unpacked in a tab",
            Self::Locked => "This archive is locked with a password",
            Self::Method => "This archive is compressed in a way that is not read here",
            Self::Damaged(_) => "This archive is damaged",
        };
        let mend = match &self {
            Self::Gone => "Was it moved or changed? Add it again.",
            Self::Damaged(_) => "Copy or download it again, or unpack it and drop the folder.",
            _ => "Unpack it on this machine and drop the folder.",
        };
        let error = UserError::new(format!("{what}: {name}"), mend);
        match self {
            Self::Damaged(details) => error.with("archive", details),
            _ => error,
        }
    }
}

impl From<io::Error> for Why {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::Other => Self::Gone,
            _ => Self::Damaged(error.to_string().into()),
        }
    }
}

impl From<ZipError> for Why {
    fn from(error: ZipError) -> Self {
        match error {
            ZipError::Io(error) => error.into(),
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)
            | ZipError::InvalidPassword => Self::Locked,
            ZipError::CompressionMethodNotSupported(_) | ZipError::UnsupportedArchive(_) => {
                Self::Method
            }
            error => Self::Damaged(error.to_string().into()),
        }
    }
}
