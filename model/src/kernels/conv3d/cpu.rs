//! The 3×3×3 convolution of stride 1 on the CPU.
//!
//! Burn's own copies every input 27 times into a matrix and multiplies; with few channels the copy
//! costs more than the product. Here two by two rows of outputs are made together, by Winograd's
//! products along x and y (see [`winograd`]): 48 multiplications where the taps alone are 108. Along z
//! the taps stay as they are, so that a tile of outputs lies in registers while all channels go by.
//! Vectors are the widest that the machine has; in wasm they have four lanes.
//!
//! Beside a tile that takes all 27 taps, in wasm on one thread: from 4 to 12 channels the same time, from
//! 12 to 12 0.75 of it, 24 to 24 0.57, 96 to 96 0.53.

#[cfg(feature = "train")]
mod back;
mod winograd;

use pulp::{Simd, WithSimd};

use crate::kernels::{
    parallel, parts_of_channels,
    vectors::{self, load, store},
};
#[cfg(feature = "train")]
pub(super) use back::{mirrored, weight_gradient};
use winograd::{MADE, PRODUCTS, SEEN, Seen, Weight, outputs};

const EDGE: usize = 3;
const TAPS: usize = EDGE * EDGE * EDGE;

/// Whether there are 32 vector registers rather than 16. WebAssembly knows no number, but most
/// machines that it runs on have 16.
fn has_many_registers<S: Simd>() -> bool {
    S::REGISTER_COUNT >= 32 && !cfg!(target_arch = "wasm32")
}

/// Whether rows of this length are worth it: shorter ones would leave most of a tile empty.
pub(super) fn suits(row: usize) -> bool {
    row >= 8
}

/// Adds the convolution of `x` `[batch, in, x, y, z]` with `weight` `[out, in, 3, 3, 3]` to `sum`.
pub(super) fn convolve(
    sum: &mut [f32],
    (x, [_, channels_in, nx, ny, nz]): (&[f32], [usize; 5]),
    (weight, channels_out): (&[f32], usize),
) {
    let voxels = nx * ny * nz;
    let samples = sum.chunks_mut(channels_out * voxels);
    for (sum, values) in samples.zip(x.chunks(channels_in * voxels)) {
        let volume = Volume {
            values,
            channels: channels_in,
            grid: [nx, ny, nz],
        };
        vectors::dispatch(Forward {
            sum,
            volume,
            weight,
            channels_out,
        });
    }
}

/// One sample's input, `[channel, x, y, z]`.
#[derive(Clone, Copy)]
struct Volume<'a> {
    values: &'a [f32],
    channels: usize,
    grid: [usize; 3],
}

/// The convolution of one sample.
struct Forward<'a> {
    /// `[out, x, y, z]`.
    sum: &'a mut [f32],
    volume: Volume<'a>,
    weight: &'a [f32],
    channels_out: usize,
}

impl WithSimd for Forward<'_> {
    type Output = ();

    /// A tile as large as the registers hold, and leave room for inputs and weights; no longer than
    /// a row.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let one = self.volume.grid[2] <= S::F32_LANES;
        match (has_many_registers::<S>(), one) {
            (true, false) => self.run::<S, 12, 2>(simd),
            (true, true) => self.run::<S, 12, 1>(simd),
            (false, false) => self.run::<S, 6, 2>(simd),
            (false, true) => self.run::<S, 6, 1>(simd),
        }
    }
}

impl Forward<'_> {
    #[inline(always)]
    fn run<S: Simd, const OUT: usize, const VECTORS: usize>(self, simd: S) {
        let (volume, [nx, ny, nz]) = (self.volume, self.volume.grid);
        let weight = &Weight::<OUT>::new(self.weight, volume.channels, self.channels_out);
        // Each pair of planes' part of every channel.
        let pairs = parts_of_channels(self.sum, nx * ny * nz, MADE * ny * nz);
        let pairs: Vec<_> = pairs.into_iter().enumerate().collect();
        parallel::map(pairs, |(pair, mut sums)| {
            // A closure on another thread does not inherit the wide vectors.
            simd.vectorize(Planes::<S, OUT, VECTORS> {
                simd,
                volume,
                weight,
                x: MADE * pair,
                sums: &mut sums,
            });
        });
    }
}

/// The outputs of one x and the next.
struct Planes<'a, 'b, S, const OUT: usize, const VECTORS: usize> {
    simd: S,
    volume: Volume<'a>,
    weight: &'a Weight<OUT>,
    x: usize,
    /// `[out][x, y, z]`; the last pair may have one x alone.
    sums: &'a mut [&'b mut [f32]],
}

/// What a tile of outputs is made of, `[product][out][vector]`.
type Products<S, const OUT: usize, const VECTORS: usize> =
    [[[<S as Simd>::f32s; VECTORS]; OUT]; PRODUCTS];

impl<S: Simd, const OUT: usize, const VECTORS: usize> WithSimd for Planes<'_, '_, S, OUT, VECTORS> {
    type Output = ();

