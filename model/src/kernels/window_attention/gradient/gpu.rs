//! The way back through the window attention on a GPU: Burn's own operations, over so many windows at a time that
//! their scores stay small.

use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;
use burn::tensor::activation::softmax;
use burn::tensor::{IndexingUpdateOp, Int, Tensor};

use super::put_back::put_back;
use super::{State, WindowAttentionBack};
use crate::kernels::gpu::{empty, primitive};
use crate::kernels::window_attention::composed::Scores;
use crate::kernels::window_attention::{Sizes, scale};

/// Bytes of a sample's scores at a time: a handful of tensors of their size are alive at once.
const SCORES_BYTES: usize = 64 << 20;

impl WindowAttentionBack for CubeBackend {
    fn attention_gradients(
        state: State<Self>,
        gradient: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let State {
            qkv,
            bias,
            tokens,
            codes,
            sizes,
        } = state;
        let qkv = Tensor::<3>::from_primitive::<Self>(qkv);
        let bias = Tensor::<2>::from_primitive::<Self>(bias);
        let tokens = Tensor::<1, Int>::from_primitive::<Self>(tokens);
        let codes = Tensor::<1, Int>::from_primitive::<Self>(codes);
        let gradient = Tensor::<3>::from_primitive::<Self>(gradient);

        let [batch, rows, width] = qkv.dims();
        let (places, heads, grid) = (sizes.places, sizes.heads, sizes.grid);
        let windows = tokens.dims()[0] / places;
        let device = qkv.device();
        // What stands beyond the grid answers nobody.
        let gradient = if rows > grid {
            let beyond = Tensor::zeros([batch, rows - grid, width / 3], &device);
            Tensor::cat(vec![gradient, beyond], 1)
        } else {
            gradient
        };
        let of_pairs = Scores::of_pairs(&bias, &sizes.pairs(&codes), sizes);

        let inside = empty(&primitive(qkv.clone()), [batch, grid, width]);
        let mut beyond = Tensor::<3>::zeros([batch, 1, width], &device);
        let mut to_pairs = Tensor::<4>::zeros([1, heads, places, places], &device);
        let one = heads * places * places * size_of::<f32>();
        // No buffer may be larger than a page.
        let page = inside.client.properties().memory.max_page_size as usize;
        let at_a_time = (SCORES_BYTES / one).min(page / (batch * one));
        let at_a_time = at_a_time.clamp(1, windows);
        for first in (0..windows).step_by(at_a_time) {
            let count = at_a_time.min(windows - first);
            let packed = tokens.clone().narrow(0, first * places, count * places);
            let scores = Scores::new(&qkv, &of_pairs, packed.clone(), sizes);
            let (gradients, pairs) = back(&scores, &gradient);
            to_pairs = to_pairs + pairs;
            if rows > grid {
                let is_beyond = scores.token.equal_elem(grid as i32).float();
                let is_beyond = is_beyond.reshape([1, 1, count * places]);
                beyond = beyond + is_beyond.matmul(gradients.clone());
            }
            let packed = packed.try_into_primitive::<Self>();
            put_back(
                &inside,
                primitive(gradients),
                packed.expect("the tokens are on a GPU"),
            );
        }
        let mut to_qkv = Tensor::<3>::from_primitive::<Self>(inside);
        if rows > grid {
            to_qkv = Tensor::cat(vec![to_qkv, beyond], 1);
        }
        let to_bias = of_rows(to_pairs, &codes, sizes, bias.dims()[0]);
        (primitive(to_qkv), primitive(to_bias))
    }
}

/// Of queries, keys and values in their places, `[batch, place, 3·channels]`, and of the bias of each pair of places,
/// `[1, head, place, place]`.
fn back(scores: &Scores, gradient: &Tensor<3>) -> (Tensor<3>, Tensor<4>) {
    let [batch, _, channels] = gradient.dims();
    let [all, heads, places, head] = scores.query.dims();
    let count = all / batch;
    let asked = gradient
        .clone()
        .select(1, scores.token.clone())
        .reshape([all, places, heads, head])
        .swap_dims(1, 2);
    let weights = softmax(scores.masked(), 3);
    let value = weights.clone().swap_dims(2, 3).matmul(asked.clone());
    let of_weights = asked.matmul(scores.value.clone().swap_dims(2, 3));
    // Of the softmax: w·(g − Σ w·g).
    let weighed = weights.clone() * of_weights;
    let of_scores = weighed.clone() - weights * weighed.sum_dim(3);
    // The query of the scores is scaled already; its own gradient has the scale once more.
    let query = of_scores.clone().matmul(scores.key.clone()) * scale(head);
    let key = of_scores
        .clone()
        .swap_dims(2, 3)
        .matmul(scores.query.clone());
    let parts = [query, key, value].map(|part| part.unsqueeze_dim::<5>(0));
    // [part, window, head, place, number] to [batch, window, place, part, head, number].
    let gradients = Tensor::cat(parts.into(), 0)
        .permute([1, 3, 0, 2, 4])
        .reshape([batch, count * places, 3 * channels]);
    (gradients, of_scores.sum_dim(0))
}

/// The bias table's gradient `[row, head]` from that of each pair of places `[1, head, place, place]`. Gathered: row r
/// is shared by the pairs of each query q with the one key whose code is `origin + codes[q] − r`, where there is one.
fn of_rows(pairs: Tensor<4>, codes: &Tensor<1, Int>, sizes: Sizes, rows: usize) -> Tensor<2> {
    let Sizes {
        places,
        heads,
        origin,
        ..
    } = sizes;
    let device = pairs.device();
    let count = |len: usize| Tensor::<1, Int>::arange(0..len as i64, &device);
    // One more than the place of each code, 0 where no place has it.
    let place_of = Tensor::<1, Int>::zeros([rows], &device);
    let place_of =
        place_of.select_assign(0, codes.clone(), count(places) + 1, IndexingUpdateOp::Add);
    let wanted = codes.clone().reshape([1, places]) - count(rows).reshape([rows, 1]);
    let wanted = (wanted + origin as i32).reshape([rows * places]);
    let outside = wanted.clone().lower_elem(0);
    let outside = outside.bool_or(wanted.clone().greater_elem(rows as i32 - 1));
    let key = place_of
        .select(0, wanted.clamp(0, rows as i32 - 1))
        .mask_fill(outside, 0);
    // Where there is no such key the pair after the last, which is 0.
    let query = count(places).reshape([1, places]).expand([rows, places]);
    let pair = query.reshape([rows * places]) * places as i32 + key.clone() - 1;
    let pair = pair.mask_fill(key.equal_elem(0), (places * places) as i32);
    let none = Tensor::zeros([heads, 1], &device);
    let pairs = pairs.reshape([heads, places * places]);
    Tensor::cat(vec![pairs, none], 1)
        .select(1, pair)
        .reshape([heads, rows, places])
        .sum_dim(2)
        .reshape([heads, rows])
        .swap_dims(0, 1)
}
