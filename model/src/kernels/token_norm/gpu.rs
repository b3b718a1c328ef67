//! The shader of the hidden states' norm, and how it is launched.

use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, KernelSource, SourceTemplate, into_contiguous};
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::cubecl::prelude::KernelId;
use burn::tensor::Tensor;

use crate::kernels::gpu::{ROW_STATISTICS, empty, launch};
use crate::kernels::{Activations, fits};

/// The operation on a GPU's own tensors.
#[backend_extension(Cube)]
pub trait TokenNorm: Backend {
    /// See [`super::token_norm()`].
    fn token_norm(tokens: FloatTensor<Self>) -> FloatTensor<Self>;
}

struct TokenNormKernel(Activations);

impl KernelSource for TokenNormKernel {
    fn source(&self) -> SourceTemplate {
        let template =
            SourceTemplate::new(include_str!("../../../../shaders/compute/token_norm.wgsl"));
        self.0.fill(template).register("statistics", ROW_STATISTICS)
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info(self.0)
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// The shader as it is compiled, for checking without a GPU.
pub(in crate::kernels) fn sources() -> [String; 2] {
    Activations::ALL.map(|activations| TokenNormKernel(activations).source().complete())
}

/// `[batch, channel, token]`.
pub(super) fn token_norm(tokens: Tensor<3>) -> Tensor<3> {
    assert!(fits(&tokens));
    Tensor::from_dispatch(Dispatch::token_norm(tokens.into_dispatch()))
}

impl TokenNorm for CubeBackend {
    fn token_norm(tokens: FloatTensor<Self>) -> FloatTensor<Self> {
        let tokens = into_contiguous(tokens);
        let [batch, count, channels] = [0, 1, 2].map(|axis| tokens.meta.shape()[axis]);
        let output = empty(&tokens, [batch, channels, count]);
        launch(
            &tokens.client,
            TokenNormKernel(Activations::of(tokens.dtype)),
            batch * count,
            &[&tokens.handle, &output.handle],
            &[batch, count, channels / 4],
        );
        output
    }
}
