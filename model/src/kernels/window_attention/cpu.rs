//! Window attention on the CPU: a window's keys and values side by side, so that every loop is one
//! over vectors. Everything inside is inlined into one function, which is compiled for each width of
//! vectors.

use burn::backend::flex::FlexTensor;
use burn::tensor::TensorData;

use pulp::{Simd, WithSimd};

use super::{MASKED, Place, Sizes, scale, unpacked};
use crate::kernels::{contiguous, parallel, vectors};

#[cfg(feature = "train")]
mod back;
#[cfg(feature = "train")]
pub(super) use back::gradients;

pub(super) fn window_attention(
    qkv: FlexTensor,
    bias: &FlexTensor,
    tokens: &FlexTensor,
    codes: &FlexTensor,
    sizes: Sizes,
) -> FlexTensor {
    let (qkv, bias) = (contiguous(qkv), bias.to_contiguous());
    let shape = qkv.layout().shape();
    let (batch, rows, channels) = (shape[0], shape[1], shape[2] / 3);
    let places: Vec<Place> = tokens.storage().iter().map(|&t| unpacked(t)).collect();
    let codes = codes.storage::<i32>();
    let table = Bias::new(bias.storage(), codes, sizes);

    let mut output = vec![0.0_f32; batch * sizes.grid * channels];
    let samples = output.chunks_mut(sizes.grid * channels);
    for (output, qkv) in samples.zip(qkv.storage::<f32>().chunks(rows * 3 * channels)) {
        let windows = places.chunks(sizes.places).collect();
        let answers = parallel::map(windows, |window| {
            vectors::dispatch(Answer {
                qkv,
                channels,
                window,
                bias: &table,
                sizes,
            })
        });
        for (window, answer) in places.chunks(sizes.places).zip(answers) {
            for (place, row) in window.iter().zip(answer.chunks(channels)) {
                if place.token < sizes.grid {
                    output[place.token * channels..][..channels].copy_from_slice(row);
                }
            }
        }
    }
    FlexTensor::from_data(TensorData::new(output, [batch, sizes.grid, channels]))
}

/// The bias of every pair of places: `[head, query, key]`, the same in every window.
struct Bias {
    values: Vec<f32>,
    places: usize,
}

impl Bias {
    fn new(table: &[f32], codes: &[i32], sizes: Sizes) -> Self {
        let mut values = Vec::with_capacity(sizes.heads * codes.len().pow(2));
        for head in 0..sizes.heads {
            for &query in codes {
                values.extend(codes.iter().map(|&key| {
                    let row = (sizes.origin as i32 + query - key) as usize;
                    table[row * sizes.heads + head]
                }));
            }
        }
        Self {
            values,
            places: codes.len(),
        }
    }

    #[inline(always)]
    fn row(&self, head: usize, query: usize) -> &[f32] {
        &self.values[(head * self.places + query) * self.places..][..self.places]
    }
}

/// Channels that one pass over the scores takes in: enough that loading and storing the scores
/// counts little, few enough for the registers. Heads are filled up with zeros to a multiple.
const GROUP: usize = 4;

/// [`answer`], compiled for the widest vectors that the machine has.
struct Answer<'a> {
    qkv: &'a [f32],
    channels: usize,
    window: &'a [Place],
    bias: &'a Bias,
    sizes: Sizes,
}

impl WithSimd for Answer<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<f32> {
        answer(self.qkv, self.channels, self.window, self.bias, self.sizes)
    }
}

/// `[place, channel]` of one window.
#[inline(always)]
fn answer(qkv: &[f32], channels: usize, window: &[Place], bias: &Bias, sizes: Sizes) -> Vec<f32> {
    let (n, width) = (window.len(), channels / sizes.heads);
    let scale = scale(width);
    let filled = width.next_multiple_of(GROUP);
    let mut answer = vec![0.0_f32; n * channels];
    // [channel of the head, place]
    let (mut keys, mut values) = (vec![0.0_f32; filled * n], vec![0.0_f32; filled * n]);
    let (mut scores, mut query, mut sums) = (vec![0.0; n], vec![0.0; filled], vec![0.0; filled]);
    let masks = masks(window);
    for head in 0..sizes.heads {
        gather(
            &mut keys,
            qkv,
            channels,
            window,
            channels + head * width,
            width,
        );
        gather(
            &mut values,
            qkv,
            channels,
            window,
            2 * channels + head * width,
            width,
        );
        for (q, place) in window.iter().enumerate() {
            if place.token >= sizes.grid {
                continue;
            }
            let asked = &qkv[place.token * 3 * channels + head * width..][..width];
            for (query, asked) in query.iter_mut().zip(asked) {
                *query = asked * scale;
            }
            scores.copy_from_slice(bias.row(head, q));
            if let Some(masks) = &masks {
                let mask = &masks[usize::from(place.region) * n..][..n];
                scores.iter_mut().zip(mask).for_each(|(s, m)| *s += m);
            }
            add_all_products(&mut scores, &query, &keys);
            let factor = 1.0 / exponentials(&mut scores);
            for (sums, values) in sums.chunks_mut(GROUP).zip(values.chunks(GROUP * n)) {
                sums.copy_from_slice(&dots(&scores, values));
            }
            let row = &mut answer[q * channels + head * width..][..width];
            for (answer, sum) in row.iter_mut().zip(&sums) {
                *answer = factor * sum;
            }
        }
    }
    answer
}

/// One head's part of what `qkv` holds of each place, from `offset` in a token's row on:
/// `[channel of the head, place]`.
#[inline(always)]
fn gather(
    to: &mut [f32],
    qkv: &[f32],
    channels: usize,
    window: &[Place],
    offset: usize,
    width: usize,
) {
    let n = window.len();
    for (k, place) in window.iter().enumerate() {
        let row = &qkv[place.token * 3 * channels + offset..][..width];
        for (d, &value) in row.iter().enumerate() {
            to[d * n + k] = value;
        }
    }
}

