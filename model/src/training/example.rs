//! A case as training sees it: normalised sequences on the network's grid, and what is known of its
//! tumour.

use std::path::Path;

use half::f16;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::prepare::PrepareError;

/// The label of a voxel that is tumour, of an unknown kind.
pub const SOME_TUMOUR: u8 = 4;

/// How much the labels say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// 0 to 3, as on disk everywhere.
    Kinds,
    /// Only where the whole tumour is: 0 and [`SOME_TUMOUR`].
    WholeTumour,
}

/// A case on a grid of `dims` `[x, y, z]` in RAS at the bundle's spacing, z fastest, cropped to the
/// brain.
#[derive(Clone, Debug)]
pub struct Example {
    /// What to call it.
    pub name: String,
    /// Edges in voxels.
    pub dims: [usize; 3],
    /// FLAIR, T1, T1ce, T2: z-scores inside the brain, 0 outside; none where the sequence is absent.
    pub channels: [Option<Vec<f16>>; 4],
    /// Inside the brain or not.
    pub brain: Vec<bool>,
    /// A label a voxel.
    pub labels: Vec<u8>,
    /// What the labels say.
    pub truth: Truth,
}

impl Example {
    /// Voxels that are tumour of any kind.
    #[must_use]
    pub fn tumour(&self) -> Vec<u32> {
        let labels = self.labels.iter().zip(0..);
        labels
            .filter(|(label, _)| **label > 0)
            .map(|(_, at)| at)
            .collect()
    }

    /// Writes it as a safetensors file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), PrepareError> {
        const NAMES: [&str; 4] = ["flair", "t1", "t1ce", "t2"];
        let shape = self.dims.to_vec();
        let brain: Vec<u8> = self.brain.iter().map(|&inside| u8::from(inside)).collect();
        let view = |dtype, bytes| {
            TensorView::new(dtype, shape.clone(), bytes).map_err(|e| PrepareError::cache(path, &e))
        };
        let mut tensors = vec![
            ("brain", view(Dtype::U8, brain.as_slice())?),
            ("labels", view(Dtype::U8, self.labels.as_slice())?),
        ];
        for (name, channel) in NAMES.iter().zip(&self.channels) {
            if let Some(values) = channel {
                tensors.push((name, view(Dtype::F16, bytemuck::cast_slice(values))?));
            }
        }
        let about = [
            ("name".to_owned(), self.name.clone()),
            ("truth".to_owned(), format!("{:?}", self.truth)),
        ];
        safetensors::serialize_to_file(tensors, Some(about.into()), path)
            .map_err(|e| PrepareError::cache(path, &e))
    }

    /// Reads what [`Self::save`] wrote.
    ///
    /// # Errors
    /// The file is missing or not of that form.
    pub fn load(path: &Path) -> Result<Self, PrepareError> {
        let bytes = std::fs::read(path).map_err(|e| PrepareError::cache(path, &e))?;
        let broken = |what: &dyn std::fmt::Display| PrepareError::cache(path, what);
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|e| broken(&e))?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(|e| broken(&e))?;
        let about = header
            .metadata()
            .as_ref()
            .ok_or_else(|| broken(&"no metadata"))?;
        let brain = tensors.tensor("brain").map_err(|e| broken(&e))?;
        let labels = tensors.tensor("labels").map_err(|e| broken(&e))?;
        let dims: [usize; 3] = brain.shape().try_into().map_err(|_| broken(&"not 3-D"))?;
        let channel = |name: &str| {
            let values = tensors.tensor(name).ok()?;
            let halves = values.data().as_chunks::<2>().0;
            Some(halves.iter().map(|&b| f16::from_le_bytes(b)).collect())
        };
        Ok(Self {
            name: about.get("name").cloned().unwrap_or_default(),
            dims,
            channels: ["flair", "t1", "t1ce", "t2"].map(channel),
            brain: brain.data().iter().map(|&inside| inside > 0).collect(),
            labels: labels.data().to_vec(),
            truth: match about.get("truth").map(String::as_str) {
                Some("Kinds") => Truth::Kinds,
                _ => Truth::WholeTumour,
            },
        })
    }
}
