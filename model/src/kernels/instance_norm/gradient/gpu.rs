//! The way back through the instance norm on a GPU: Burn's own operations, with the statistics that the norm's own
//! shaders find.

use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, into_contiguous};
use burn::tensor::Tensor;

use super::InstanceNormBack;
use crate::kernels::gpu::primitive;
use crate::kernels::instance_norm::{gpu::statistics, voxels};
use crate::kernels::voxel_sum;

impl InstanceNormBack for CubeBackend {
    fn norm_gradients(
        x: FloatTensor<Self>,
        output: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        slope: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let x = into_contiguous(x);
        let (voxels, statistics) = (voxels(x.meta.shape()), statistics(&x));
        let [x, output, gradient] = [x, output, gradient].map(Tensor::<5>::from_primitive::<Self>);
        let statistics = Tensor::<5>::from_primitive::<Self>(statistics);
        let [batch, channels, ..] = x.dims();
        let of = |which| {
            let one = statistics.clone().narrow(4, which, 1);
            one.reshape([batch, channels, 1, 1, 1])
        };
        let (mean, factor) = (of(0), of(1));
        let mean_of = |volume: Tensor<5>| voxel_sum(volume) / voxels as f32;

        let below = output.lower_elem(0.0);
        let residual = gradient.clone().mask_where(below, gradient * slope);
        let normal = (x - mean) * factor.clone();
        let along = mean_of(residual.clone() * normal.clone());
        let level = mean_of(residual.clone());
        let made = (residual.clone() - level - normal * along) * factor;
        (primitive(made), primitive(residual))
    }
}
