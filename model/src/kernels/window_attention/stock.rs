//! The same out of Burn's own operations, for the benchmark: windows gathered, the scores in memory, and the
//! answers put back.

use burn::tensor::activation::softmax;
use burn::tensor::{IndexingUpdateOp, Tensor};

use super::composed::Scores;
use super::{Sizes, Windows};

/// As [`window_attention`](super::window_attention()).
pub(super) fn window_attention(
    qkv: Tensor<3>,
    bias: Tensor<2>,
    windows: &Windows,
    sizes: Sizes,
) -> Tensor<3> {
    let [batch, rows, width] = qkv.dims();
    let channels = width / 3;
    let all = windows.tokens.dims()[0];
    let of_pairs = Scores::of_pairs(&bias, &sizes.pairs(&windows.codes), sizes);
    let scores = Scores::new(&qkv, &of_pairs, windows.tokens.clone(), sizes);
    let found = softmax(scores.masked(), 3)
        .matmul(scores.value)
        .swap_dims(1, 2)
        .reshape([batch, all, channels]);
    // A token stands in one window alone; what padding answers lands beyond the grid.
    Tensor::zeros([batch, rows, channels], &found.device())
        .select_assign(1, scores.token, found, IndexingUpdateOp::Add)
        .narrow(1, 0, windows.grid)
}
