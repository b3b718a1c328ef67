//! Segmentation of the whole volume, and the heads' answer where one window holds it all.

use std::ops::ControlFlow;

use burn::tensor::Tensor;
use burn::tensor::activation::{sigmoid, softmax};
use imaging::Volume;

use super::align::Input;
use super::layout::{from_tensor, to_tensor, z_fastest};
use super::stages::Stages;
use super::{Reader, classify};
use crate::ModelError;
use crate::bundle::SEGMENTATION;
use crate::network::config::Segmentation;
use crate::network::{Mismatch, Output};

/// The logit that makes background certain.
const CERTAIN: f32 = 20.0;

/// What the segmentation found.
pub(super) struct Segmented {
    /// The input as a tensor, for the heads.
    pub(super) input: Tensor<5>,
    /// A probability a class (softmax) or region (sigmoid) on the input's grid; outside the brain
    /// background alone.
    pub(super) probabilities: Vec<Volume>,
    /// The heads' logits from the same forward, where one window held everything.
    pub(super) heads: Option<Vec<classify::HeadLogits>>,
}

/// Runs the segmentation over `input`.
pub(super) async fn segment(
    reader: &Reader,
    input: &Input,
    stages: &mut Stages<'_>,
) -> Result<Segmented, ModelError> {
    let manifest = &reader.manifest;
    let tensor = to_tensor(&input.volumes, &reader.device);
    let windows = manifest.sliding_window();
    let (logits, heads) = if windows.plan(input.brain.grid.dims).positions.len() == 1 {
        stages.observer().windows(1);
        let output = forward(reader, tensor.clone(), input.mismatch, stages).await?;
        let heads = classify::read(output.heads, 1.0).await?;
        (output.logits, Some(heads))
    } else {
        let brain = z_fastest(&input.brain.data, input.brain.grid.dims);
        let mut started = false;
        let logits = windows
            .run(
                tensor.clone(),
                Some(&brain),
                &background(manifest.network.segmentation),
                |window| reader.network.segment(window),
                |done, total| {
                    if !std::mem::replace(&mut started, true) {
                        stages.observer().windows(total);
                    }
                    match stages.tell(done as f32 / total as f32) {
                        Ok(()) => ControlFlow::Continue(()),
                        Err(_) => ControlFlow::Break(()),
                    }
                },
            )
            .await?;
        (logits, None)
    };
    let logits = logits.div_scalar(manifest.temperature(SEGMENTATION));
    let probabilities = match manifest.network.segmentation {
        Segmentation::Sigmoid3 => sigmoid(logits),
        Segmentation::Softmax2 | Segmentation::Softmax4 => softmax(logits, 1),
    };
    let mut probabilities = from_tensor(probabilities, &input.brain.grid).await?;
    for (class, volume) in probabilities.iter_mut().enumerate() {
        let outside = match manifest.network.segmentation {
            Segmentation::Softmax2 | Segmentation::Softmax4 if class == 0 => 1.0,
            _ => 0.0,
        };
        for (value, inside) in volume.data.iter_mut().zip(&input.brain.data) {
            if !inside {
                *value = outside;
            }
        }
    }
    Ok(Segmented {
        input: tensor,
        probabilities,
        heads,
    })
}

/// One forward of everything, telling how far it is after every step that the device has finished.
pub(super) async fn forward(
    reader: &Reader,
    x: Tensor<5>,
    mismatch: Mismatch,
    stages: &mut Stages<'_>,
) -> Result<Output, ModelError> {
    let mut pass = reader.network.backbone().pass(x.clone())?;
    while let Some((done, tensor)) = pass.step() {
        // Reading one number waits for the device, so that the share told is true.
        let one = tensor.slice([0..1, 0..1, 0..1, 0..1, 0..1]);
        one.into_data_async()
            .await
            .map_err(|e| ModelError::Device(format!("{e:?}")))?;
        stages.tell(done)?;
    }
    Ok(reader.network.finish_with(x, pass, mismatch))
}

/// Logits of certain background.
fn background(segmentation: Segmentation) -> Vec<f32> {
    let mut logits = vec![-CERTAIN; segmentation.channels()];
    if segmentation != Segmentation::Sigmoid3 {
        logits[0] = CERTAIN;
    }
    logits
}
