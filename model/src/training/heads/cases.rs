//! What the heads see of a case.

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::ModelError;
use crate::cohort::CaseRow;
use crate::network::sited::measures;
use crate::network::{MtsUnet, Pooled, spatial_mean};
use crate::training::Example;
use crate::training::numbers::numbers;

/// The logit of what is sure.
const SURE: f32 = 15.0;

/// What a forward leaves for the heads; see [`Pooled`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// Measures of the predicted tumour.
    pub measures: Vec<f32>,
    /// Weighted means of h1 to h4.
    pub levels: Vec<Vec<f32>>,
    /// Means of the same over the whole window: what TAFE would have without its weights.
    pub unweighted: Vec<Vec<f32>>,
}

/// A case with its labels.
#[derive(Clone, Debug)]
pub struct Labelled {
    /// Whose it is.
    pub patient: String,
    /// Its class for each of the [`TASKS`](super::TASKS), where known.
    pub labels: [Option<usize>; 3],
    /// All its sequences seen; the first is what it is judged by.
    pub seen: Vec<Seen>,
    /// Which sequences it has, in the network's order.
    pub has: [bool; 4],
    /// The same measures inside an expert's outline, where there is one; see [`outlined`].
    pub outline: Option<Vec<f32>>,
}

impl Labelled {
    /// The labels of a manifest's row.
    #[must_use]
    pub fn labels(row: &CaseRow) -> [Option<usize>; 3] {
        [
            row.idh_mutant.map(usize::from),
            row.codeleted_1p19q.map(usize::from),
            row.grade.map(|grade| usize::from(grade) - 2),
        ]
    }
}

