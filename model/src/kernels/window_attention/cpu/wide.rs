//! Heads of any number of channels: a query's scores lie in memory, and each step is one pass over them.

use super::Place;
use crate::kernels::exp::exp;

/// Channels that one pass over the scores takes in: enough that loading and storing the scores
/// counts little, few enough for the registers. Heads are filled up with zeros to a multiple.
pub(super) const GROUP: usize = 4;

/// A head's keys and values of one window, `[channel of the head, place]`, and room for one query.
pub(super) struct Head {
    width: usize,
    keys: Vec<f32>,
    values: Vec<f32>,
    scores: Vec<f32>,
    query: Vec<f32>,
    sums: Vec<f32>,
}

impl Head {
    /// For heads of `width` channels.
    pub(super) fn new(width: usize, places: usize) -> Self {
        let filled = width.next_multiple_of(GROUP);
        Self {
            width,
            keys: vec![0.0; filled * places],
            values: vec![0.0; filled * places],
            scores: vec![0.0; places],
            query: vec![0.0; filled],
            sums: vec![0.0; filled],
        }
    }

    /// Reads those of the head whose channels begin at `head`; `qkv` `[token, 3 · channels]`.
    #[inline(always)]
    pub(super) fn read(&mut self, qkv: &[f32], channels: usize, window: &[Place], head: usize) {
        let part = |to: &mut [f32], offset| gather(to, qkv, channels, window, offset, self.width);
        part(&mut self.keys, channels + head);
        part(&mut self.values, 2 * channels + head);
    }

    /// The values' sums weighted by softmax, to `answer`. `bias` of each key, `mask` that is added to it; the query
    /// is scaled.
    #[inline(always)]
    pub(super) fn answer(
        &mut self,
        answer: &mut [f32],
        query: impl Iterator<Item = f32>,
        bias: impl Iterator<Item = f32>,
        mask: Option<&[f32]>,
    ) {
        self.query.iter_mut().zip(query).for_each(|(to, q)| *to = q);
        let scores = &mut self.scores[..];
        scores.iter_mut().zip(bias).for_each(|(s, b)| *s = b);
        if let Some(mask) = mask {
            scores.iter_mut().zip(mask).for_each(|(s, m)| *s += m);
        }
        add_all_products(scores, &self.query, &self.keys);
        let factor = 1.0 / exponentials(scores);
        let n = scores.len();
        for (sums, values) in self
            .sums
            .chunks_mut(GROUP)
            .zip(self.values.chunks(GROUP * n))
        {
            sums.copy_from_slice(&dots(scores, values));
        }
        for (answer, sum) in answer.iter_mut().zip(&self.sums) {
            *answer = factor * sum;
        }
    }
}

/// One head's part of what `qkv` holds of each place, from `offset` in a token's row on:
/// `[channel of the head, place]`.
#[inline(always)]
pub(super) fn gather(
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
pub(super) fn add_all_products(scores: &mut [f32], query: &[f32], keys: &[f32]) {
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
pub(super) fn dots(weights: &[f32], values: &[f32]) -> [f32; GROUP] {
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

/// Side by side in so many sums, so that the loop is one over vectors.
const LANES: usize = 8;

/// Each to e^(value - largest); their sum.
#[inline(always)]
pub(super) fn exponentials(values: &mut [f32]) -> f32 {
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

#[cfg(test)]
mod tests {
    use super::exponentials;

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
