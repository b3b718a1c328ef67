//! Winograd's F(2, 3) along x and along y: two outputs of three taps by four products instead of six.
//!
//! Of the inputs a, b, c, d the products are with a − c, b + c, c − b and b − d; of the taps f, g, h
//! the factors are f, ½(f + g + h), ½(f − g + h) and h. The outputs are the sum of the first three
//! products, and the second less the third and the fourth. Along one axis nothing is larger than twice its
//! parts, along both than four times, so in f32 the error stays that of the plain sum, about: 1 to 2·10⁻⁶ of the
//! largest output.

use pulp::Simd;

use super::{EDGE, TAPS, Volume};
use crate::kernels::vectors::{load, store};

/// Outputs along x, and along y, that are made together.
pub(super) const MADE: usize = 2;
/// Inputs along x, and along y, that they see.
pub(super) const SEEN: usize = MADE + EDGE - 1;
/// Products along x and y of one block of outputs, y fastest.
pub(super) const PRODUCTS: usize = SEEN * SEEN;

/// What the outputs of two x and two y see, in the combinations that are multiplied:
/// `[product, channel, z]`, a zero before each row and zeros after it.
pub(super) struct Seen {
    values: Vec<f32>,
    channels: usize,
    pub(super) pitch: usize,
    /// A row outside the grid.
    outside: Vec<f32>,
}

impl Seen {
    /// For rows that are read in tiles of so many lanes.
    pub(super) fn new(volume: Volume<'_>, lanes: usize) -> Self {
        let row = volume.grid[2];
        let pitch = row.next_multiple_of(lanes) + EDGE - 1;
        Self {
            values: vec![0.0; PRODUCTS * volume.channels * pitch],
            channels: volume.channels,
            pitch,
            outside: vec![0.0; row],
        }
    }

    /// All channels of one combination.
    #[inline(always)]
    pub(super) fn rows(&self, product: usize) -> &[f32] {
        let len = self.channels * self.pitch;
        &self.values[product * len..][..len]
    }

    /// Makes it that of the outputs at `x`, `y` and the next.
    #[allow(
        clippy::needless_range_loop,
        reason = "over iterators the vectors go through memory"
    )]
    #[inline(always)]
    pub(super) fn fill<S: Simd>(&mut self, simd: S, volume: Volume<'_>, [x, y]: [usize; 2]) {
        let [nx, ny, nz] = volume.grid;
        for channel in 0..volume.channels {
            let mut rows = [[&self.outside[..]; SEEN]; SEEN];
            for (x, rows) in (x..).zip(&mut rows).filter(|(x, _)| (1..=nx).contains(x)) {
                for (y, row) in (y..).zip(rows).filter(|(y, _)| (1..=ny).contains(y)) {
                    let from = ((channel * nx + x - 1) * ny + y - 1) * nz;
                    *row = &volume.values[from..][..nz];
                }
            }
            let to = channel * self.pitch + EDGE / 2;
            let step = self.channels * self.pitch;
            for z in (0..nz).step_by(S::F32_LANES) {
                // The last vector may repeat a part of the one before it.
                let z = z.min(nz.saturating_sub(S::F32_LANES));
                let mut seen = [[simd.splat_f32s(0.0); SEEN]; SEEN];
                for i in 0..SEEN {
                    for j in 0..SEEN {
                        seen[i][j] = if nz < S::F32_LANES {
                            simd.partial_load_f32s(rows[i][j])
                        } else {
                            load::<S>(&rows[i][j][z..])
                        };
                    }
                    seen[i] = inputs(simd, seen[i]);
                }
                for j in 0..SEEN {
                    let column = inputs(simd, [seen[0][j], seen[1][j], seen[2][j], seen[3][j]]);
                    for i in 0..SEEN {
                        let to = &mut self.values[(i * SEEN + j) * step + to + z..];
                        if nz < S::F32_LANES {
                            simd.partial_store_f32s(&mut to[..nz], column[i]);
                        } else {
                            store(to, column[i]);
                        }
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn inputs<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; SEEN]) -> [S::f32s; SEEN] {
    [
        simd.sub_f32s(a, c),
        simd.add_f32s(b, c),
        simd.sub_f32s(c, b),
        simd.sub_f32s(b, d),
    ]
}

/// Two outputs of four products.
#[inline(always)]
pub(super) fn outputs<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; SEEN]) -> [S::f32s; MADE] {
    [
        simd.add_f32s(simd.add_f32s(a, b), c),
        simd.sub_f32s(simd.sub_f32s(b, c), d),
    ]
}

/// The factors in the order in which a tile reads them: `[block, product, in, z]` of `OUT` channels
/// each, zero beyond the last.
pub(super) struct Weight<const OUT: usize> {
    values: Vec<[f32; OUT]>,
    channels_in: usize,
}

impl<const OUT: usize> Weight<OUT> {
    /// Of `weight` `[out, in, 3, 3, 3]`.
    pub(super) fn new(weight: &[f32], channels_in: usize, channels_out: usize) -> Self {
        let blocks = channels_out.div_ceil(OUT);
        let mut values = vec![[0.0; OUT]; blocks * PRODUCTS * channels_in * EDGE];
        for (at, taps) in weight.chunks_exact(TAPS).enumerate() {
            let (channel, out) = (at % channels_in, at / channels_in);
            for z in 0..EDGE {
                let tap = |x: usize, y: usize| taps[(x * EDGE + y) * EDGE + z];
                let along_y = [0, 1, 2].map(|x| factors([0, 1, 2].map(|y| tap(x, y))));
                for j in 0..SEEN {
                    let both = factors(along_y.map(|row| row[j]));
                    for (i, factor) in both.into_iter().enumerate() {
                        let product = out / OUT * PRODUCTS + i * SEEN + j;
                        let row = product * channels_in + channel;
                        values[row * EDGE + z][out % OUT] = factor;
                    }
                }
            }
        }
        Self {
            values,
            channels_in,
        }
    }

    #[inline(always)]
    pub(super) fn at(&self, block: usize, product: usize) -> &[[[f32; OUT]; EDGE]] {
        let (taps, _) = self.values.as_chunks::<EDGE>();
        &taps[(block * PRODUCTS + product) * self.channels_in..][..self.channels_in]
    }
}

fn factors([f, g, h]: [f32; EDGE]) -> [f32; SEEN] {
    [f, 0.5 * (f + g + h), 0.5 * (f - g + h), h]
}
