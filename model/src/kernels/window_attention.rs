//! Window attention with relative position bias and shift mask, in one go.
//!
//! Out of Burn's own operations it needs the score tensor in memory, several times over (at feature
//! size 48 and 96³ it is 462 MiB), and gathers before and after.
//!
//! Shader: `shaders/compute/window_attention.wgsl`.

#[cfg(any(feature = "stock", all(feature = "train", feature = "gpu")))]
mod composed;
mod cpu;
#[cfg(feature = "gpu")]
pub(super) mod gpu;
#[cfg(feature = "train")]
pub(super) mod gradient;
#[cfg(feature = "stock")]
mod stock;

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, Flex, backend_extension};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};

/// Bits of a window's entry that name the token; the rest name its region.
const TOKEN_BITS: u32 = 28;

/// What the shift mask adds to scores between regions, as MONAI does.
const MASKED: f32 = -100.0;

/// What the products of queries and keys of so many channels are scaled by.
fn scale(head: usize) -> f32 {
    1.0 / (head as f32).sqrt()
}

/// The operation, on each backend's own tensors.
#[backend_extension(Autodiff: cfg(feature = "train"), Cube: cfg(feature = "gpu"), Flex)]
pub trait WindowAttention: Backend {
    /// See [`window_attention()`].
    fn window_attention(
        qkv: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        tokens: IntTensor<Self>,
        codes: IntTensor<Self>,
        sizes: Sizes,
    ) -> FloatTensor<Self>;
}

/// Which tokens meet in which window, and where they stand there. Made by [`Windows::new`].
#[derive(Clone, Debug)]
pub struct Windows {
    /// `[window · place]`: the token, and its region above [`TOKEN_BITS`].
    tokens: Tensor<1, Int>,
    /// `[place]`.
    codes: Tensor<1, Int>,
    places: usize,
    grid: usize,
    origin: usize,
    padded: bool,
}

/// A token's place in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its number in the grid; beyond the grid it is padding.
    pub token: usize,
    /// Tokens of different regions of one window do not see each other.
    pub region: u8,
}

/// What a launch has to know beside its tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Places of a window.
    pub places: usize,
    /// Heads of the attention.
    pub heads: usize,
    /// Tokens of the grid.
    pub grid: usize,
    /// The bias table's row for a token and itself.
    pub origin: usize,
}

impl Windows {
    /// `places` of every window, one window after the other, over a `grid` of so many tokens;
    /// `codes` as many as a window has places: query `q` and key `k` share the bias table's row
    /// `origin + codes[q] - codes[k]`.
    ///
    /// # Panics
    /// If windows are not whole, or tokens have more than 28 bits or regions more than 3.
    #[must_use]
    pub fn new(
        places: &[Place],
        codes: &[u32],
        origin: usize,
        grid: usize,
        device: &Device,
    ) -> Self {
        assert_eq!(places.len() % codes.len(), 0, "windows are whole");
        assert!(grid < 1 << TOKEN_BITS, "too many tokens for the packing");
        let packed = places.iter().map(|place| {
            assert!(place.region < 8);
            // The sign bit stays free: Burn's integers are i32.
            (place.token.min(grid) as u32 | u32::from(place.region) << TOKEN_BITS).cast_signed()
        });
        let packed: Vec<i32> = packed.collect();
        let codes: Vec<i32> = codes.iter().map(|&code| code.cast_signed()).collect();
        Self {
            padded: places.iter().any(|place| place.token >= grid),
            tokens: ints(packed, device),
            places: codes.len(),
            codes: ints(codes, device),
            grid,
            origin,
        }
    }

    /// Whether any window has a place beyond the grid.
    #[must_use]
    pub fn padded(&self) -> bool {
        self.padded
    }
}

fn ints(values: Vec<i32>, device: &Device) -> Tensor<1, Int> {
    let len = values.len();
    Tensor::from_data(TensorData::new(values, [len]), device)
}

