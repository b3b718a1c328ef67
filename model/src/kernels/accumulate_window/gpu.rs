//! The shader that adds a window, and how it is launched.

use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, KernelSource, SourceTemplate, into_contiguous};
use burn::cubecl::prelude::KernelId;

use super::AccumulateWindow;
use crate::kernels::gpu::{exclusive, launch};

struct AccumulateWindowKernel;

impl KernelSource for AccumulateWindowKernel {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(include_str!(
            "../../../../shaders/compute/accumulate_window.wgsl"
        ))
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>()
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// The shader, for checking without a GPU.
pub(in crate::kernels) fn source() -> String {
    AccumulateWindowKernel.source().complete()
}

impl AccumulateWindow for CubeBackend {
    fn accumulate_window(
        sum: FloatTensor<Self>,
        weight_sum: FloatTensor<Self>,
        prediction: FloatTensor<Self>,
        importance: FloatTensor<Self>,
        start: [usize; 3],
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (sum, weight_sum) = (exclusive(sum), exclusive(weight_sum));
        let (prediction, importance) = (into_contiguous(prediction), into_contiguous(importance));
        let (volume, window) = (sum.meta.shape(), importance.meta.shape());
        let sizes = [&volume[1..], &window[..], &start].concat();
        launch(
            &sum.client,
            AccumulateWindowKernel,
            window.iter().product(),
            &[
                &sum.handle,
                &weight_sum.handle,
                &prediction.handle,
                &importance.handle,
            ],
            &sizes,
        );
        (sum, weight_sum)
    }
}
