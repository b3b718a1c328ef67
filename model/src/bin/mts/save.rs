//! Writing what was trained as a bundle.

use std::fs;
use std::path::Path;

use mts_unet::bundle::{self, Manifest, Storage};
use mts_unet::training::Weights;

use crate::{Failure, file_failure};

/// A bundle of these weights, at half the bytes.
pub(crate) fn bundle(manifest: Manifest, weights: Weights, path: &Path) -> Result<(), Failure> {
    let tensors = weights.into_iter();
    let tensors = tensors.map(|(name, (shape, values))| (name, shape, values));
    let bytes = bundle::write(manifest, tensors.collect(), Storage::F16)?;
    fs::write(path, bytes).map_err(|error| file_failure("write", &error, path))
}
