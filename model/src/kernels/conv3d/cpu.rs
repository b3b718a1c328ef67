//! The 3×3×3 convolution of stride 1 on the CPU.
//!
//! Burn's own copies every input 27 times into a matrix and multiplies; with few channels the copy
//! costs more than the product. Here the rows that one output needs are laid side by side once, and
//! a tile of outputs stays in registers while all taps and channels go by. Vectors are the widest
//! that the machine has (`pulp` asks it); in wasm they have four lanes.

#[cfg(feature = "train")]
mod back;

use bytemuck::cast_slice;
use pulp::{Arch, Simd, WithSimd};

use crate::kernels::parallel;
#[cfg(feature = "train")]
pub(super) use back::{mirrored, weight_gradient};

const EDGE: usize = 3;
const TAPS: usize = EDGE * EDGE * EDGE;

/// Zeros after a row, so that no tile of any machine ends beyond it: two vectors of 16 lanes.
const LONGEST_TILE: usize = 32;

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
    let grid = [nx, ny, nz];
    let voxels = nx * ny * nz;
    let samples = sum.chunks_mut(channels_out * voxels);
    for (sum, x) in samples.zip(x.chunks(channels_in * voxels)) {
        Arch::new().dispatch(Forward {
            sum,
            rows: Rows::new(x, channels_in, grid),
            weight,
            channels_out,
        });
    }
}

/// A volume with the channels of a row side by side: `[x, y, channel, z]`, a zero before each row
/// and zeros after it.
struct Rows {
    values: Vec<f32>,
    channels: usize,
    pitch: usize,
    grid: [usize; 3],
}

impl Rows {
    fn new(x: &[f32], channels: usize, grid: [usize; 3]) -> Self {
        let [nx, ny, nz] = grid;
        let pitch = nz.next_multiple_of(LONGEST_TILE) + EDGE - 1;
        let mut values = vec![0.0; nx * ny * channels * pitch];
        let planes = values.chunks_mut(ny * channels * pitch).enumerate();
        parallel::map(planes.collect(), |(plane, values)| {
            for (at, row) in values.chunks_mut(pitch).enumerate() {
                let (y, channel) = (at / channels, at % channels);
                let from = ((channel * nx + plane) * ny + y) * nz;
                row[EDGE / 2..][..nz].copy_from_slice(&x[from..][..nz]);
            }
        });
        Self {
            values,
            channels,
            pitch,
            grid,
        }
    }

    /// All channels of a row; nothing outside the grid. `x` and `y` count from the tap before 0.
    #[inline(always)]
    fn at(&self, x: usize, y: usize) -> Option<&[f32]> {
        let [nx, ny, _] = self.grid;
        let x = x.checked_sub(EDGE / 2).filter(|&x| x < nx)?;
        let y = y.checked_sub(EDGE / 2).filter(|&y| y < ny)?;
        let len = self.channels * self.pitch;
        Some(&self.values[(x * ny + y) * len..][..len])
    }
}

/// The convolution of one sample.
struct Forward<'a> {
    /// `[out, x, y, z]`.
    sum: &'a mut [f32],
    rows: Rows,
    weight: &'a [f32],
    channels_out: usize,
}

impl WithSimd for Forward<'_> {
    type Output = ();

    /// A tile as large as the registers hold, and leave room for inputs and weights; no longer than
    /// a row.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let one = self.rows.grid[2] <= S::F32_LANES;
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
        let [nx, ny, nz] = self.rows.grid;
        let (rows, channels_out) = (&self.rows, self.channels_out);
        let weight = &Weight::<OUT>::new(self.weight, rows.channels, channels_out);
        // Each plane's part of every channel.
        let mut planes: Vec<Vec<&mut [f32]>> = (0..nx).map(|_| Vec::new()).collect();
        for channel in self.sum.chunks_mut(nx * ny * nz) {
            for (plane, part) in planes.iter_mut().zip(channel.chunks_mut(ny * nz)) {
                plane.push(part);
            }
        }
        let planes: Vec<_> = planes.into_iter().enumerate().collect();
        parallel::map(planes, |(x, mut plane)| {
            // A closure on another thread does not inherit the wide vectors.
            simd.vectorize(Plane::<S, OUT, VECTORS> {
                simd,
                rows,
                weight,
                x,
                sums: &mut plane,
            });
        });
    }
}

