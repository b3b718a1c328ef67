//! A bundle: one safetensors file with a network's weights and, in its metadata, everything else
//! that inference must know, so that nothing about a model stands in code.
//!
//! Any safetensors tool opens it. Two keys of its metadata are ours: [`MANIFEST_KEY`] holds the
//! [`Manifest`] as JSON, [`MANIFEST_SHA256_KEY`] the SHA-256 of that text. The manifest in turn
//! holds the digest of the tensors, so that no byte that matters can change unnoticed. This guards
//! against damage, not against malice: whoever writes a bundle can write its digests.

mod container;
mod error;
mod layout;
mod manifest;
mod source;
mod storage;
mod write;

use burn::tensor::Device;

pub use crate::card::{Card, Dice, Measured, TrainingData};
pub use crate::intake::Normalisation;
use container::Layout;
pub(crate) use container::frame as safetensors_frame;
pub use error::BundleError;
pub(crate) use error::clip;
pub use manifest::{FORMAT, LEAST_SURE, Manifest, SEGMENTATION, VERSION};
pub use source::Source;
pub use storage::Storage;
pub(crate) use storage::sha256;
use storage::{TensorsDigest, first_not_finite};
pub use write::write;

use crate::ModelError;
use crate::network::{Heads, MtsUnet};
use crate::parameters::{self, ParameterSource};
use crate::report::BundleIdentity;

/// The metadata key of the manifest.
pub const MANIFEST_KEY: &str = "mts_bundle";

/// The metadata key of the manifest's SHA-256, hexadecimal.
pub const MANIFEST_SHA256_KEY: &str = "mts_bundle_sha256";

/// What the names of the heads' tensors begin with.
const HEADS: &str = "heads.";

/// A bundle that was found whole, unaltered and fitting its network.
///
/// Owns the file, in memory or elsewhere; a tensor is read and converted when it is asked for, so that the
/// weights are never in memory twice.
#[derive(Clone, Debug)]
pub struct Bundle<S = Vec<u8>> {
    file: S,
    layout: Layout,
    manifest: Manifest,
}

/// What a tensor of a bundle is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TensorInfo<'a> {
    /// MONAI's name, such as `swinViT.patch_embed.proj.weight`.
    pub name: &'a str,
    /// Torch's shape.
    pub shape: &'a [usize],
    /// The type it is stored in.
    pub storage: Storage,
}

impl<S: Source> Bundle<S> {
    /// Reads and checks a bundle's bytes: the container, the manifest, that the tensors are those
    /// of its network, and their digest.
    ///
    /// Needs no more memory than `file`, its header and a piece of a megabyte, whatever the header claims.
    ///
    /// # Errors
    /// The first thing that is wrong, with where.
    pub fn read(file: S) -> Result<Self, BundleError> {
        let layout = container::parse(&file)?;
        let text = layout
            .metadata
            .get(MANIFEST_KEY)
            .ok_or(BundleError::NoManifest(MANIFEST_KEY))?;
        let expected = layout.metadata.get(MANIFEST_SHA256_KEY);
        let expected = expected.ok_or(BundleError::NoManifest(MANIFEST_SHA256_KEY))?;
        let found = sha256(text.as_bytes());
        if *expected != found {
            return Err(BundleError::ManifestAltered {
                expected: clip(expected),
                found,
            });
        }
        let manifest = Manifest::parse(text)?;
        let shapes = layout
            .tensors
            .iter()
            .map(|(name, entry)| (name.as_str(), entry.shape.as_slice()));
        layout::check(&manifest.network, shapes)?;

        let bundle = Self {
            file,
            layout,
            manifest,
        };
        bundle.check_tensors()?;
        Ok(bundle)
    }

    /// Everything about the model but its weights.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The network with its weights, on `device`.
    ///
    /// # Errors
    /// If the device refuses; that everything fits was checked when the bundle was read.
    pub fn network(&self, device: &Device) -> Result<MtsUnet, ModelError> {
        let network = self.manifest.network.init(device)?;
        parameters::fill(network, &mut { self })
    }

    /// Its heads alone, on the CPU.
    ///
    /// # Errors
    /// As [`Self::network`].
    pub fn heads(&self) -> Result<Heads, ModelError> {
        let heads = Heads::new(&self.manifest.network, &Device::flex());
        let mut source = |name: &str, shape: &[usize]| {
            (&mut { self }).parameter(&format!("{HEADS}{name}"), shape)
        };
        parameters::fill(heads, &mut source)
    }

    /// Shapes and values of its tensors, to go on training from.
    ///
    /// # Errors
    /// Never for a bundle that was read.
    #[cfg(feature = "train")]
    pub fn weights(&self) -> Result<crate::training::Weights, ModelError> {
        let tensors = self.tensors().map(|tensor| {
            let values = (&mut { self }).parameter(tensor.name, tensor.shape)?;
            Ok((tensor.name.to_owned(), (tensor.shape.to_vec(), values)))
        });
        tensors.collect()
    }

    /// What a report says about the bundle that answered.
    #[must_use]
    pub fn identity(&self) -> BundleIdentity {
        BundleIdentity {
            name: self.manifest.name.clone(),
            sha256: self.manifest.tensors_sha256.clone(),
            trained: self.manifest.card.trained,
            licence: self.manifest.card.licence.clone(),
        }
    }

    /// Its tensors, in order of name.
    pub fn tensors(&self) -> impl Iterator<Item = TensorInfo<'_>> {
        self.layout.tensors.iter().map(|(name, entry)| TensorInfo {
            name,
            shape: &entry.shape,
            storage: entry.storage,
        })
    }

    /// Size of the file.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.file.length()
    }

    /// The file again.
    #[must_use]
    pub fn into_file(self) -> S {
        self.file
    }

    fn check_tensors(&self) -> Result<(), BundleError> {
        let mut digest = TensorsDigest::default();
        let mut not_finite = None;
        for (name, entry) in &self.layout.tensors {
            digest.tensor(name, &entry.shape, entry.storage);
            let mut before = 0;
            for piece in self.file.pieces(entry.bytes.clone()) {
                digest.bytes(&piece);
                let found = first_not_finite(entry.storage.numbers(&piece));
                if let (None, Some((element, value))) = (&not_finite, found) {
                    not_finite = Some(BundleError::NotFinite {
                        name: clip(name),
                        element: before + element,
                        value,
                    });
                }
                before += piece.len() / entry.storage.size();
            }
        }
        let (expected, found) = (&self.manifest.tensors_sha256, digest.finish());
        if *expected != found {
            return Err(BundleError::TensorsAltered {
                expected: clip(expected),
                found,
            });
        }
        not_finite.map_or(Ok(()), Err)
    }
}

impl<S: Source> ParameterSource for &Bundle<S> {
    fn parameter(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let Some(entry) = self.layout.tensors.get(name) else {
            return Err(ModelError::MissingTensor {
                name: name.into(),
                expected: shape.to_vec(),
            });
        };
        if entry.shape != shape {
            let (found, expected) = (entry.shape.clone(), shape.to_vec());
            return Err(ModelError::TensorShape {
                name: name.into(),
                found,
                expected,
            });
        }
        let mut values = Vec::with_capacity(shape.iter().product());
        for piece in self.file.pieces(entry.bytes.clone()) {
            values.extend(entry.storage.numbers(&piece));
        }
        Ok(values)
    }
}
