//! The way back through the window attention.

use burn::backend::flex::FlexTensor;
use burn::tensor::TensorData;
use pulp::{Simd, WithSimd};

use super::wide::{GROUP, add_all_products, dots, exponentials, gather};
use super::{Bias, masks};
use crate::kernels::window_attention::{Place, Sizes, scale, unpacked};
use crate::kernels::{contiguous, parallel, vectors};

/// Windows that share one sum for the bias: it has a number for every pair of places.
const GROUPS: usize = 4;

/// The gradients of `qkv` and of the bias table.
pub(in crate::kernels::window_attention) fn gradients(
    qkv: FlexTensor,
    bias: &FlexTensor,
    tokens: &FlexTensor,
    codes: &FlexTensor,
    sizes: Sizes,
    gradient: FlexTensor,
) -> (FlexTensor, FlexTensor) {
    let (qkv, bias, gradient) = (contiguous(qkv), bias.to_contiguous(), contiguous(gradient));
    let shape = qkv.layout().shape().clone();
    let (rows, channels) = (shape[1], shape[2] / 3);
    let places: Vec<Place> = tokens.storage().iter().map(|&t| unpacked(t)).collect();
    let codes = codes.storage::<i32>();
    let table = Bias::new(bias.storage(), codes, sizes, 1.0);

    let mut made = vec![0.0_f32; shape[0] * rows * 3 * channels];
    let mut of_bias = vec![0.0_f32; bias.storage::<f32>().len()];
    let samples = made
        .chunks_mut(rows * 3 * channels)
        .zip(qkv.storage::<f32>().chunks(rows * 3 * channels))
        .zip(gradient.storage::<f32>().chunks(sizes.grid * channels));
    for ((made, qkv), gradient) in samples {
        let windows: Vec<&[Place]> = places.chunks(sizes.places).collect();
        let group = windows.len().div_ceil(GROUPS);
        let groups = windows.chunks(group).collect();
        let found = parallel::map(groups, |windows| {
            let mut pairs = vec![0.0; sizes.heads * sizes.places * sizes.places];
            let way = Way {
                qkv,
                gradient,
                channels,
                table: &table,
                sizes,
            };
            let rows: Vec<Vec<f32>> = windows
                .iter()
                .map(|window| {
                    vectors::dispatch(Back {
                        way: &way,
                        window,
                        pairs: &mut pairs,
                    })
                })
                .collect();
            (rows, pairs)
        });
        let answers = found.iter().flat_map(|(rows, _)| rows);
        for (window, answer) in windows.iter().zip(answers) {
            for (place, row) in window.iter().zip(answer.chunks(3 * channels)) {
                // All padded places share one row.
                let made = &mut made[place.token * 3 * channels..][..3 * channels];
                made.iter_mut()
                    .zip(row)
                    .for_each(|(made, row)| *made += row);
            }
        }
        for (_, pairs) in &found {
            add_pairs(&mut of_bias, pairs, codes, sizes);
        }
    }
    (
        FlexTensor::from_data(TensorData::new(made, shape)),
        FlexTensor::from_data(TensorData::new(of_bias, bias.layout().shape().clone())),
    )
}

/// What every pair of places found, into the rows of the table that they share.
fn add_pairs(table: &mut [f32], pairs: &[f32], codes: &[i32], sizes: Sizes) {
    let n = sizes.places;
    for (head, pairs) in pairs.chunks(n * n).enumerate() {
        for (pairs, &query) in pairs.chunks(n).zip(codes) {
            for (pair, &key) in pairs.iter().zip(codes) {
                let row = (sizes.origin as i32 + query - key) as usize;
                table[row * sizes.heads + head] += pair;
            }
        }
    }
}

/// What the windows of a sample share.
struct Way<'a> {
    qkv: &'a [f32],
    /// The output's, `[token, channel]`.
    gradient: &'a [f32],
    channels: usize,
    table: &'a Bias,
    sizes: Sizes,
}

/// [`Way::back`], compiled for the widest vectors that the machine has.
struct Back<'a> {
    way: &'a Way<'a>,
    window: &'a [Place],
    pairs: &'a mut [f32],
}