/// Attention inside each window: `[batch, grid, channels]` from `qkv` `[batch, rows, 3·channels]`
/// and `bias` `[relative position, heads]`. Queries are scaled by 1/√(channels a head).
///
/// Where windows are padded, `qkv` has one row more than the grid: what padding holds.
///
/// # Panics
/// If shapes do not fit together or the device does not compute with the tensors' types.
#[must_use]
pub fn window_attention(qkv: Tensor<3>, bias: Tensor<2>, windows: &Windows) -> Tensor<3> {
    let [_, rows, width] = qkv.dims();
    let heads = bias.dims()[1];
    assert_eq!(rows, windows.grid + usize::from(windows.padded));
    assert_eq!(width % (3 * heads), 0, "heads share the channels evenly");
    assert!(super::fits(&qkv) && bias.dtype() == DType::F32);
    let sizes = Sizes {
        places: windows.places,
        heads,
        grid: windows.grid,
        origin: windows.origin,
    };
    #[cfg(feature = "stock")]
    if super::stock::on() {
        return stock::window_attention(qkv, bias, windows, sizes);
    }
    Tensor::from_dispatch(Dispatch::window_attention(
        qkv.into_dispatch(),
        bias.into_dispatch(),
        windows.tokens.clone().into_dispatch(),
        windows.codes.clone().into_dispatch(),
        sizes,
    ))
}

fn unpacked(packed: i32) -> Place {
    let packed = packed.cast_unsigned();
    Place {
        token: (packed & ((1 << TOKEN_BITS) - 1)) as usize,
        region: (packed >> TOKEN_BITS) as u8,
    }
}

/// Query for query, as the definition says: the shader's oracle. `qkv` of one sample.
#[must_use]
pub fn twin(qkv: &[f32], bias: &[f32], places: &[Place], codes: &[u32], sizes: Sizes) -> Vec<f32> {
    let Sizes { heads, grid, .. } = sizes;
    let rows = places
        .iter()
        .map(|place| place.token + 1)
        .max()
        .unwrap_or(0);
    let channels = qkv.len() / (3 * rows.max(grid));
    let head = channels / heads;
    let mut output = vec![0.0; grid * channels];
    for window in places.chunks(sizes.places) {
        for (h, (q, query)) in
            (0..heads).flat_map(|h| window.iter().enumerate().map(move |query| (h, query)))
        {
            if query.token >= grid {
                continue;
            }
            let part = |token: usize, part: usize, d: usize| {
                f64::from(qkv[(token * 3 + part) * channels + h * head + d])
            };
            let score = |(k, key): (usize, &Place)| {
                let dot: f64 = (0..head)
                    .map(|d| part(query.token, 0, d) * part(key.token, 1, d))
                    .sum();
                let row = sizes.origin + codes[q] as usize - codes[k] as usize;
                let mask = if query.region == key.region {
                    0.0
                } else {
                    MASKED
                };
                dot / (head as f64).sqrt() + f64::from(bias[row * heads + h] + mask)
            };
            let scores: Vec<f64> = window.iter().enumerate().map(score).collect();
            let largest = scores.iter().copied().fold(f64::MIN, f64::max);
            let weights: Vec<f64> = scores.iter().map(|s| (s - largest).exp()).collect();
            let total: f64 = weights.iter().sum();
            for d in 0..head {
                let values = window.iter().zip(&weights);
                let sum: f64 = values.map(|(key, w)| w * part(key.token, 2, d)).sum();
                output[query.token * channels + h * head + d] = (sum / total) as f32;
            }
        }
    }
    output
}

impl WindowAttention for Flex {
    fn window_attention(
        qkv: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        tokens: IntTensor<Self>,
        codes: IntTensor<Self>,
        sizes: Sizes,
    ) -> FloatTensor<Self> {
        cpu::window_attention(qkv, &bias, &tokens, &codes, sizes)
    }
}
