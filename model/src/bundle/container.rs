//! The safetensors container: a length, a JSON header, the tensors' bytes.
//!
//! The crate's own `SafeTensors::deserialize` adds the header's length to the last offset without
//! a check, so that a hostile header makes it overflow. Here the bytes are measured first and only
//! the header's own parser, whose arithmetic is checked, comes from the crate.

use std::collections::BTreeMap;
use std::ops::Range;

use safetensors::Dtype;
use safetensors::tensor::Metadata;

use super::BundleError;
use super::error::clip;
use super::source::Source;
use super::storage::Storage;

/// The longest header that is read. A full-size network's takes 30 KiB.
pub(super) const MAX_HEADER_BYTES: u64 = 8 << 20;

/// Bytes of the length that a file begins with.
pub(super) const LENGTH_BYTES: usize = 8;

/// Where everything in a file is.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// Free-text metadata.
    pub(super) metadata: BTreeMap<String, String>,
    /// Tensors by name.
    pub(super) tensors: BTreeMap<String, Entry>,
}

/// One tensor of a file.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) shape: Vec<usize>,
    pub(super) storage: Storage,
    /// Its bytes, counted from the file's first; they lie within the file.
    pub(super) bytes: Range<usize>,
}

/// The header of any safetensors file, and where its tensors' bytes begin. Every tensor's range lies
/// within the file.
pub(crate) fn frame(file: &(impl Source + ?Sized)) -> Result<(Metadata, usize), BundleError> {
    let found = file.length();
    let truncated = |expected: u64| BundleError::Truncated {
        expected,
        found: found as u64,
    };
    let start = file.part(0..found.min(LENGTH_BYTES + 1));
    let Some((length, rest)) = start.split_first_chunk::<LENGTH_BYTES>() else {
        return Err(truncated(LENGTH_BYTES as u64));
    };
    let length = u64::from_le_bytes(*length);
    if length > MAX_HEADER_BYTES {
        return Err(BundleError::HeaderTooLarge {
            found: length,
            limit: MAX_HEADER_BYTES,
        });
    }
    if rest.first().is_some_and(|&byte| byte != b'{') {
        // Other formats begin with small numbers, too; they should not be told that they are cut.
        return Err(BundleError::NotSafetensors(
            "its header does not begin with {".into(),
        ));
    }
    let header_end = LENGTH_BYTES + length as usize;
    if found < header_end {
        return Err(truncated(header_end as u64));
    }
    let header: Metadata = serde_json::from_slice(&file.part(LENGTH_BYTES..header_end))
        .map_err(|error| BundleError::NotSafetensors(clip(&error.to_string())))?;

    let expected = (header_end as u64).saturating_add(header.data_len() as u64);
    let found = found as u64;
    if found < expected {
        return Err(truncated(expected));
    }
    if found > expected {
        return Err(BundleError::TrailingBytes { expected, found });
    }
    Ok((header, header_end))
}

/// Finds everything in `file`, without reading a tensor.
pub(super) fn parse(file: &(impl Source + ?Sized)) -> Result<Layout, BundleError> {
    let (header, start) = frame(file)?;
    let mut tensors = BTreeMap::new();
    for name in header.offset_keys() {
        let Some(info) = header.info(&name) else {
            continue;
        };
        let storage = match info.dtype {
            Dtype::F16 => Storage::F16,
            Dtype::F32 => Storage::F32,
            other => {
                return Err(BundleError::TensorType {
                    name: clip(&name),
                    found: format!("{other:?}"),
                });
            }
        };
        let (from, to) = info.data_offsets;
        let entry = Entry {
            shape: info.shape.clone(),
            storage,
            bytes: start + from..start + to,
        };
        tensors.insert(name, entry);
    }
    let metadata = header
        .metadata()
        .clone()
        .unwrap_or_default()
        .into_iter()
        .collect();
    Ok(Layout { metadata, tensors })
}
