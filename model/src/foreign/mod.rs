//! Foreign checkpoints: a Swin UNETR that others trained, as PyTorch or safetensors wrote it, made
//! into a bundle.
//!
//! The reader of `.pt` is our own, small and strict. Burn's moved out of `burn-store` into the crate
//! `pytorch-reader`, which would be a new dependency with `zip` and `tar` in its wake, for archives
//! that torch never compresses. Nothing is unpickled in Python's sense: the pickle's few operations
//! that make tensors and plain values are carried out as data, and whatever else it asks for is
//! refused by name.
//!
//! Works on bytes alone, natively and on wasm32. Tensors stay in the file's bytes until their
//! numbers are asked for, so that the file is in memory once.

mod architecture;
mod convert;
mod error;
mod names;
mod pickle;
mod safetensors;
mod state_dict;
mod tensor;
mod torch;
mod trial;
mod zip;

use std::collections::BTreeMap;

pub use crate::foreign_kind::{Kind, Merging, NoOrder, Order, Told, UnknownKind, UnknownMerging};
pub use crate::foreign_trial::{Trial, Tried};
pub use convert::{Conversion, Words, convert};
pub use error::ForeignError;
use tensor::RawTensor;
pub use trial::KnownTumour;

/// The tensors of a checkpoint, by the names that it gives them.
#[derive(Clone, Debug)]
pub struct Checkpoint<'a> {
    tensors: BTreeMap<String, RawTensor<'a>>,
}

impl<'a> Checkpoint<'a> {
    /// Finds the tensors in `file`: safetensors, or what `torch.save` has written since PyTorch 1.6.
    /// Of a dictionary with more in it, the network's. Checksums are verified.
    ///
    /// # Errors
    /// If it is another file, a damaged one, or one that asks for more than tensors and plain values.
    pub fn read(file: &'a [u8]) -> Result<Self, ForeignError> {
        let tensors = if zip::begins(file) {
            torch::read(file)?
        } else if torch::is_legacy(file) {
            return Err(ForeignError::Legacy);
        } else if torch::is_list_of_shards(file) {
            return Err(ForeignError::Shard("the list that lies beside them"));
        } else {
            safetensors::read(file)?
        };
        Ok(Self { tensors })
    }

    /// Names and shapes of the tensors, in order of name.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &[usize])> {
        self.tensors
            .iter()
            .map(|(name, tensor)| (name.as_str(), tensor.shape()))
    }

    /// The numbers of the tensor `name`, in C order of its shape.
    ///
    /// # Errors
    /// If there is none of this name, or its numbers are whole ones.
    pub fn values(&self, name: &str) -> Result<Vec<f32>, ForeignError> {
        let tensor = self.tensors.get(name);
        let tensor = tensor.ok_or_else(|| ForeignError::tensor(name, "it is missing"))?;
        tensor.values(name)
    }
}