/// Adds to each score the product of query and key. `keys` `[channel, place]`, whole groups.
#[inline(always)]
fn add_all_products(scores: &mut [f32], query: &[f32], keys: &[f32]) {
    let n = scores.len();
    for (query, keys) in query.chunks(GROUP).zip(keys.chunks(GROUP * n)) {
        add_products(scores, query, keys);
    }
}

/// Adds to each score what a group of channels of query and key gives. `keys` `[GROUP, place]`.
#[inline(always)]
fn add_products(scores: &mut [f32], query: &[f32], keys: &[f32]) {
    let n = scores.len();
    let [a, b, c, d] = [0, 1, 2, 3].map(|i| &keys[i * n..][..n]);
    let [qa, qb, qc, qd] = [0, 1, 2, 3].map(|i| query[i]);
    for k in 0..n {
        scores[k] += qa * a[k] + qb * b[k] + (qc * c[k] + qd * d[k]);
    }
}

/// The sums of a group of channels of the values, weighted. `values` `[GROUP, place]`.
#[inline(always)]
fn dots(weights: &[f32], values: &[f32]) -> [f32; GROUP] {
    let n = weights.len();
    let whole = n - n % LANES;
    let rows = [0, 1, 2, 3].map(|i| &values[i * n..][..n]);
    let mut lanes = [[0.0_f32; LANES]; GROUP];
    for k in (0..whole).step_by(LANES) {
        let weight = &weights[k..][..LANES];
        for (lanes, row) in lanes.iter_mut().zip(rows) {
            let values = &row[k..][..LANES];
            for lane in 0..LANES {
                lanes[lane] += weight[lane] * values[lane];
            }
        }
    }
    std::array::from_fn(|i| {
        let rest = weights[whole..].iter().zip(&rows[i][whole..]);
        lanes[i].iter().sum::<f32>() + rest.map(|(w, v)| w * v).sum::<f32>()
    })
}

/// For every region that a window has, what it adds to each key's score; nothing where all of the
/// window is one region.
#[inline(always)]
fn masks(window: &[Place]) -> Option<Vec<f32>> {
    let last = window.iter().map(|place| place.region).max()?;
    if last == 0 {
        return None;
    }
    let mask = |region: u8| {
        window
            .iter()
            .map(move |key| if key.region == region { 0.0 } else { MASKED })
    };
    Some((0..=last).flat_map(mask).collect())
}

/// Side by side in so many sums, so that the loop is one over vectors.
const LANES: usize = 8;

/// Each to e^(value - largest); their sum.
#[inline(always)]
fn exponentials(values: &mut [f32]) -> f32 {
    let (whole, rest) = values.as_chunks_mut::<LANES>();
    let mut most = [f32::MIN; LANES];
    for values in whole.iter() {
        for (most, &value) in most.iter_mut().zip(values) {
            *most = if value > *most { value } else { *most };
        }
    }
    let largest = rest.iter().chain(&most).copied().fold(f32::MIN, f32::max);

    let mut sums = [0.0_f32; LANES];
    for values in whole {
        for (sum, value) in sums.iter_mut().zip(values) {
            *value = exp(*value - largest);
            *sum += *value;
        }
    }
    let mut total: f32 = sums.iter().sum();
    for value in rest {
        *value = exp(*value - largest);
        total += *value;
    }
    total
}

/// e^x for x ≤ 0, to 3 units in the last place; below −87 it stays at e^−87, which is 10⁻³⁸.
///
/// No branch, no call and no loop inside: only so does a loop over it become one over vectors. With
/// a choice of 0 at the end it takes twice the time.
///
/// x = n·ln 2 + r; e^r by its Taylor polynomial of degree 6 on |r| ≤ ½·ln 2; 2^n by its bits.
#[inline(always)]
fn exp(x: f32) -> f32 {
    /// Adding it leaves the nearest whole number in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 in two parts; the first has few digits, so that n times it is exact.
    const LN2_HIGH: f32 = 355.0 / 512.0;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    const SMALLEST: f32 = -87.0;
    let x = if x > SMALLEST { x } else { SMALLEST };
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = x - n * LN2_HIGH - n * LN2_LOW;
    let sum = r * (1.0 / 720.0) + 1.0 / 120.0;
    let sum = ((sum * r + 1.0 / 24.0) * r + 1.0 / 6.0) * r + 0.5;
    let sum = (sum * r + 1.0) * r + 1.0;
    sum * f32::from_bits((rounded.to_bits() << 23).wrapping_add(127 << 23))
}

#[cfg(test)]
mod tests {
    use super::{exp, exponentials};

    #[test]
    fn exp_is_that_of_f64_to_three_units() {
        for i in 0..200_000 {
            let x = -(i as f32) * 87.0 / 200_000.0;
            let exact = f64::from(x).exp();
            let error = (f64::from(exp(x)) - exact).abs() / exact;
            assert!(error < 3.6e-7, "{x}: {error:e}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert!([exp(-100.0), exp(-1e30)].iter().all(|&tiny| tiny < 2e-38));
    }

    #[test]
    fn exponentials_take_the_largest_wherever_it_stands() {
        for at in [0, 7, 8, 12] {
            let mut values = vec![-1.0_f32; 13];
            values[at] = 3.0;
            let sum = exponentials(&mut values);
            let other = (-4.0_f32).exp();
            assert!((sum - 1.0 - 12.0 * other).abs() < 1e-6);
            assert_eq!(values[at], 1.0);
            assert!((values[(at + 1) % 13] - other).abs() < 1e-8);
        }
    }
}
