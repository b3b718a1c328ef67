//! The 3×3×3 convolution on the CPU, for wasm.
//!
//! Burn's own copies every input 27 times into a matrix and multiplies; with few channels the copy
//! costs more than the product. Here the rows that one output needs are laid side by side once, and
//! a tile of outputs stays in registers while all taps and channels go by.

/// Outputs along z of a tile: two vectors.
const LANES: usize = 8;

/// Channels of a tile: twelve vectors of sums, which leaves registers for inputs and weights.
const OUT: usize = 6;

const EDGE: usize = 3;

/// Whether rows of this length are worth it: shorter ones would leave most of a tile empty.
pub(super) fn suits(row: usize) -> bool {
    row >= LANES
}

/// Adds the convolution of `x` `[batch, in, x, y, z]` with `weight` `[out, in, 3, 3, 3]` to `sum`.
pub(super) fn convolve(
    sum: &mut [f32],
    (x, [_, channels_in, nx, ny, nz]): (&[f32], [usize; 5]),
    (weight, channels_out): (&[f32], usize),
) {
    let grid = [nx, ny, nz];
    let weight = Weight::new(weight, channels_in, channels_out);
    let voxels = nx * ny * nz;
    let samples = sum.chunks_mut(channels_out * voxels);
    for (sum, x) in samples.zip(x.chunks(channels_in * voxels)) {
        let rows = Rows::new(x, channels_in, grid);
        for x in 0..nx {
            for y in 0..ny {
                for block in 0..channels_out.div_ceil(OUT) {
                    for z in (0..nz).step_by(LANES) {
                        let tile = tile(&rows, &weight, block, [x, y, z]);
                        let channels = (block * OUT..channels_out).zip(&tile);
                        for (channel, made) in channels {
                            let at = ((channel * nx + x) * ny + y) * nz + z;
                            let there = &mut sum[at..][..LANES.min(nz - z)];
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
}

/// The input with the channels of a row side by side: `[x, y, channel, z]`, a zero before each row
/// and zeros after it up to whole tiles.
struct Rows {
    values: Vec<f32>,
    channels: usize,
    pitch: usize,
    grid: [usize; 3],
}

impl Rows {
    fn new(x: &[f32], channels: usize, grid: [usize; 3]) -> Self {
        let [nx, ny, nz] = grid;
        let pitch = nz.next_multiple_of(LANES) + EDGE - 1;
        let mut values = vec![0.0; nx * ny * channels * pitch];
        for (at, row) in x.chunks(nz).enumerate() {
            let (channel, xy) = (at / (nx * ny), at % (nx * ny));
            values[(xy * channels + channel) * pitch + EDGE / 2..][..nz].copy_from_slice(row);
        }
        Self {
            values,
            channels,
            pitch,
            grid,
        }
    }

    /// All channels of a row, from the tap before `z`; nothing outside the grid.
    fn from(&self, x: Option<usize>, y: Option<usize>, z: usize) -> Option<&[f32]> {
        let [nx, ny, _] = self.grid;
        let (x, y) = (x.filter(|&x| x < nx)?, y.filter(|&y| y < ny)?);
        Some(&self.values[(x * ny + y) * self.channels * self.pitch + z..])
    }
}

/// The weights in the order in which a tile reads them: `[block, x, y, in, z]` of [`OUT`] channels
/// each, zero beyond the last.
struct Weight {
    values: Vec<[f32; OUT]>,
    channels_in: usize,
}

impl Weight {
    fn new(weight: &[f32], channels_in: usize, channels_out: usize) -> Self {
        const TAPS: usize = EDGE * EDGE * EDGE;
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

    fn from(&self, block: usize, tap_x: usize, tap_y: usize) -> &[[f32; OUT]] {
        let row = (block * EDGE + tap_x) * EDGE + tap_y;
        &self.values[row * self.channels_in * EDGE..][..self.channels_in * EDGE]
    }
}

fn tile(rows: &Rows, weight: &Weight, block: usize, [x, y, z]: [usize; 3]) -> [[f32; LANES]; OUT] {
    let mut sums = [[0.0; LANES]; OUT];
    for tap_x in 0..EDGE {
        for tap_y in 0..EDGE {
            let (x, y) = ((x + tap_x).checked_sub(1), (y + tap_y).checked_sub(1));
            if let Some(row) = rows.from(x, y, z) {
                sums = with_row(sums, row, weight.from(block, tap_x, tap_y), rows.pitch);
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
fn with_row(
    mut sums: [[f32; LANES]; OUT],
    row: &[f32],
    weights: &[[f32; OUT]],
    pitch: usize,
) -> [[f32; LANES]; OUT] {
    let (weights, _) = weights.as_chunks::<EDGE>();
    for (channel, taps) in weights.iter().enumerate() {
        let row = &row[channel * pitch..][..LANES + EDGE - 1];
        for tap in 0..EDGE {
            for out in 0..OUT {
                for lane in 0..LANES {
                    sums[out][lane] += taps[tap][out] * row[tap + lane];
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
