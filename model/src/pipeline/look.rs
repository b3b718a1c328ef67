//! The ways in which a case is looked at: as it is, and mirrored.

use burn::tensor::Tensor;
use imaging::{Orientation, Volume};

use super::classify::HeadLogits;
use crate::network::config::Segmentation;

/// What the segmentation found.
pub(super) struct Segmented {
    /// The input as a tensor, for the heads.
    pub(super) input: Tensor<5>,
    /// A probability a class (softmax) or region (sigmoid) on the input's grid; outside the brain
    /// background alone. The mean, where it was looked at twice.
    pub(super) probabilities: Vec<Volume>,
    /// The ways in which it was looked at.
    pub(super) looks: Vec<Look>,
}

/// The input as it is, or mirrored.
pub(super) struct Look {
    /// The axis of the tensor that is mirrored.
    pub(super) mirrored: Option<usize>,
    /// As in [`Segmented::probabilities`], mirrored back; empty where there is one look alone.
    pub(super) probabilities: Vec<Volume>,
    /// The heads' logits from the same forward, where one window held everything.
    pub(super) heads: Option<Vec<HeadLogits>>,
}

impl Segmented {
    /// The probabilities of both looks, where there are two.
    pub(super) fn looks(&self) -> Option<[&[Volume]; 2]> {
        match &self.looks[..] {
            [one, other] => Some([&one.probabilities, &other.probabilities]),
            _ => None,
        }
    }

    /// Half of what lies between both looks' probabilities of whole tumour.
    pub(super) fn spread(&self, segmentation: Segmentation) -> Option<Volume> {
        let looks = self.looks()?;
        // Background, or whole tumour: the difference is the same.
        let class = usize::from(segmentation == Segmentation::Sigmoid3);
        let [one, other] = looks.map(|look| &look[class]);
        let values = one.data.iter().zip(&other.data);
        Some(Volume {
            grid: one.grid,
            data: values.map(|(a, b)| 0.5 * (a - b).abs()).collect(),
        })
    }
}

/// Which axis goes from one side to the other.
pub(super) fn sagittal(orientation: Orientation) -> usize {
    let letters = orientation.letters();
    letters
        .iter()
        .position(|l| matches!(l, 'R' | 'L'))
        .unwrap_or(0)
}

/// Mirrored along an axis, or as it is.
pub(super) fn turned(tensor: Tensor<5>, mirrored: Option<usize>) -> Tensor<5> {
    match mirrored {
        Some(axis) => tensor.flip([axis as isize]),
        None => tensor,
    }
}

/// The mean of the looks' probabilities.
pub(super) fn mean(looks: &[Look]) -> Vec<Volume> {
    let mut mean = looks[0].probabilities.clone();
    let share = 1.0 / looks.len() as f32;
    for (class, volume) in mean.iter_mut().enumerate() {
        for (at, value) in volume.data.iter_mut().enumerate() {
            let all = looks.iter().map(|look| look.probabilities[class].data[at]);
            *value = share * all.sum::<f32>();
        }
    }
    mean
}

/// Voxels of `dims`, the last axis fastest, mirrored along an axis.
pub(super) fn mirror(voxels: &[bool], dims: [usize; 3], axis: usize) -> Vec<bool> {
    let [nx, ny, nz] = dims;
    let mut out = Vec::with_capacity(voxels.len());
    for x in 0..nx {
        for y in 0..ny {
            for z in 0..nz {
                let mut at = [x, y, z];
                at[axis] = dims[axis] - 1 - at[axis];
                out.push(voxels[(at[0] * ny + at[1]) * nz + at[2]]);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;

    #[test]
    fn voxels_and_tensors_are_mirrored_alike() {
        let dims = [3, 4, 5];
        let voxels: Vec<bool> = (0..60).map(|i| i % 7 == 0 || i == 11).collect();
        let numbers: Vec<f32> = voxels.iter().map(|v| f32::from(u8::from(*v))).collect();
        let tensor =
            Tensor::<5>::from_data(TensorData::new(numbers, [1, 1, 3, 4, 5]), &Device::flex());
        for axis in 0..3 {
            let turned = turned(tensor.clone(), Some(2 + axis)).into_data();
            let turned: Vec<f32> = turned.try_to_vec().unwrap();
            let mirrored = mirror(&voxels, dims, axis);
            assert!(turned.iter().zip(&mirrored).all(|(t, m)| (*t > 0.5) == *m));
            assert_ne!(mirrored, voxels);
        }
    }

    #[test]
    fn the_sagittal_axis_is_found_in_any_order() {
        let axis = |letters: &str| sagittal(letters.parse().unwrap());
        assert_eq!(["RAS", "LPS", "PIR", "SLA"].map(axis), [0, 0, 2, 1]);
    }
}
