//! The same out of Burn's own operations, for the benchmark: windows gathered, the scores in memory, and the
//! answers put back.

use burn::tensor::activation::softmax;
use burn::tensor::{IndexingUpdateOp, Int, Tensor};

use super::{MASKED, TOKEN_BITS, Windows};

/// As [`window_attention`](super::window_attention()).
pub(super) fn window_attention(qkv: Tensor<3>, bias: Tensor<2>, windows: &Windows) -> Tensor<3> {
    let [batch, rows, width] = qkv.dims();
    let (channels, heads, places) = (width / 3, bias.dims()[1], windows.places);
    let head = channels / heads;
    let all = windows.tokens.dims()[0];
    let count = all / places;

    let token: Tensor<1, Int> = (windows.tokens.clone()).bitwise_and_scalar((1 << TOKEN_BITS) - 1);
    let parts = qkv
        .select(1, token.clone())
        .reshape([batch * count, places, 3, heads, head])
        .permute([2, 0, 3, 1, 4]);
    let part = |i: usize| parts.clone().narrow(0, i, 1).squeeze_dim::<4>(0);

    let codes = &windows.codes;
    let pairs = codes.clone().reshape([places, 1]) - codes.clone().reshape([1, places]);
    let pairs = pairs.reshape([places * places]) + windows.origin as i32;
    let bias = bias
        .select(0, pairs)
        .reshape([1, places, places, heads])
        .permute([0, 3, 1, 2]);
    let region = windows
        .tokens
        .clone()
        .bitwise_right_shift_scalar(TOKEN_BITS as i32);
    let asks = region
        .clone()
        .reshape([1, count, 1, places, 1])
        .expand([1, count, 1, places, places]);
    let answers = region
        .reshape([1, count, 1, 1, places])
        .expand([1, count, 1, places, places]);
    let mask = asks.not_equal(answers).float() * MASKED;

    let scores = (part(0) / (head as f32).sqrt()).matmul(part(1).swap_dims(2, 3)) + bias;
    let scores = scores.reshape([batch, count, heads, places, places]) + mask;
    let weights = softmax(scores, 4).reshape([batch * count, heads, places, places]);
    let found = weights
        .matmul(part(2))
        .swap_dims(1, 2)
        .reshape([batch, all, channels]);
    // A token stands in one window alone; what padding answers lands beyond the grid.
    Tensor::zeros([batch, rows, channels], &found.device())
        .select_assign(1, token, found, IndexingUpdateOp::Add)
        .narrow(1, 0, windows.grid)
}