    #[inline(always)]
    fn with_simd<Same: Simd>(mut self, _: Same) {
        let [_, ny, nz] = self.volume.grid;
        let lanes = VECTORS * S::F32_LANES;
        let mut seen = Seen::new(self.volume, lanes);
        for y in (0..ny).step_by(MADE) {
            seen.fill(self.simd, self.volume, [self.x, y]);
            for block in 0..self.sums.len().div_ceil(OUT) {
                for z in (0..nz).step_by(lanes) {
                    let mut products = [[[self.simd.splat_f32s(0.0); VECTORS]; OUT]; PRODUCTS];
                    for (product, made) in products.iter_mut().enumerate() {
                        let rows = &seen.rows(product)[z..];
                        let weights = self.weight.at(block, product);
                        *made = with_rows(self.simd, rows, weights, seen.pitch);
                    }
                    self.add(&products, block, [y, z]);
                }
            }
        }
    }
}

impl<S: Simd, const OUT: usize, const VECTORS: usize> Planes<'_, '_, S, OUT, VECTORS> {
    /// Adds to the sums what the products of a tile make.
    #[allow(
        clippy::needless_range_loop,
        reason = "over iterators the vectors go through memory"
    )]
    #[inline(always)]
    fn add(&mut self, products: &Products<S, OUT, VECTORS>, block: usize, [y, z]: [usize; 2]) {
        let [nx, ny, nz] = self.volume.grid;
        let (simd, wide, high) = (self.simd, MADE.min(nx - self.x), MADE.min(ny - y));
        let sums = self.sums[block * OUT..].iter_mut().take(OUT);
        for (out, sum) in sums.enumerate() {
            for vector in 0..VECTORS {
                let z = z + vector * S::F32_LANES;
                if z >= nz {
                    continue;
                }
                // No closure over wide vectors: it would be compiled by itself, without them.
                let mut columns = [[simd.splat_f32s(0.0); MADE]; SEEN];
                for j in 0..SEEN {
                    let mut column = [simd.splat_f32s(0.0); SEEN];
                    for i in 0..SEEN {
                        column[i] = products[i * SEEN + j][out][vector];
                    }
                    columns[j] = outputs(simd, column);
                }
                for i in 0..wide {
                    let [a, b, c, d] = columns;
                    let made = outputs(simd, [a[i], b[i], c[i], d[i]]);
                    for j in 0..high {
                        let there = &mut sum[(i * ny + y + j) * nz + z..];
                        if z + S::F32_LANES <= nz {
                            store(there, simd.add_f32s(load::<S>(there), made[j]));
                        } else {
                            let there = &mut there[..nz - z];
                            let more = simd.partial_load_f32s(there);
                            simd.partial_store_f32s(there, simd.add_f32s(more, made[j]));
                        }
                    }
                }
            }
        }
    }
}

/// One product of a tile, over all channels and the taps along z. The sums come and go by value: behind
/// a reference the compiler would keep them in memory.
#[allow(
    clippy::needless_range_loop,
    reason = "over iterators it takes twice the time: the loops are not unrolled into registers"
)]
#[inline(always)]
fn with_rows<S: Simd, const OUT: usize, const VECTORS: usize>(
    simd: S,
    rows: &[f32],
    weights: &[[[f32; OUT]; EDGE]],
    pitch: usize,
) -> [[S::f32s; VECTORS]; OUT] {
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; OUT];
    for (channel, taps) in weights.iter().enumerate() {
        let row = &rows[channel * pitch..][..VECTORS * S::F32_LANES + EDGE - 1];
        for tap in 0..EDGE {
            let mut inputs = [simd.splat_f32s(0.0); VECTORS];
            for vector in 0..VECTORS {
                inputs[vector] = load::<S>(&row[tap + vector * S::F32_LANES..]);
            }
            for out in 0..OUT {
                let factor = simd.splat_f32s(taps[tap][out]);
                for vector in 0..VECTORS {
                    sums[out][vector] =
                        simd.mul_add_e_f32s(factor, inputs[vector], sums[out][vector]);
                }
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::super::{Taps, twin};
    use super::convolve;

    #[test]
    fn answers_as_the_twin() {
        let taps = Taps {
            edge: 3,
            stride: 1,
            dilation: 1,
        };
        // Rows of a whole tile, of one voxel more and of less; blocks that are full and are not.
        for (input, out) in [
            ([1, 4, 5, 9, 11], 12),
            ([2, 3, 4, 1, 8], 7),
            ([1, 12, 3, 2, 17], 5),
            ([1, 1, 1, 1, 3], 1),
        ] {
            let numbers = |count: usize, salt: usize| -> Vec<f32> {
                (0..count)
                    .map(|i| ((i * 31 + salt) % 997) as f32 / 499.0 - 1.0)
                    .collect()
            };
            let [batch, channels_in, nx, ny, nz] = input;
            let x = numbers(input.iter().product(), 1);
            let weight = numbers(out * channels_in * 27, 2);
            let mut expected = numbers(batch * out * nx * ny * nz, 3);
            let mut found = expected.clone();
            twin(&mut expected, (&x, input), (&weight, out), taps);
            convolve(&mut found, (&x, input), (&weight, out));
            for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
                assert!(
                    (found - expected).abs() < 1e-5 * expected.abs().max(1.0),
                    "{input:?} {at}: {found} instead of {expected}"
                );
            }
        }
    }
}