/// The cases outside a fold, and those inside; `folds` has each case's.
pub(super) fn split<'a>(
    cases: impl IntoIterator<Item = &'a Labelled>,
    folds: &[usize],
    fold: usize,
) -> (Vec<&'a Labelled>, Vec<&'a Labelled>) {
    let (train, test): (Vec<_>, Vec<_>) = cases
        .into_iter()
        .zip(folds)
        .partition(|(_, at)| **at != fold);
    let of = |both: Vec<(&'a Labelled, &usize)>| both.into_iter().map(|(case, _)| case).collect();
    (of(train), of(test))
}

/// An example in a window of `edges`, its brain's box centred as the pipeline has it, an absent
/// sequence zeros: `[1, 4, x, y, z]`, channels in the order of `order`, which says where each stands
/// among FLAIR, T1, T1ce, T2. A brain larger than the window is cut on both sides alike.
#[must_use]
pub fn window(
    example: &Example,
    edges: [usize; 3],
    order: [usize; 4],
    device: &Device,
) -> Tensor<5> {
    let voxels: usize = edges.iter().product();
    let mut values = vec![0.0_f32; 4 * voxels];
    for (channel, out) in order.iter().zip(values.chunks_exact_mut(voxels)) {
        if let Some(channel) = &example.channels[*channel] {
            let channel = channel.iter().map(|value| value.to_f32());
            place(channel, example.dims, edges, out);
        }
    }
    let [x, y, z] = edges;
    Tensor::from_data(TensorData::new(values, [1, 4, x, y, z]), device)
}

/// The measures inside the expert's outline of the whole tumour, as if a network had been sure of it and
/// had called all of it oedema: what only its parts would tell is 0, also where an expert drew parts,
/// since those are other collections' cases. `window` is the example's own, from [`window`].
///
/// # Errors
/// The device fails.
pub fn outlined(example: &Example, window: &Tensor<5>) -> Result<Vec<f32>, ModelError> {
    const OEDEMA: usize = 2;
    let [.., x, y, z] = window.dims();
    let mut inside = vec![0.0_f32; x * y * z];
    let labels = example.labels.iter().map(|&l| f32::from(u8::from(l > 0)));
    place(labels, example.dims, [x, y, z], &mut inside);
    let mut logits = vec![-SURE; 4 * inside.len()];
    for (at, inside) in inside.iter().enumerate() {
        let class = if *inside > 0.0 { OEDEMA } else { 0 };
        logits[class * x * y * z + at] = SURE;
    }
    let logits = TensorData::new(logits, [1, 4, x, y, z]);
    numbers(measures(
        window,
        Tensor::from_data(logits, &window.device()),
    ))
}

/// Puts an example's values where [`window`] has them.
fn place(values: impl Iterator<Item = f32>, dims: [usize; 3], edges: [usize; 3], out: &mut [f32]) {
    let start: [isize; 3] = std::array::from_fn(|a| {
        let room = edges[a] as isize - dims[a] as isize;
        room.div_euclid(2)
    });
    let [_, ny, nz] = dims;
    let place = |at: usize, a: usize| {
        let place = at as isize + start[a];
        (0..edges[a] as isize)
            .contains(&place)
            .then_some(place as usize)
    };
    for (at, value) in values.enumerate() {
        let from = [at / (ny * nz), at / nz % ny, at % nz];
        if let [Some(x), Some(y), Some(z)] = [0, 1, 2].map(|a| place(from[a], a)) {
            out[(x * edges[1] + y) * edges[2] + z] = value;
        }
    }
}

/// One forward.
///
/// # Errors
/// The window does not suit the network, or it has no sited features.
pub fn see(network: &MtsUnet, window: Tensor<5>) -> Result<Seen, ModelError> {
    let output = network.forward(window)?;
    let Some(Pooled {
        levels,
        measures: Some(measures),
    }) = output.pooled
    else {
        return Err(ModelError::Config("the network has no sited heads".into()));
    };
    Ok(Seen {
        measures: numbers(measures)?,
        levels: levels.into_iter().map(numbers).collect::<Result<_, _>>()?,
        unweighted: output
            .hidden
            .into_iter()
            .skip(1)
            .map(|state| numbers(spatial_mean(state)))
            .collect::<Result<_, _>>()?,
    })
}

/// Cases as one batch.
pub(super) fn batch(seen: &[&Seen], device: &Device) -> Pooled {
    let stack = |of: &dyn Fn(&Seen) -> Vec<f32>| {
        let rows: Vec<f32> = seen.iter().flat_map(|seen| of(seen)).collect();
        let shape = [seen.len(), rows.len() / seen.len().max(1)];
        Tensor::from_data(TensorData::new(rows, shape), device)
    };
    let levels = seen.first().map_or(0, |seen| seen.levels.len());
    Pooled {
        levels: (0..levels)
            .map(|level| stack(&|seen| seen.levels[level].clone()))
            .collect(),
        measures: Some(stack(&|seen| seen.measures.clone())),
    }
}

#[cfg(test)]
mod tests {
    use half::f16;

    use super::*;
    use crate::training::Truth;

    #[test]
    fn the_box_is_centred_and_its_voxels_keep_their_places() {
        let dims = [3, 2, 4];
        let values: Vec<f16> = (0..24).map(|i| f16::from_f32(i as f32 + 1.0)).collect();
        let example = Example {
            name: String::new(),
            dims,
            channels: [None, Some(values), None, None],
            brain: vec![true; 24],
            labels: vec![0; 24],
            truth: Truth::Kinds,
        };
        let tensor = window(&example, [6, 4, 2], [0, 2, 3, 1], &Device::flex());
        let found: Vec<f32> = tensor.into_data().try_to_vec().unwrap();
        let at = |c: usize, [x, y, z]: [usize; 3]| found[((c * 6 + x) * 4 + y) * 2 + z];
        // Room of 3 begins at 1, of 2 at 1; of the four in z, the middle two are left.
        assert_eq!(at(3, [1, 1, 0]), 2.0);
        assert_eq!(at(3, [3, 2, 1]), 2.0 * 8.0 + 4.0 + 2.0 + 1.0);
        assert_eq!(found.iter().filter(|v| **v != 0.0).count(), 3 * 2 * 2);
    }
}
