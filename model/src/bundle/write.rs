//! Writing a bundle. The same input gives the same bytes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::container::{LENGTH_BYTES, MAX_HEADER_BYTES};
use super::storage::{TensorsDigest, first_not_finite, sha256};
use super::{BundleError, MANIFEST_KEY, MANIFEST_SHA256_KEY, Manifest, Storage, layout};

/// A bundle's bytes, from its manifest and its tensors: MONAI's name, torch's shape, values in C
/// order. Fills in `tensors_sha256`. Every tensor that the manifest's network needs must be there,
/// and no other.
///
/// # Errors
/// As [`Bundle::read`](super::Bundle::read) would refuse the result; a value too large for
/// [`Storage::F16`] is refused, too.
pub fn write(
    mut manifest: Manifest,
    tensors: Vec<(String, Vec<usize>, Vec<f32>)>,
    storage: Storage,
) -> Result<Vec<u8>, BundleError> {
    manifest.check()?;
    let mut sorted = BTreeMap::new();
    for (name, shape, values) in tensors {
        if values.len() != shape.iter().product::<usize>() {
            return Err(BundleError::TensorShape {
                name,
                found: vec![values.len()],
                expected: shape,
            });
        }
        sorted.insert(name, (shape, values));
    }
    layout::check(
        &manifest.network,
        sorted
            .iter()
            .map(|(name, (shape, _))| (name.as_str(), shape.as_slice())),
    )?;

    let count: usize = sorted.values().map(|(_, values)| values.len()).sum();
    let mut data = Vec::with_capacity(count * storage.size());
    let mut header = Map::new();
    let mut digest = TensorsDigest::default();
    for (name, (shape, values)) in sorted {
        let start = data.len();
        storage.encode(&values, &mut data);
        if let Some((element, value)) = first_not_finite(storage.numbers(&data[start..])) {
            return Err(BundleError::NotFinite {
                name,
                element,
                value,
            });
        }
        digest.tensor(&name, &shape, storage);
        digest.bytes(&data[start..]);
        let entry =
            json!({ "dtype": storage.name(), "shape": shape, "data_offsets": [start, data.len()] });
        header.insert(name, entry);
    }
    manifest.tensors_sha256 = digest.finish();

    let unwritable = |error: serde_json::Error| BundleError::Manifest(error.to_string());
    let document = serde_json::to_string(&manifest).map_err(unwritable)?;
    let metadata =
        json!({ MANIFEST_SHA256_KEY: sha256(document.as_bytes()), MANIFEST_KEY: document });
    header.insert("__metadata__".into(), metadata);
    assemble(&Value::Object(header), data)
}

/// Length, header and data in one buffer. The header is padded with spaces so that the data begin
/// at a multiple of 8, as the format advises.
fn assemble(header: &Value, mut data: Vec<u8>) -> Result<Vec<u8>, BundleError> {
    let mut header = header.to_string().into_bytes();
    header.resize(header.len().next_multiple_of(LENGTH_BYTES), b' ');
    let length = header.len() as u64;
    if length > MAX_HEADER_BYTES {
        return Err(BundleError::HeaderTooLarge {
            found: length,
            limit: MAX_HEADER_BYTES,
        });
    }
    data.splice(0..0, length.to_le_bytes().into_iter().chain(header));
    Ok(data)
}
