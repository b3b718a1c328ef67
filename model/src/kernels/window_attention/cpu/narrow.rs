//! Heads of four channels, which are those of the small networks, in one pass over the keys: score, exponential and
//! sums never leave the registers.
//!
//! No largest score is taken away first. That is for scores that are known to be small, as trained networks have
//! them; of each query that is asked beforehand. Scores are powers of two, since 2^x is cheaper than e^x: queries and
//! bias come multiplied by log₂ e.

use std::f32::consts::LOG2_E;

use pulp::Simd;

use super::{MASKED, Place};
use crate::kernels::vectors::load;

/// Channels of a head.
pub(super) const WIDTH: usize = 4;

/// The bias' rows are this long or a multiple, so that every machine reads them in whole vectors.
pub(super) const PITCH: usize = 16;

/// Largest score on either side. 2^60 times as many keys as there are is far from where f32 ends, and a key of another
/// region weighs nothing beside the query's own, which it always sees.
const TAME: f32 = 60.0;
const _: () = assert!(MASKED * LOG2_E + 2.0 * TAME < -24.0);

/// A head's keys and values of one window, `[vector of places][channel]`, filled up with zeros.
pub(super) struct Head<S: Simd> {
    keys: Vec<[S::f32s; WIDTH]>,
    values: Vec<[S::f32s; WIDTH]>,
    /// Length of the longest key; no number where one of them has none.
    longest: f32,
    /// `[region][vector of places]`: 1 for each key of the region, 0 for the others and what fills up.
    seen: Vec<Vec<S::f32s>>,
    /// So many vectors at the beginning are seen as a whole.
    whole: usize,
}

impl<S: Simd> Head<S> {
    pub(super) fn new(simd: S, window: &[Place]) -> Self {
        let vectors = window.len().div_ceil(S::F32_LANES);
        let zeros = vec![[simd.splat_f32s(0.0); WIDTH]; vectors];
        let last = window.iter().map(|place| place.region).max().unwrap_or(0);
        let seen = |region: u8| {
            let mut seen = vec![simd.splat_f32s(0.0); vectors];
            let lanes: &mut [f32] = bytemuck::cast_slice_mut(&mut seen);
            for (lane, key) in lanes.iter_mut().zip(window) {
                *lane = f32::from(u8::from(key.region == region));
            }
            seen
        };
        Self {
            keys: zeros.clone(),
            values: zeros,
            longest: 0.0,
            seen: (0..=last).map(seen).collect(),
            whole: if last == 0 {
                window.len() / S::F32_LANES
            } else {
                0
            },
        }
    }

    /// Reads those of the head whose channels begin at `head`; `qkv` `[token, 3 · channels]`.
    #[inline(always)]
    pub(super) fn read(&mut self, qkv: &[f32], channels: usize, window: &[Place], head: usize) {
        let keys: &mut [f32] = bytemuck::cast_slice_mut(&mut self.keys);
        let values: &mut [f32] = bytemuck::cast_slice_mut(&mut self.values);
        let squares = window.iter().enumerate().map(|(k, place)| {
            let row = &qkv[place.token * 3 * channels + channels + head..][..channels + WIDTH];
            let vector = k / S::F32_LANES * WIDTH;
            for d in 0..WIDTH {
                let at = (vector + d) * S::F32_LANES + k % S::F32_LANES;
                keys[at] = row[d];
                values[at] = row[channels + d];
            }
            square(&row[..WIDTH])
        });
        self.longest = largest(squares).sqrt();
    }

