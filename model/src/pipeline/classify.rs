//! The heads' answers: from the segmentation's own forward where one window held everything,
//! otherwise from a window centred on the tumour, or several where it is larger.

use imaging::{Mask, Volume, brain};

use super::Reader;
use super::input::Input;
use super::look::{Segmented, turned};
use super::segment::forward;
use super::stages::Stages;
use crate::ModelError;
use crate::network::HeadOutput;
use crate::network::config::{Segmentation, Task};

/// One head's logits, and the weight they have beside those of other windows.
#[derive(Clone, Debug)]
pub(super) struct HeadLogits {
    task: Task,
    logits: Vec<f64>,
    weight: f64,
}

/// One head's probabilities.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) task: Task,
    /// The mean over the looks.
    pub(super) probabilities: Vec<f32>,
    /// Half of what lies between the looks, at most over the classes; 0 where there is one alone.
    pub(super) spread: f32,
}

/// Runs the heads where they have not been run, and turns logits into probabilities.
pub(super) async fn classify(
    reader: &Reader,
    input: &Input,
    segmented: &Segmented,
    stages: &mut Stages<'_>,
) -> Result<Vec<Answer>, ModelError> {
    if reader.manifest.network.heads.is_empty() {
        return Ok(Vec::new());
    }
    let tasks: Vec<Task> = reader
        .manifest
        .network
        .heads
        .iter()
        .map(|head| head.task)
        .collect();
    // By look, by task.
    let mut answers: Vec<Vec<Vec<f32>>> = Vec::new();
    for look in &segmented.looks {
        let windows = match &look.heads {
            Some(heads) => heads.clone(),
            None => on_the_tumour(reader, input, segmented, look.mirrored, stages).await?,
        };
        let answer = |task: &Task| {
            let logits = weighted_mean(windows.iter().filter(|head| head.task == *task));
            probabilities(&logits, reader.manifest.temperature(task.name()))
        };
        answers.push(tasks.iter().map(answer).collect());
    }
    let answer = |(at, &task): (usize, &Task)| {
        let looks: Vec<&[f32]> = answers.iter().map(|look| &look[at][..]).collect();
        let (mean, spread) = mean_and_spread(&looks);
        Answer {
            task,
            probabilities: mean,
            spread,
        }
    };
    Ok(tasks.iter().enumerate().map(answer).collect())
}

/// The mean of each class's probabilities, and half of the widest range of any.
fn mean_and_spread(looks: &[&[f32]]) -> (Vec<f32>, f32) {
    let classes = looks.first().map_or(0, |look| look.len());
    let of = |class: usize| looks.iter().map(move |look| look[class]);
    let mean = (0..classes).map(|class| of(class).sum::<f32>() / looks.len() as f32);
    let range = |class| of(class).fold(f32::MIN, f32::max) - of(class).fold(f32::MAX, f32::min);
    let widest = (0..classes).map(range).fold(0.0, f32::max);
    (mean.collect(), 0.5 * widest)
}

/// The heads' logits from windows on the tumour.
async fn on_the_tumour(
    reader: &Reader,
    input: &Input,
    segmented: &Segmented,
    mirrored: Option<usize>,
    stages: &mut Stages<'_>,
) -> Result<Vec<HeadLogits>, ModelError> {
    let segmentation = reader.manifest.network.segmentation;
    let tumour = whole_tumour(&segmented.probabilities, segmentation);
    let mut found = Vec::new();
    for (start, weight) in tumour_windows(tumour, &input.brain, reader.manifest.window)? {
        let window = reader.manifest.window;
        let at: [_; 3] = std::array::from_fn(|a| start[a]..start[a] + window[a]);
        let [x, y, z] = at;
        let crop = segmented.input.clone().slice([0..1, 0..4, x, y, z]);
        let output = forward(reader, turned(crop, mirrored), input.mismatch(), stages).await?;
        found.extend(read(output.heads, weight).await?);
    }
    Ok(found)
}

/// Brings heads' logits from the device.
pub(super) async fn read(
    heads: Vec<HeadOutput>,
    weight: f64,
) -> Result<Vec<HeadLogits>, ModelError> {
    let mut out = Vec::with_capacity(heads.len());
    for head in heads {
        let data = head
            .logits
            .into_data_async()
            .await
            .map_err(|e| ModelError::Device(format!("{e:?}")))?;
        let logits = data
            .try_to_vec::<f32>()
            .map_err(|e| ModelError::Device(format!("{e:?}")))?;
        out.push(HeadLogits {
            task: head.task,
            logits: logits.into_iter().map(f64::from).collect(),
            weight,
        });
    }
    Ok(out)
}

/// Voxels that are rather tumour than not.
fn whole_tumour(probabilities: &[Volume], segmentation: Segmentation) -> Mask {
    let wanted = match segmentation {
        Segmentation::Sigmoid3 => &probabilities[1],
        Segmentation::Softmax2 | Segmentation::Softmax4 => &probabilities[0],
    };
    let is_background = segmentation != Segmentation::Sigmoid3;
    let data = wanted
        .data
        .iter()
        .map(|&p| (p > 0.5) != is_background)
        .collect();
    Mask {
        grid: wanted.grid,
        data,
    }
}

