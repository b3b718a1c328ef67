//! Window attention on the CPU: a window's keys and values side by side, so that every loop is one
//! over vectors.

use burn::backend::flex::FlexTensor;
use burn::tensor::TensorData;

use super::{MASKED, Place, Sizes, unpacked};
use crate::kernels::contiguous;

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
        let windows = places.chunks(sizes.places);
        let answers = each(windows, |window| {
            answer(qkv, channels, window, &table, sizes)
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

/// On all cores where there are threads.
#[cfg(not(target_arch = "wasm32"))]
fn each<'a>(
    windows: std::slice::Chunks<'a, Place>,
    answer: impl Fn(&'a [Place]) -> Vec<f32> + Send + Sync,
) -> Vec<Vec<f32>> {
    use rayon::iter::{IntoParallelIterator, ParallelIterator};
    let windows: Vec<_> = windows.collect();
    windows.into_par_iter().map(answer).collect()
}

#[cfg(target_arch = "wasm32")]
fn each<'a>(
    windows: std::slice::Chunks<'a, Place>,
    answer: impl Fn(&'a [Place]) -> Vec<f32>,
) -> Vec<Vec<f32>> {
    windows.map(answer).collect()
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

    fn row(&self, head: usize, query: usize) -> &[f32] {
        &self.values[(head * self.places + query) * self.places..][..self.places]
    }
}

/// `[place, channel]` of one window.
fn answer(qkv: &[f32], channels: usize, window: &[Place], bias: &Bias, sizes: Sizes) -> Vec<f32> {
    let (n, width) = (window.len(), channels / sizes.heads);
    let scale = 1.0 / (width as f32).sqrt();
    let mut answer = vec![0.0_f32; n * channels];
    // [channel of the head, place]
    let (mut keys, mut values) = (vec![0.0_f32; width * n], vec![0.0_f32; width * n]);
    let mut scores = vec![0.0_f32; n];
    let masks = masks(window);
    for head in 0..sizes.heads {
        for (k, place) in window.iter().enumerate() {
            let row = &qkv[place.token * 3 * channels + channels + head * width..];
            for d in 0..width {
                keys[d * n + k] = row[d];
                values[d * n + k] = row[channels + d];
            }
        }
        for (q, place) in window.iter().enumerate() {
            if place.token >= sizes.grid {
                continue;
            }
            scores.copy_from_slice(bias.row(head, q));
            if let Some(masks) = &masks {
                let mask = &masks[usize::from(place.region) * n..][..n];
                scores.iter_mut().zip(mask).for_each(|(s, m)| *s += m);
            }
            let query = &qkv[place.token * 3 * channels + head * width..][..width];
            for (&q, keys) in query.iter().zip(keys.chunks(n)) {
                let q = q * scale;
                scores.iter_mut().zip(keys).for_each(|(s, k)| *s += q * k);
            }
            let factor = 1.0 / exponentials(&mut scores);
            let row = &mut answer[q * channels + head * width..][..width];
            for (answer, values) in row.iter_mut().zip(values.chunks(n)) {
                *answer = factor * dot(&scores, values);
            }
        }
    }
    answer
}

/// For every region that a window has, what it adds to each key's score; nothing where all of the
/// window is one region.
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

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let (whole_a, whole_b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = whole_a.remainder().iter().zip(whole_b.remainder());
    let rest: f32 = rest.map(|(a, b)| a * b).sum();
    for (a, b) in whole_a.zip(whole_b) {
        for lane in 0..LANES {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// Each to e^(value - largest); their sum.
fn exponentials(values: &mut [f32]) -> f32 {
    let mut largest = [f32::MIN; LANES];
    let whole = values.chunks_exact(LANES);
    let rest = whole.remainder().iter().copied().fold(f32::MIN, f32::max);
    for values in whole {
        for (largest, &value) in largest.iter_mut().zip(values) {
            *largest = if value > *largest { value } else { *largest };
        }
    }
    let largest = largest.iter().copied().fold(rest, f32::max);

    let mut sums = [0.0_f32; LANES];
    let mut whole = values.chunks_exact_mut(LANES);
    for values in &mut whole {
        for (sum, value) in sums.iter_mut().zip(values) {
            *value = exp(*value - largest);
            *sum += *value;
        }
    }
    let mut total: f32 = sums.iter().sum();
    for value in whole.into_remainder() {
        *value = exp(*value - largest);
        total += *value;
    }
    total
}

/// e^x for x ≤ 0, to 2 units in the last place; 0 below the smallest normal number. Without a
/// branch or a call, so that a loop over it is one over vectors, which `f32::exp` prevents.
///
/// x = n·ln 2 + r; e^r by its Taylor polynomial of degree 7 on |r| ≤ ½·ln 2; 2^n by its bits.
fn exp(x: f32) -> f32 {
    /// Adding it leaves the nearest whole number in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 in two parts; the first has few digits, so that n times it is exact.
    const LN2_HIGH: f32 = 0.693_359_375;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    const SMALLEST: f32 = -87.0;
    let inside = if x > SMALLEST { x } else { SMALLEST };
    let rounded = inside * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = inside - n * LN2_HIGH - n * LN2_LOW;
    let mut sum = 1.0 / 5040.0;
    for factor in [
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        sum = sum * r + factor;
    }
    let power = f32::from_bits((rounded.to_bits() << 23).wrapping_add(127 << 23));
    if x > SMALLEST { sum * power } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::{exp, exponentials};

    #[test]
    fn exp_is_that_of_f64_to_two_units() {
        for i in 0..200_000 {
            let x = -(i as f32) * 87.0 / 200_000.0;
            let exact = f64::from(x).exp();
            let error = (f64::from(exp(x)) - exact).abs() / exact;
            assert!(error < 2.4e-7, "{x}: {error:e}");
        }
        assert_eq!([exp(0.0), exp(-100.0), exp(-1e30)], [1.0, 0.0, 0.0]);
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