    /// The values' sums weighted by softmax; nothing where scores may be large. `bias` of each key, filled up, and its
    /// largest magnitude.
    #[inline(always)]
    pub(super) fn answer(
        &self,
        simd: S,
        query: [f32; WIDTH],
        (bias, most): (&[f32], f32),
        region: u8,
    ) -> Option<[f32; WIDTH]> {
        // |q·k| ≤ |q||k|. No number is not tame.
        let tame = square(&query).sqrt() * self.longest + most <= TAME;
        if !tame {
            return None;
        }
        let [a, b, c, d] = query;
        let query = [
            simd.splat_f32s(a),
            simd.splat_f32s(b),
            simd.splat_f32s(c),
            simd.splat_f32s(d),
        ];
        let mut sums = Sums {
            total: simd.splat_f32s(0.0),
            weighted: [simd.splat_f32s(0.0); WIDTH],
        };
        let keys = self
            .keys
            .iter()
            .zip(&self.values)
            .zip(bias.chunks_exact(S::F32_LANES));
        for ((keys, values), bias) in keys.clone().take(self.whole) {
            sums = sums.and(simd, weight(simd, &query, keys, bias), values);
        }
        let seen = &self.seen[usize::from(region)];
        for (((keys, values), bias), &seen) in keys.zip(seen).skip(self.whole) {
            let weight = simd.mul_f32s(seen, weight(simd, &query, keys, bias));
            sums = sums.and(simd, weight, values);
        }
        let factor = 1.0 / simd.reduce_sum_f32s(sums.total);
        let mut answer = [factor; WIDTH];
        for (answer, sum) in answer.iter_mut().zip(sums.weighted) {
            *answer *= simd.reduce_sum_f32s(sum);
        }
        Some(answer)
    }
}

// Functions and not closures: a closure that stands in two places is compiled by itself, without the wide vectors,
// and then every operation on one is a call.

/// Of the weights, and of the values times their weights.
struct Sums<S: Simd> {
    total: S::f32s,
    weighted: [S::f32s; WIDTH],
}

impl<S: Simd> Sums<S> {
    #[inline(always)]
    fn and(mut self, simd: S, weight: S::f32s, values: &[S::f32s; WIDTH]) -> Self {
        self.total = simd.add_f32s(self.total, weight);
        for (sum, value) in self.weighted.iter_mut().zip(values) {
            *sum = simd.mul_add_e_f32s(weight, *value, *sum);
        }
        self
    }
}

/// The weights of a vector of keys.
#[inline(always)]
fn weight<S: Simd>(
    simd: S,
    query: &[S::f32s; WIDTH],
    keys: &[S::f32s; WIDTH],
    bias: &[f32],
) -> S::f32s {
    let mut score = load::<S>(bias);
    for (query, key) in query.iter().zip(keys) {
        score = simd.mul_add_e_f32s(*query, *key, score);
    }
    power(simd, score)
}

fn square(values: &[f32]) -> f32 {
    values.iter().map(|value| value * value).sum()
}

/// The largest of numbers that are not below zero; no number where one of them is none, or infinite.
pub(super) fn largest(values: impl Iterator<Item = f32>) -> f32 {
    let (most, sum) = values.fold((0.0_f32, 0.0), |(most, sum), value| {
        (most.max(value), sum + value)
    });
    most + 0.0 * sum
}

/// 2^x for |x| ≤ 126, to two units in the last place.
///
/// x = n + f with n whole; 2^f by a polynomial of least relative error (7.5·10⁻⁸) on |f| ≤ ½; 2^n by adding n to the
/// exponent's bits.
#[inline(always)]
fn power<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    /// Adding it leaves the nearest whole number in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    /// From Remez' exchange.
    const FACTORS: [f32; 5] = [
        0.009_675_541,
        0.055_507_13,
        0.240_221_2,
        0.693_146_94,
        1.000_000_1,
    ];
    let round = simd.splat_f32s(ROUND);
    let rounded = simd.add_f32s(x, round);
    let f = simd.sub_f32s(x, simd.sub_f32s(rounded, round));
    let mut sum = simd.splat_f32s(0.001_327_647_2);
    for factor in FACTORS {
        sum = simd.mul_add_e_f32s(sum, f, simd.splat_f32s(factor));
    }
    let n = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(rounded), simd.splat_u32s(23));
    simd.transmute_f32s_u32s(simd.add_u32s(simd.transmute_u32s_f32s(sum), n))
}

#[cfg(test)]
mod tests {
    use super::{largest, power};
    use pulp::Scalar;

    #[test]
    fn powers_are_those_of_f64_to_two_units() {
        for i in -126_000..=126_000 {
            let x = i as f32 / 1000.0;
            let exact = f64::from(x).exp2();
            let error = (f64::from(power(Scalar, x)) - exact).abs() / exact;
            assert!(error < 2.4e-7, "{x}: {error:e}");
        }
    }

    #[test]
    fn what_is_no_number_is_not_lost_among_numbers() {
        assert_eq!(largest([1.0, 3.0, 2.0].into_iter()), 3.0);
        for worst in [f32::NAN, f32::INFINITY] {
            assert!(largest([1.0, worst, 2.0].into_iter()).is_nan());
        }
    }
}