/// Where to look: one window centred on the largest piece of the tumour, or on the brain where there
/// is none; tiles over it, each with its tumour voxels as weight, where it is larger than a window.
/// The grid is at least a window large.
fn tumour_windows(
    mut tumour: Mask,
    brain: &Mask,
    window: [usize; 3],
) -> Result<Vec<([usize; 3], f64)>, ModelError> {
    let dims = tumour.grid.dims;
    let around = |centre: [f64; 3]| {
        std::array::from_fn(|a| {
            let start = (centre[a] - window[a] as f64 / 2.0 + 0.5).round().max(0.0) as usize;
            start.min(dims[a] - window[a])
        })
    };
    if tumour.count() == 0 {
        return Ok(vec![(around(centroid(brain)), 1.0)]);
    }
    brain::keep_largest(&mut tumour)?;
    let (low, size) = tumour
        .bounding_box()
        .ok_or(imaging::ImagingError::NoBrain)?;
    if (0..3).all(|a| size[a] <= window[a]) {
        return Ok(vec![(around(centroid(&tumour)), 1.0)]);
    }
    let starts = |a: usize| -> Vec<usize> {
        (0..size[a].div_ceil(window[a]))
            .map(|i| (low.0[a] + i * window[a]).min(dims[a] - window[a]))
            .collect()
    };
    let mut tiles = Vec::new();
    for x in starts(0) {
        for y in starts(1) {
            for z in starts(2) {
                let start = [x, y, z];
                let voxels = tumour
                    .window(start.map(|s| s as isize), window, false)
                    .count();
                if voxels > 0 {
                    tiles.push((start, voxels as f64));
                }
            }
        }
    }
    Ok(tiles)
}

/// Mean voxel index of what is inside.
fn centroid(mask: &Mask) -> [f64; 3] {
    let mut sum = [0.0; 3];
    let inside = mask.data.iter().enumerate().filter(|(_, inside)| **inside);
    for (offset, _) in inside {
        let index = mask.grid.index_of(offset);
        for (sum, at) in sum.iter_mut().zip(index.0) {
            *sum += at as f64;
        }
    }
    sum.map(|s| s / mask.count().max(1) as f64)
}

fn weighted_mean<'a>(heads: impl Iterator<Item = &'a HeadLogits>) -> Vec<f64> {
    let (mut sum, mut weight) = (Vec::new(), 0.0);
    for head in heads {
        sum.resize(head.logits.len(), 0.0);
        weight += head.weight;
        for (sum, logit) in sum.iter_mut().zip(&head.logits) {
            *sum += head.weight * logit;
        }
    }
    sum.iter().map(|s| s / weight).collect()
}

/// Softmax of logits / temperature.
fn probabilities(logits: &[f64], temperature: f64) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exp: Vec<f64> = logits
        .iter()
        .map(|l| ((l - largest) / temperature).exp())
        .collect();
    let sum: f64 = exp.iter().sum();
    exp.iter().map(|e| (e / sum) as f32).collect()
}

#[cfg(test)]
mod tests {
    use imaging::{Affine, Grid, VoxelIndex};

    use super::*;

    fn mask(dims: [usize; 3], inside: impl Fn([usize; 3]) -> bool) -> Mask {
        let mut mask = Mask::filled(
            Grid {
                dims,
                affine: Affine::IDENTITY,
            },
            false,
        );
        for offset in 0..mask.data.len() {
            let VoxelIndex(index) = mask.grid.index_of(offset);
            mask.data[offset] = inside(index);
        }
        mask
    }

    #[test]
    fn the_window_is_centred_on_the_largest_piece_and_stays_inside() {
        let brain = mask([128, 96, 160], |_| true);
        let tumour = mask([128, 96, 160], |[x, y, z]| {
            (x >= 100 && y < 10 && (60..70).contains(&z)) || [x, y, z] == [0, 0, 0]
        });
        let windows = tumour_windows(tumour, &brain, [64, 64, 64]).unwrap();
        assert_eq!(windows, [([64, 0, 33], 1.0)]);
    }

    #[test]
    fn without_a_tumour_the_brain_is_the_centre() {
        let brain = mask([96, 96, 96], |[x, _, _]| x >= 48);
        let windows = tumour_windows(mask([96, 96, 96], |_| false), &brain, [32, 32, 64]).unwrap();
        assert_eq!(windows, [([56, 32, 16], 1.0)]);
    }

    #[test]
    fn a_tumour_larger_than_a_window_is_tiled_with_its_voxels_as_weights() {
        let brain = mask([128, 64, 64], |_| true);
        let tumour = mask([128, 64, 64], |[x, y, z]| {
            (10..90).contains(&x) && y == 3 && z == 4
        });
        let windows = tumour_windows(tumour, &brain, [64, 64, 64]).unwrap();
        assert_eq!(windows, [([10, 0, 0], 64.0), ([64, 0, 0], 26.0)]);
    }

    #[test]
    fn two_looks_give_their_mean_and_half_their_widest_range() {
        let (mean, spread) = mean_and_spread(&[&[0.2, 0.5, 0.3], &[0.4, 0.5, 0.1]]);
        let expected = [0.3, 0.5, 0.2];
        assert!(mean.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6));
        assert!((spread - 0.1).abs() < 1e-6);
        assert_eq!(mean_and_spread(&[&[0.25, 0.75]]), (vec![0.25, 0.75], 0.0));
    }

    #[test]
    fn temperature_flattens_without_changing_the_order() {
        let sharp = probabilities(&[0.0, 2.0], 1.0);
        let flat = probabilities(&[0.0, 2.0], 4.0);
        assert!((sharp[1] - 1.0 / (1.0 + (-2.0_f32).exp())).abs() < 1e-6);
        assert!(flat[1] < sharp[1] && flat[1] > 0.5);
    }
}
