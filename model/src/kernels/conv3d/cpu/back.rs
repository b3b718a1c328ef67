//! The way back through the 3×3×3 convolution.

use pulp::{Simd, WithSimd};

use super::{EDGE, TAPS, has_many_registers, load};
use crate::kernels::{parallel, vectors};

/// Zeros after a row, so that no vector of any machine ends beyond it.
const LONGEST_VECTOR: usize = 16;

/// The gradient of the weight `[out, in, 3, 3, 3]`, from `x` `[batch, in, x, y, z]` and the output's
/// `gradient` `[batch, out, x, y, z]`.
pub(in crate::kernels::conv3d) fn weight_gradient(
    (x, [_, channels_in, nx, ny, nz]): (&[f32], [usize; 5]),
    (gradient, channels_out): (&[f32], usize),
) -> Vec<f32> {
    let grid = [nx, ny, nz];
    let voxels = nx * ny * nz;
    let samples = x.chunks(channels_in * voxels);
    let mut sum = vec![0.0; channels_out * channels_in * TAPS];
    for (x, gradient) in samples.zip(gradient.chunks(channels_out * voxels)) {
        let part = vectors::dispatch(WeightGradient {
            x: Rows::new(x, channels_in, grid),
            gradient: Rows::new(gradient, channels_out, grid),
        });
        sum.iter_mut()
            .zip(part)
            .for_each(|(sum, part)| *sum += part);
    }
    sum
}

/// The weight with which the output's gradient is convolved to give the input's: in and out
/// exchanged, taps mirrored.
pub(in crate::kernels::conv3d) fn mirrored(weight: &[f32], channels_out: usize) -> Vec<f32> {
    let channels_in = weight.len() / (channels_out * TAPS);
    let mut mirrored = Vec::with_capacity(weight.len());
    for channel in 0..channels_in {
        for out in 0..channels_out {
            let taps = &weight[(out * channels_in + channel) * TAPS..][..TAPS];
            mirrored.extend(taps.iter().rev());
        }
    }
    mirrored
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
        let pitch = nz.next_multiple_of(LONGEST_VECTOR) + EDGE - 1;
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

/// The weight's gradient of one sample.
struct WeightGradient {
    x: Rows,
    gradient: Rows,
}

impl WithSimd for WeightGradient {
    type Output = Vec<f32>;

    /// As many channels at once as the registers hold sums for, three taps each.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        if has_many_registers::<S>() {
            self.run::<S, 6>(simd)
        } else {
            self.run::<S, 3>(simd)
        }
    }
}

impl WeightGradient {
    #[inline(always)]
    fn run<S: Simd, const OUT: usize>(self, simd: S) -> Vec<f32> {
        let (channels_in, channels_out) = (self.x.channels, self.gradient.channels);
        let parts = parallel::map((0..channels_in).collect(), |channel| {
            simd.vectorize(OfChannel::<S, OUT> {
                simd,
                whole: &self,
                channel,
            })
        });
        let mut gradient = Vec::with_capacity(channels_out * channels_in * TAPS);
        for out in 0..channels_out {
            for part in &parts {
                gradient.extend_from_slice(&part[out * TAPS..][..TAPS]);
            }
        }
        gradient
    }
}

/// What belongs to one input channel.
struct OfChannel<'a, S, const OUT: usize> {
    simd: S,
    whole: &'a WeightGradient,
    channel: usize,
}

impl<S: Simd, const OUT: usize> WithSimd for OfChannel<'_, S, OUT> {
    /// `[out, x, y, z]`.
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<Same: Simd>(self, _: Same) -> Vec<f32> {
        let channels_out = self.whole.gradient.channels;
        let mut sums = vec![0.0; channels_out.next_multiple_of(OUT) * TAPS];
        for x in 0..self.whole.x.grid[0] {
            for tap in 0..EDGE * EDGE {
                for block in (0..channels_out).step_by(OUT) {
                    let made = self.plane([x, tap / EDGE, tap % EDGE], block);
                    for (out, made) in made.iter().enumerate() {
                        for (z, &made) in made.iter().enumerate() {
                            sums[((block + out) * EDGE * EDGE + tap) * EDGE + z] +=
                                self.simd.reduce_sum_f32s(made);
                        }
                    }
                }
            }
        }
        sums
    }
}

impl<S: Simd, const OUT: usize> OfChannel<'_, S, OUT> {
    /// What one plane of outputs adds to `OUT` channels' three taps along z.
    #[allow(
        clippy::needless_range_loop,
        reason = "as in `with_rows`: the sums have to stay in registers"
    )]
    #[inline(always)]
    fn plane(&self, [x, tap_x, tap_y]: [usize; 3], block: usize) -> [[S::f32s; EDGE]; OUT] {
        let WeightGradient { x: input, gradient } = self.whole;
        let [_, ny, nz] = input.grid;
        let mut sums = [[self.simd.splat_f32s(0.0); EDGE]; OUT];
        // Beyond the last channel it stands in, and the caller passes its sums over.
        let last = gradient.channels - 1;
        for y in 0..ny {
            let (Some(from), Some(to)) = (
                input.at(x + tap_x, y + tap_y),
                gradient.at(x + EDGE / 2, y + EDGE / 2),
            ) else {
                continue;
            };
            let from = &from[self.channel * input.pitch..][..input.pitch];
            let mut rows = [&to[..0]; OUT];
            for out in 0..OUT {
                let channel = (block + out).min(last);
                rows[out] = &to[channel * gradient.pitch..][..gradient.pitch];
            }
            for z in (0..nz).step_by(S::F32_LANES) {
                let mut inputs = [self.simd.splat_f32s(0.0); EDGE];
                for tap in 0..EDGE {
                    inputs[tap] = load::<S>(&from[z + tap..]);
                }
                for out in 0..OUT {
                    let gradient = load::<S>(&rows[out][z + EDGE / 2..]);
                    for tap in 0..EDGE {
                        sums[out][tap] =
                            self.simd
                                .mul_add_e_f32s(gradient, inputs[tap], sums[out][tap]);
                    }
                }
            }
        }
        sums
    }
}
