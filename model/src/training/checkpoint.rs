//! What a run needs to go on.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::{TrainError, Weights};

pub(super) fn step_file(folder: &Path) -> PathBuf {
    folder.join("step.txt")
}

pub(super) fn weights_file(folder: &Path) -> PathBuf {
    folder.join("weights.safetensors")
}

pub(super) fn smooth_file(folder: &Path) -> PathBuf {
    folder.join("smooth.safetensors")
}

pub(super) fn optimizer_file(folder: &Path) -> PathBuf {
    folder.join("optimizer.safetensors")
}

pub(super) fn failed(verb: &'static str, path: &Path, problem: &dyn Display) -> TrainError {
    TrainError::Checkpoint {
        verb,
        problem: problem.to_string(),
        path: path.to_owned(),
    }
}

/// Says which step everything else in the folder belongs to: written last.
pub(super) fn write_step(folder: &Path, step: usize) -> Result<(), TrainError> {
    let path = step_file(folder);
    fs::write(&path, step.to_string()).map_err(|e| failed("written", &path, &e))
}

pub(super) fn read_step(folder: &Path) -> Result<usize, TrainError> {
    let path = step_file(folder);
    let text = fs::read_to_string(&path).map_err(|e| failed("read", &path, &e))?;
    text.trim().parse().map_err(|e| failed("read", &path, &e))
}

pub(super) fn write_weights(path: &Path, weights: &Weights) -> Result<(), TrainError> {
    let failed = |e: safetensors::SafeTensorError| failed("written", path, &e);
    let mut views = Vec::new();
    for (name, (shape, values)) in weights {
        let bytes = bytemuck::cast_slice(values);
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(failed)?;
        views.push((name, view));
    }
    safetensors::serialize_to_file(views, None, path).map_err(failed)
}

pub(super) fn read_weights(path: &Path) -> Result<Weights, TrainError> {
    let bytes = fs::read(path).map_err(|e| failed("read", path, &e))?;
    let tensors = SafeTensors::deserialize(&bytes).map_err(|e| failed("read", path, &e))?;
    let weights = tensors.tensors().into_iter().map(|(name, view)| {
        let values = view.data().as_chunks::<4>().0;
        let values = values.iter().map(|&b| f32::from_le_bytes(b)).collect();
        (name, (view.shape().to_vec(), values))
    });
    Ok(weights.collect())
}
