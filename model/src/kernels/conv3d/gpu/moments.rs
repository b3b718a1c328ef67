//! What a convolution leaves for the instance norm that follows it: the moments of each channel, by workgroup.
//!
//! They are at hand when an output is made. Taken from memory they would be one more pass over the volume.

use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{Backend, backend_extension};

use super::{Conv3dKernel, Launch};
use crate::kernels::conv3d::{Taps, output_shape};
use crate::kernels::gpu::{empty, exclusive, lines};

/// The operation on a GPU's own tensors; see [`conv3d_to_norm`](crate::kernels::conv3d_to_norm).
#[backend_extension(Cube)]
pub trait ConvolveMoments: Backend {
    /// The convolution, and `[batch × out, workgroup, 4]`: count, mean, sum of squared deviations from it.
    fn convolve_moments(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        taps: Taps,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// The same added to `sum`; the moments are the sum's.
    fn convolve_moments_onto(
        sum: FloatTensor<Self>,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        taps: Taps,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

impl ConvolveMoments for CubeBackend {
    fn convolve_moments(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        taps: Taps,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let shape = output_shape(x.meta.shape(), weight.meta.shape(), taps);
        with_moments(Launch::of(empty(&x, shape), &x, taps, false), x, weight)
    }

    fn convolve_moments_onto(
        sum: FloatTensor<Self>,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        taps: Taps,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        with_moments(Launch::of(exclusive(sum), &x, taps, true), x, weight)
    }
}

fn with_moments(launch: Launch, x: CubeTensor, weight: CubeTensor) -> (CubeTensor, CubeTensor) {
    let channels = launch.batch * launch.output.meta.shape()[1];
    // f32, as the weights are.
    let moments = empty(&weight, [channels, launch.groups(), 4]);
    let output = launch.run(x, weight, Some(&moments));
    (output, moments)
}

/// Where a thread's outputs lie: threads one after the other, through all channels and samples.
const PLACE: &str = "    var rest = shape[7] + group.x * 64u + lane;
    let z = rest % goal.z;
    rest /= goal.z;
    let block = rest % blocks;
    rest /= blocks;
    let y = rest % strips * ROWS;
    rest /= strips;
    let x = rest % slabs * PLANES;
    let sample = rest / slabs;
    if (sample >= shape[0]) {
        return;
    }
    const is_there = true;
";

/// The same where a workgroup stays within a sample and a block of channels. Lanes that are left over do what
/// the last one does and store nothing, since all have to meet at the barriers.
const PLACE_IN_A_GROUP: &str = "    let positions = goal.z * strips * slabs;
    let tiles = (positions + 63u) / 64u;
    let whole = shape[7] / 64u + group.x;
    let block = whole % blocks;
    let tile = whole / blocks % tiles;
    let sample = whole / blocks / tiles;
    let position = tile * 64u + lane;
    var rest = min(position, positions - 1u);
    let z = rest % goal.z;
    rest /= goal.z;
    let y = rest % strips * ROWS;
    rest /= strips;
    let x = rest * PLANES;
    let is_there = position < positions;
";

impl Conv3dKernel {
    pub(super) fn last_binding(&self) -> usize {
        3 + usize::from(self.moments)
    }

    pub(super) fn moments_to(&self) -> &'static str {
        match self.moments {
            true => include_str!("../../../../../shaders/parts/group_moments.wgsl"),
            false => "",
        }
    }

    pub(super) fn place(&self) -> &'static str {
        match self.moments {
            true => PLACE_IN_A_GROUP,
            false => PLACE,
        }
    }

    /// Outputs beyond the last plane and row are no part of the moments.
    pub(super) fn moments(&self) -> String {
        if !self.moments {
            return String::new();
        }
        let tile = self.tile;
        let outputs = || (0..tile.planes).flat_map(|p| (0..tile.rows).map(move |row| (p, row)));
        let parts = lines(outputs(), |(p, row)| {
            format!(
                "    let part{p}_{row} = \
                 select(0.0, 1.0, {p}u < planes_left && {row}u < rows_left && is_there);"
            )
        });
        let count = lines(outputs(), |(p, row)| format!("    count += part{p}_{row};"));
        let vectors = (0..tile.vectors()).map(|v| {
            let mean = lines(outputs(), |(p, row)| {
                format!("    mean{v} += part{p}_{row} * sum{p}_{row}_{v};")
            });
            let deviations = lines(outputs(), |(p, row)| {
                format!(
                    "    let off{p}_{row}_{v} = sum{p}_{row}_{v} - mean{v};\n    \
                     deviation{v} += part{p}_{row} * off{p}_{row}_{v} * off{p}_{row}_{v};"
                )
            });
            let stores = lines(0..4, |c| {
                let channel = 4 * v + c;
                format!(
                    "        if ({channel}u < channels_left) {{\n            \
                     partial[(sample * channels_out + first + {channel}u) * tiles + tile] = \
                     vec4(counts[0], means[0][{c}], deviations[0][{c}], 0.0);\n        }}"
                )
            });
            format!(
                "    var mean{v} = vec4<f32>();\n{mean}    mean{v} /= max(count, 1.0);\n    \
                 var deviation{v} = vec4<f32>();\n{deviations}    \
                 join_group(lane, count, mean{v}, deviation{v});\n    \
                 if (lane == 0u) {{\n{stores}    }}\n"
            )
        });
        let vectors: String = vectors.collect();
        format!("    var count = 0.0;\n{parts}{count}{vectors}")
    }
}
