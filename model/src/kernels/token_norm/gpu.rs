//! The shader of the hidden states' norm, and how it is launched.

use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, KernelSource, SourceTemplate, into_contiguous};
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::cubecl::prelude::KernelId;
use burn::tensor::{DType, Tensor};

use crate::kernels::gpu::{ROW_STATISTICS, empty, launch};

/// The operation on a GPU's own tensors.
#[backend_extension(Cube)]
pub trait TokenNorm: Backend {
    /// See [`super::token_norm()`].
    fn token_norm(tokens: FloatTensor<Self>) -> FloatTensor<Self>;
}

struct TokenNormKernel;

impl KernelSource for TokenNormKernel {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(include_str!("../../../../shaders/compute/token_norm.wgsl"))
            .register("statistics", ROW_STATISTICS)
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
    TokenNormKernel.source().complete()
}

/// `[batch, channel, token]`.
pub(super) fn token_norm(tokens: Tensor<3>) -> Tensor<3> {
    assert_eq!(tokens.dtype(), DType::F32);
    Tensor::from_dispatch(Dispatch::token_norm(tokens.into_dispatch()))
}

impl TokenNorm for CubeBackend {
    fn token_norm(tokens: FloatTensor<Self>) -> FloatTensor<Self> {
        let tokens = into_contiguous(tokens);
        let [batch, count, channels] = [0, 1, 2].map(|axis| tokens.meta.shape()[axis]);
        let output = empty(&tokens, [batch, channels, count]);
        launch(
            &tokens.client,
            TokenNormKernel,
            batch * count,
            &[&tokens.handle, &output.handle],
            &[batch, count, channels / 4],
        );
        output
    }
}
