//! The scores of the window attention out of Burn's own operations: windows gathered, the scores in memory.

use burn::tensor::{Int, Tensor};

use super::{MASKED, Sizes, TOKEN_BITS, scale};

/// What is needed for the scores of some windows.
pub(super) struct Scores {
    /// The token of each place, `[window · place]`.
    pub(super) token: Tensor<1, Int>,
    /// `[batch · window, head, place, number]`, scaled.
    pub(super) query: Tensor<4>,
    /// `[batch · window, head, place, number]`.
    pub(super) key: Tensor<4>,
    /// `[batch · window, head, place, number]`.
    pub(super) value: Tensor<4>,
    /// `[1, head, place, place]`.
    of_pairs: Tensor<4>,
    /// `[1, window, 1, place, place]`.
    mask: Tensor<5>,
}

impl Scores {
    /// Of `tokens` `[window · place]`, packed with their regions, and `of_pairs` as [`Self::of_pairs`] gives it.
    pub(super) fn new(
        qkv: &Tensor<3>,
        of_pairs: &Tensor<4>,
        tokens: Tensor<1, Int>,
        sizes: Sizes,
    ) -> Self {
        let [batch, _, width] = qkv.dims();
        let (places, heads) = (sizes.places, sizes.heads);
        let head = width / 3 / heads;
        let count = tokens.dims()[0] / places;
        let token: Tensor<1, Int> = tokens.clone().bitwise_and_scalar((1 << TOKEN_BITS) - 1);
        let parts = qkv
            .clone()
            .select(1, token.clone())
            .reshape([batch * count, places, 3, heads, head])
            .permute([2, 0, 3, 1, 4]);
        let part = |i: usize| parts.clone().narrow(0, i, 1).squeeze_dim::<4>(0);

        let region = tokens.bitwise_right_shift_scalar(TOKEN_BITS as i32);
        let pairs = [1, count, 1, places, places];
        let asks = region
            .clone()
            .reshape([1, count, 1, places, 1])
            .expand(pairs);
        let answers = region.reshape([1, count, 1, 1, places]).expand(pairs);
        Self {
            token,
            query: part(0) * scale(head),
            key: part(1),
            value: part(2),
            of_pairs: of_pairs.clone(),
            mask: asks.not_equal(answers).float() * MASKED,
        }
    }

    /// The `bias` table's entry for each pair of places, `[1, head, place, place]`.
    pub(super) fn of_pairs(bias: &Tensor<2>, pairs: &Tensor<1, Int>, sizes: Sizes) -> Tensor<4> {
        bias.clone()
            .select(0, pairs.clone())
            .reshape([1, sizes.places, sizes.places, sizes.heads])
            .permute([0, 3, 1, 2])
    }

    /// The scores, `[batch · window, head, place, place]`.
    pub(super) fn masked(&self) -> Tensor<4> {
        let scores = self.query.clone().matmul(self.key.clone().swap_dims(2, 3));
        let dims = scores.dims();
        let [all, heads, places, _] = dims;
        let count = self.mask.dims()[1];
        let scores =
            (scores + self.of_pairs.clone()).reshape([all / count, count, heads, places, places]);
        (scores + self.mask.clone()).reshape(dims)
    }
}

impl Sizes {
    /// The bias table's row for each pair of places, `[place · place]`.
    pub(super) fn pairs(self, codes: &Tensor<1, Int>) -> Tensor<1, Int> {
        let places = self.places;
        let pairs = codes.clone().reshape([places, 1]) - codes.clone().reshape([1, places]);
        pairs.reshape([places * places]) + self.origin as i32
    }
}