/// The outputs of one x.
struct Plane<'a, 'b, S, const OUT: usize, const VECTORS: usize> {
    simd: S,
    rows: &'a Rows,
    weight: &'a Weight<OUT>,
    x: usize,
    /// `[out][y, z]`.
    sums: &'a mut [&'b mut [f32]],
}

impl<S: Simd, const OUT: usize, const VECTORS: usize> WithSimd for Plane<'_, '_, S, OUT, VECTORS> {
    type Output = ();

    #[inline(always)]
    fn with_simd<Same: Simd>(self, _: Same) {
        let [_, ny, nz] = self.rows.grid;
        let lanes = VECTORS * S::F32_LANES;
        for y in 0..ny {
            for (block, sums) in self.sums.chunks_mut(OUT).enumerate() {
                for z in (0..nz).step_by(lanes) {
                    let tile = tile::<S, OUT, VECTORS>(
                        self.simd,
                        self.rows,
                        self.weight,
                        block,
                        [self.x, y, z],
                    );
                    for (sum, made) in sums.iter_mut().zip(&tile) {
                        let there = &mut sum[y * nz + z..][..lanes.min(nz - z)];
                        let made: &[f32] = cast_slice(made);
                        there
                            .iter_mut()
                            .zip(made)
                            .for_each(|(sum, made)| *sum += made);
                    }
                }
            }
        }
    }
}

/// The weights in the order in which a tile reads them: `[block, x, y, in, z]` of `OUT` channels
/// each, zero beyond the last.
struct Weight<const OUT: usize> {
    values: Vec<[f32; OUT]>,
    channels_in: usize,
}

impl<const OUT: usize> Weight<OUT> {
    fn new(weight: &[f32], channels_in: usize, channels_out: usize) -> Self {
        let blocks = channels_out.div_ceil(OUT);
        let mut values = vec![[0.0; OUT]; blocks * TAPS * channels_in];
        for (at, &value) in weight.iter().enumerate() {
            let (tap, channel, out) = (
                at % TAPS,
                at / TAPS % channels_in,
                at / (TAPS * channels_in),
            );
            let (xy, z) = (tap / EDGE, tap % EDGE);
            let row = (out / OUT * EDGE * EDGE + xy) * channels_in + channel;
            values[row * EDGE + z][out % OUT] = value;
        }
        Self {
            values,
            channels_in,
        }
    }

    #[inline(always)]
    fn at(&self, block: usize, tap_x: usize, tap_y: usize) -> &[[[f32; OUT]; EDGE]] {
        let row = (block * EDGE + tap_x) * EDGE + tap_y;
        let (taps, _) = self.values.as_chunks::<EDGE>();
        &taps[row * self.channels_in..][..self.channels_in]
    }
}

#[inline(always)]
fn tile<S: Simd, const OUT: usize, const VECTORS: usize>(
    simd: S,
    rows: &Rows,
    weight: &Weight<OUT>,
    block: usize,
    [x, y, z]: [usize; 3],
) -> [[S::f32s; VECTORS]; OUT] {
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; OUT];
    for tap_x in 0..EDGE {
        for tap_y in 0..EDGE {
            if let Some(row) = rows.at(x + tap_x, y + tap_y) {
                let weights = weight.at(block, tap_x, tap_y);
                sums = with_row(simd, sums, &row[z..], weights, rows.pitch);
            }
        }
    }
    sums
}

/// What all channels of one row of the input add to a tile. The sums come and go by value: behind a
/// reference the compiler would keep them in memory.
#[allow(
    clippy::needless_range_loop,
    reason = "over iterators it takes twice the time: the loops are not unrolled into registers"
)]
#[inline(always)]
fn with_row<S: Simd, const OUT: usize, const VECTORS: usize>(
    simd: S,
    mut sums: [[S::f32s; VECTORS]; OUT],
    row: &[f32],
    weights: &[[[f32; OUT]; EDGE]],
    pitch: usize,
) -> [[S::f32s; VECTORS]; OUT] {
    for (channel, taps) in weights.iter().enumerate() {
        let row = &row[channel * pitch..][..VECTORS * S::F32_LANES + EDGE - 1];
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

/// The first vector of a slice.
#[inline(always)]
fn load<S: Simd>(values: &[f32]) -> S::f32s {
    bytemuck::pod_read_unaligned(cast_slice(&values[..S::F32_LANES]))
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
