//! Segmentation of the whole volume, and the heads' answer where one window holds it all.

use std::ops::ControlFlow;

use burn::tensor::Tensor;
use burn::tensor::activation::sigmoid;
use imaging::Volume;

use super::input::Input;
use super::layout::{from_tensor, to_tensor, z_fastest};
use super::look::{Look, Segmented, mean, mirror, sagittal, turned};
use super::stages::Stages;
use super::{Reader, classify};
use crate::ModelError;
use crate::bundle::SEGMENTATION;
use crate::device::computed;
use crate::kernels::channel_softmax;
use crate::network::config::Segmentation;
use crate::network::{Answers, Mismatch, to_cpu};
use crate::plan::{Part, check_whole};

/// The logit that makes background certain.
const CERTAIN: f32 = 20.0;

/// Runs the segmentation over `input`, and over its mirror image if `mirror` says so.
pub(super) async fn segment(
    reader: &Reader,
    input: &Input,
    mirror: bool,
    stages: &mut Stages<'_>,
) -> Result<Segmented, ModelError> {
    let manifest = &reader.manifest;
    let plan = manifest.sliding_window().plan(input.brain.grid.dims);
    // Before the first of its buffers is asked for.
    check_whole(&plan, &manifest.network.backbone, reader.limits)?;
    let tensor = to_tensor(&input.volumes, &reader.device);
    let ways = if mirror {
        vec![None, Some(2 + sagittal(reader.manifest.orientation()?))]
    } else {
        vec![None]
    };
    let part = 1.0 / ways.len() as f32;
    let mut looks = Vec::with_capacity(ways.len());
    for (place, &mirrored) in ways.iter().enumerate() {
        stages.within(place as f32 * part, part);
        let (logits, heads) = logits(
            reader,
            input,
            turned(tensor.clone(), mirrored),
            mirrored,
            ways.len(),
            stages,
        )
        .await?;
        let probabilities = probabilities(reader, input, turned(logits, mirrored)).await?;
        looks.push(Look {
            mirrored,
            probabilities,
            heads,
        });
    }
    stages.within(0.0, 1.0);
    let probabilities = match &mut looks[..] {
        [one] => std::mem::take(&mut one.probabilities),
        several => mean(several),
    };
    Ok(Segmented {
        input: tensor,
        probabilities,
        looks,
    })
}

/// Logits of `tensor`, which is the input in one of its ways, and the heads' from the same forward
/// where one window held everything.
async fn logits(
    reader: &Reader,
    input: &Input,
    tensor: Tensor<5>,
    mirrored: Option<usize>,
    ways: usize,
    stages: &mut Stages<'_>,
) -> Result<(Tensor<5>, Option<Vec<classify::HeadLogits>>), ModelError> {
    let manifest = &reader.manifest;
    let windows = manifest.sliding_window();
    let tell = |stages: &mut Stages<'_>, count: usize, part: Part| {
        if mirrored.is_none() {
            stages.observer().windows(count * ways, part);
        }
    };
    let plan = windows.plan(input.brain.grid.dims);
    if plan.positions.len() == 1 {
        tell(stages, 1, Part::Everything);
        let answers = forward(reader, tensor, input.mismatch(), stages).await?;
        let heads = classify::read(answers.heads, 1.0).await?;
        return Ok((answers.logits, Some(heads)));
    }
    let mut brain = z_fastest(&input.brain.data, input.brain.grid.dims);
    if let Some(axis) = mirrored {
        brain = mirror(&brain, input.brain.grid.dims, axis - 2);
    }
    let mut started = false;
    let logits = windows
        .run(
            tensor,
            Some(&brain),
            &background(manifest.network.segmentation),
            |window| reader.network.segment(window),
            |done, total| {
                if !std::mem::replace(&mut started, true) {
                    tell(stages, total, Part::Segmentation);
                }
                match stages.tell(done as f32 / total as f32) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                }
            },
        )
        .await?;
    Ok((logits, None))
}

async fn probabilities(
    reader: &Reader,
    input: &Input,
    logits: Tensor<5>,
) -> Result<Vec<Volume>, ModelError> {
    let manifest = &reader.manifest;
    // They go there anyway, and a GPU would have to compile what little is to be done with them.
    let logits = to_cpu(logits).await?;
    let logits = logits.div_scalar(manifest.temperature(SEGMENTATION));
    let probabilities = match manifest.network.segmentation {
        Segmentation::Sigmoid3 => sigmoid(logits),
        Segmentation::Softmax2 | Segmentation::Softmax4 => channel_softmax(logits),
    };
    let mut probabilities = from_tensor(probabilities, &input.brain.grid).await?;
    check_numbers(&probabilities)?;
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
    Ok(probabilities)
}

/// Refuses what no label can be read off, such as what comes of an f16 that was too large for one.
fn check_numbers(volumes: &[Volume]) -> Result<(), ModelError> {
    let mut values = volumes.iter().flat_map(|volume| &volume.data);
    match values.all(|value| value.is_finite()) {
        true => Ok(()),
        false => Err(ModelError::Device(
            "its answer holds what is no number".into(),
        )),
    }
}

/// One forward of everything, telling how far it is after every step that the device has finished.
pub(super) async fn forward(
    reader: &Reader,
    x: Tensor<5>,
    mismatch: Mismatch,
    stages: &mut Stages<'_>,
) -> Result<Answers, ModelError> {
    let mut pass = reader.network.backbone().pass(x.clone())?;
    while let Some((done, tensor)) = pass.step() {
        // So that the share told is true.
        computed(tensor).await?;
        stages.tell(done)?;
    }
    let (network, heads) = (&reader.network, &reader.heads);
    network.finish_apart(x, pass, mismatch, heads).await
}

/// Logits of certain background.
fn background(segmentation: Segmentation) -> Vec<f32> {
    let mut logits = vec![-CERTAIN; segmentation.channels()];
    if segmentation != Segmentation::Sigmoid3 {
        logits[0] = CERTAIN;
    }
    logits
}

#[cfg(test)]
mod tests {
    use imaging::{Affine, Grid};

    use super::*;

    #[test]
    fn an_answer_that_is_no_number_is_refused() {
        let grid = Grid {
            dims: [2, 3, 4],
            affine: Affine::IDENTITY,
        };
        let mut volumes = [Volume::filled(grid, 0.5), Volume::filled(grid, 0.0)];
        check_numbers(&volumes).unwrap();
        volumes[1].data[23] = f32::NAN;
        let refused = check_numbers(&volumes).unwrap_err();
        assert!(refused.to_string().contains("no number"), "{refused}");
    }
}
