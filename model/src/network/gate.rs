//! The tumour gate that both modules look through.

use burn::tensor::Tensor;
use burn::tensor::activation::sigmoid;

use super::config::Segmentation;
use crate::kernels::channel_softmax;

/// Channel of the whole tumour among sigmoid outputs (TC, WT, ET).
const SIGMOID_WT: usize = 1;

/// Probability of tumour at each voxel: `[batch, 1, x, y, z]` from `[batch, channel, x, y, z]`.
pub fn tumour_probability(logits: Tensor<5>, segmentation: Segmentation) -> Tensor<5> {
    match segmentation {
        Segmentation::Sigmoid3 => sigmoid(logits.narrow(1, SIGMOID_WT, 1)),
        Segmentation::Softmax2 | Segmentation::Softmax4 => {
            let classes = logits.dims()[1];
            channel_softmax(logits).narrow(1, 1, classes - 1).sum_dim(1)
        }
    }
}

/// g = min + (1 − min) · p: healthy tissue is dimmed, never dark.
pub fn gate(logits: Tensor<5>, segmentation: Segmentation, min_gate: f64) -> Tensor<5> {
    tumour_probability(logits, segmentation) * (1.0 - min_gate) + min_gate
}

/// The mean over blocks of `k`³ voxels: `[batch, 1, x/k, y/k, z/k]`.
pub fn average_pool(x: Tensor<5>, k: usize) -> Tensor<5> {
    let [batch, channels, dx, dy, dz] = x.dims();
    let (a, b, c) = (dx / k, dy / k, dz / k);
    x.reshape([batch, channels, a, k, b, k, c, k])
        .mean_dim(3)
        .mean_dim(5)
        .mean_dim(7)
        .reshape([batch, channels, a, b, c])
}
