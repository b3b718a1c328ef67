//! Rows of windows put back into the grid.
//!
//! Burn's own scatter adds row after row, a column a thread.
//!
//! Shader: `shaders/training/put_back.wgsl`.

use burn::backend::wgpu::{CubeTensor, KernelSource, SourceTemplate, into_contiguous};
use burn::cubecl::prelude::KernelId;

use crate::kernels::gpu::launch;
use crate::kernels::window_attention::TOKEN_BITS;

#[derive(Clone, Copy)]
struct PutBack;

impl KernelSource for PutBack {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(include_str!(
            "../../../../../shaders/training/put_back.wgsl"
        ))
        .register("token_bits", TOKEN_BITS.to_string())
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
    PutBack.source().complete()
}

/// Writes `values` `[batch, row, number]` into `output` `[batch, token, number]`, each row where `tokens` says.
pub(super) fn put_back(output: &CubeTensor, values: CubeTensor, tokens: CubeTensor) {
    let (values, tokens) = (into_contiguous(values), into_contiguous(tokens));
    let shape = values.meta.shape();
    // Shader indices are u32.
    assert!(shape.num_elements().max(output.meta.shape().num_elements()) < 1 << 31);
    launch(
        &values.client,
        PutBack,
        shape.num_elements(),
        &[&values.handle, &tokens.handle, &output.handle],
        &[shape[0], shape[1], shape[2], output.meta.shape()[1]],
    );
}
