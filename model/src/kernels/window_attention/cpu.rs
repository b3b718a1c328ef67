//! Window attention on the CPU: a window's keys and values side by side, so that every loop is one
//! over vectors. Everything inside is inlined into one function, which is compiled for each width of
//! vectors.
//!
//! Heads of four channels whose scores are small, as those of the small networks are, take one pass over the keys
//! ([`narrow`]), all others several ([`wide`]).

use std::f32::consts::LOG2_E;

use burn::backend::flex::FlexTensor;
use burn::tensor::TensorData;

use pulp::{Simd, WithSimd};

use super::{MASKED, Place, Sizes, scale, unpacked};
use crate::kernels::{contiguous, parallel, vectors};

#[cfg(feature = "train")]
mod back;
mod narrow;
mod wide;

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
    let factor = if channels / sizes.heads == narrow::WIDTH {
        LOG2_E
    } else {
        1.0
    };
    let table = Bias::new(bias.storage(), codes, sizes, factor);

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
    /// Of a row; what is beyond the places is 0.
    pitch: usize,
    /// What the values are multiplied by.
    factor: f32,
    /// The largest magnitude of each head's values; no number where one of them is none.
    largest: Vec<f32>,
}

impl Bias {
    fn new(table: &[f32], codes: &[i32], sizes: Sizes, factor: f32) -> Self {
        let pitch = codes.len().next_multiple_of(narrow::PITCH);
        let mut values = vec![0.0; sizes.heads * codes.len() * pitch];
        for (head, values) in values.chunks_mut(codes.len() * pitch).enumerate() {
            for (values, &query) in values.chunks_mut(pitch).zip(codes) {
                for (value, &key) in values.iter_mut().zip(codes) {
                    let row = (sizes.origin as i32 + query - key) as usize;
                    *value = factor * table[row * sizes.heads + head];
                }
            }
        }
        let largest = |head: usize| {
            let of_head = table.iter().skip(head).step_by(sizes.heads);
            factor * narrow::largest(of_head.map(|value| value.abs()))
        };
        Self {
            places: codes.len(),
            pitch,
            factor,
            largest: (0..sizes.heads).map(largest).collect(),
            values,
        }
    }

    /// With what fills it up.
    #[inline(always)]
    fn row(&self, head: usize, query: usize) -> &[f32] {
        &self.values[(head * self.places + query) * self.pitch..][..self.pitch]
    }
}

/// The attention of one window, compiled for the widest vectors that the machine has.
struct Answer<'a> {
    qkv: &'a [f32],
    channels: usize,
    window: &'a [Place],
    bias: &'a Bias,
    sizes: Sizes,
}

impl WithSimd for Answer<'_> {
    /// `[place, channel]`.
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        let Self {
            qkv,
            channels,
            window,
            bias,
            sizes,
        } = self;
        let (n, width) = (window.len(), channels / sizes.heads);
        let (scale, natural) = (scale(width), 1.0 / bias.factor);
        let mut answer = vec![0.0_f32; n * channels];
        let mut narrow = (width == narrow::WIDTH).then(|| narrow::Head::new(simd, window));
        let mut wide = wide::Head::new(width, n);
        let masks = masks(window);
        for head in 0..sizes.heads {
            let offset = head * width;
            if let Some(narrow) = &mut narrow {
                narrow.read(qkv, channels, window, offset);
            }
            let mut is_read = false;
            for (q, place) in window.iter().enumerate() {
                if place.token >= sizes.grid {
                    continue;
                }
                let asked = &qkv[place.token * 3 * channels + offset..][..width];
                let to = &mut answer[q * channels + offset..][..width];
                let row = bias.row(head, q);
                if let Some(narrow) = &narrow
                    && let Some(found) = narrow.answer(
                        simd,
                        std::array::from_fn(|d| asked[d] * (scale * bias.factor)),
                        (row, bias.largest[head]),
                        place.region,
                    )
                {
                    to.copy_from_slice(&found);
                    continue;
                }
                if !is_read {
                    wide.read(qkv, channels, window, offset);
                    is_read = true;
                }
                let mask = masks
                    .as_ref()
                    .map(|m| &m[usize::from(place.region) * n..][..n]);
                let query = asked.iter().map(|asked| asked * scale);
                wide.answer(to, query, row.iter().map(|value| value * natural), mask);
            }
        }
        answer
    }
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
