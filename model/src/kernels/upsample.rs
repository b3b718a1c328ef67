//! The transposed convolution k2 s2 without bias.
//!
//! Every voxel becomes a 2×2×2 block of its own. Out of Burn's own operations that is a matrix product
//! and a change of order, which writes the larger volume twice.
//!
//! On the CPU, and where a gradient is asked for, it is those; for gradients on a GPU it is a linear layer over the
//! voxels.
//!
//! Shader: `shaders/compute/upsample.wgsl`.

#[cfg(feature = "gpu")]
pub(super) mod gpu;

use burn::tensor::Tensor;

use super::linear::{Around, affine};

/// `x` `[batch, in, x, y, z]` by `weight` `[in, out, 2, 2, 2]`: `[batch, out, 2x, 2y, 2z]`.
///
/// # Panics
/// If the shapes do not fit together or the device does not compute with the tensors' types.
#[must_use]
pub fn upsample(x: Tensor<5>, weight: Tensor<5>) -> Tensor<5> {
    let [batch, channels, dx, dy, dz] = x.dims();
    let [from, out, edges @ ..] = weight.dims();
    assert_eq!(channels, from, "channels of input and weight");
    assert_eq!(edges, [2; 3], "blocks of two");
    #[cfg(feature = "stock")]
    if super::stock::on() {
        return super::stock::upsample(x, weight);
    }
    #[cfg(feature = "gpu")]
    if super::by_shader(&x.device()) {
        return gpu::upsample(x, weight);
    }
    if super::by_burn_on_a_gpu(&x.device()) {
        // By voxels, so that the weights' gradient is summed in parts.
        let voxels = x.reshape([batch, channels, dx * dy * dz]).swap_dims(1, 2);
        let weight = weight.reshape([channels, out * 8]);
        return affine(voxels, weight, None, Around::default())
            .reshape([batch, dx, dy, dz, out, 2, 2, 2])
            .permute([0, 4, 1, 5, 2, 6, 3, 7])
            .reshape([batch, out, 2 * dx, 2 * dy, 2 * dz]);
    }
    let weight = weight.reshape([1, channels, out * 8]).swap_dims(1, 2);
    weight
        .matmul(x.reshape([batch, channels, dx * dy * dz]))
        .reshape([batch, out, 2, 2, 2, dx, dy, dz])
        .permute([0, 1, 5, 2, 6, 3, 7, 4])
        .reshape([batch, out, 2 * dx, 2 * dy, 2 * dz])
}

/// The same on plain slices, output by output: the shader's oracle.
#[must_use]
pub fn twin(
    x: &[f32],
    [batch, channels, nx, ny, nz]: [usize; 5],
    weight: &[f32],
    channels_out: usize,
) -> Vec<f32> {
    let (ox, oy, oz) = (2 * nx, 2 * ny, 2 * nz);
    let outputs = 0..batch * channels_out * ox * oy * oz;
    let one = |at: usize| {
        let (k, j, i) = (at % oz, at / oz % oy, at / (oz * oy) % ox);
        let out = at / (oz * oy * ox) % channels_out;
        let sample = at / (oz * oy * ox * channels_out);
        let corner = i % 2 * 4 + j % 2 * 2 + k % 2;
        let sum: f64 = (0..channels)
            .map(|c| {
                let from = (((sample * channels + c) * nx + i / 2) * ny + j / 2) * nz + k / 2;
                f64::from(x[from]) * f64::from(weight[(c * channels_out + out) * 8 + corner])
            })
            .sum();
        sum as f32
    };
    outputs.map(one).collect()
}