impl WithSimd for Back<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<f32> {
        self.way.back(self.window, self.pairs)
    }
}

impl Way<'_> {
    /// `[place, 3 · channel]` of one window; to `pairs` `[head, query, key]` it adds the gradient of
    /// the scores.
    ///
    /// With S the scores, P their softmax and O = P·V: dV = Pᵀ·dO, dP = dO·Vᵀ,
    /// dS = P∘(dP − Σ P∘dP), dQ = dS·K and dK = dSᵀ·Q, both scaled as the scores are.
    #[inline(always)]
    fn back(&self, window: &[Place], pairs: &mut [f32]) -> Vec<f32> {
        let (n, channels, sizes) = (window.len(), self.channels, self.sizes);
        let width = channels / sizes.heads;
        let scale = scale(width);
        let filled = width.next_multiple_of(GROUP);
        let mut answer = vec![0.0_f32; n * 3 * channels];
        let zeros = || vec![0.0_f32; filled * n];
        let (mut keys, mut values, mut of_keys, mut of_values) =
            (zeros(), zeros(), zeros(), zeros());
        let (mut weights, mut slopes) = (vec![0.0_f32; n], vec![0.0_f32; n]);
        let (mut query, mut wanted) = (vec![0.0_f32; filled], vec![0.0_f32; filled]);
        let masks = masks(window);
        for head in 0..sizes.heads {
            let offset = head * width;
            gather(
                &mut keys,
                self.qkv,
                channels,
                window,
                channels + offset,
                width,
            );
            gather(
                &mut values,
                self.qkv,
                channels,
                window,
                2 * channels + offset,
                width,
            );
            of_keys.fill(0.0);
            of_values.fill(0.0);
            for (q, place) in window.iter().enumerate() {
                if place.token >= sizes.grid {
                    continue;
                }
                let asked = &self.qkv[place.token * 3 * channels + offset..][..width];
                for (query, asked) in query.iter_mut().zip(asked) {
                    *query = asked * scale;
                }
                wanted[..width]
                    .copy_from_slice(&self.gradient[place.token * channels + offset..][..width]);

                weights.copy_from_slice(&self.table.row(head, q)[..n]);
                if let Some(masks) = &masks {
                    let mask = &masks[usize::from(place.region) * n..][..n];
                    weights.iter_mut().zip(mask).for_each(|(w, m)| *w += m);
                }
                add_all_products(&mut weights, &query, &keys);
                let factor = 1.0 / exponentials(&mut weights);
                weights.iter_mut().for_each(|weight| *weight *= factor);

                slopes.fill(0.0);
                add_all_products(&mut slopes, &wanted, &values);
                let along = product(&weights, &slopes);
                for (slope, weight) in slopes.iter_mut().zip(&weights) {
                    *slope = weight * (*slope - along);
                }

                let pairs = &mut pairs[(head * n + q) * n..][..n];
                pairs.iter_mut().zip(&slopes).for_each(|(p, s)| *p += s);
                for d in 0..width {
                    add_scaled(&mut of_values[d * n..][..n], &weights, wanted[d]);
                    add_scaled(&mut of_keys[d * n..][..n], &slopes, query[d]);
                }
                let row = &mut answer[q * 3 * channels + offset..];
                for (d, keys) in keys.chunks(GROUP * n).enumerate() {
                    for (i, sum) in dots(&slopes, keys).iter().enumerate() {
                        if d * GROUP + i < width {
                            row[d * GROUP + i] = scale * sum;
                        }
                    }
                }
            }
            for k in 0..n {
                let row = &mut answer[k * 3 * channels + channels + offset..];
                for d in 0..width {
                    row[d] = of_keys[d * n + k];
                    row[channels + d] = of_values[d * n + k];
                }
            }
        }
        answer
    }
}

#[inline(always)]
fn product(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut lanes = [0.0_f32; LANES];
    let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum();
    lanes.iter().sum::<f32>() + rest
}

#[inline(always)]
fn add_scaled(sum: &mut [f32], values: &[f32], factor: f32) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += factor * value;
    }
}
