//! The shader of the window attention, and how it is launched.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::wgpu::{CubeBackend, KernelSource, SourceTemplate, into_contiguous};
use burn::cubecl::prelude::KernelId;

use super::{MASKED, Sizes, TOKEN_BITS, WindowAttention};
use crate::kernels::gpu::{empty, launch, lines};

/// One variant of the shader, by the channels of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct WindowAttentionKernel {
    head: usize,
}

impl WindowAttentionKernel {
    /// Channels that one load brings.
    fn vector(self) -> usize {
        if self.head.is_multiple_of(4) { 4 } else { 1 }
    }

    /// Loads of a head.
    fn width(self) -> usize {
        self.head / self.vector()
    }
}

impl KernelSource for WindowAttentionKernel {
    fn source(&self) -> SourceTemplate {
        let element = if self.vector() == 4 {
            "vec4<f32>"
        } else {
            "f32"
        };
        let loads = || 0..self.width();
        let product = |a: String, b: String| match self.vector() {
            4 => format!("dot({a}, {b})"),
            _ => format!("{a} * {b}"),
        };
        SourceTemplate::new(include_str!(
            "../../../../shaders/compute/window_attention.wgsl"
        ))
        .register("element", element)
        .register("token_bits", TOKEN_BITS.to_string())
        .register("masked", format!("{MASKED:?}"))
        .register("scale", format!("{:?}", 1.0 / (self.head as f32).sqrt()))
        .register("width", self.width().to_string())
        .register(
            "queries",
            lines(loads(), |i| {
                format!("    let q{i} = qkv[asked + {i}u] * SCALE;")
            }),
        )
        .register(
            "sums",
            lines(loads(), |i| format!("    var sum{i} = {element}();")),
        )
        .register(
            "scores",
            lines(loads(), |i| {
                let product = product(format!("q{i}"), format!("qkv[key + {i}u]"));
                format!("        score += {product};")
            }),
        )
        .register(
            "values",
            lines(loads(), |i| {
                format!("        sum{i} = sum{i} * kept + qkv[value + {i}u] * weight;")
            }),
        )
        .register(
            "stores",
            lines(loads(), |i| {
                format!("    output[answer + {i}u] = sum{i} / total;")
            }),
        )
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info(*self)
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// The shader as it is compiled, for checking without a GPU.
pub(in crate::kernels) fn sources() -> Vec<String> {
    [4, 6, 16]
        .map(|head| WindowAttentionKernel { head }.source().complete())
        .to_vec()
}

impl WindowAttention for CubeBackend {
    fn window_attention(
        qkv: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        tokens: IntTensor<Self>,
        codes: IntTensor<Self>,
        sizes: Sizes,
    ) -> FloatTensor<Self> {
        let (qkv, bias) = (into_contiguous(qkv), into_contiguous(bias));
        let [batch, rows, width] = [0, 1, 2].map(|axis| qkv.meta.shape()[axis]);
        let Sizes {
            places,
            heads,
            grid,
            origin,
        } = sizes;
        let windows = tokens.meta.shape()[0] / places;
        let output = empty(&qkv, [batch, grid, width / 3]);
        let head = width / (3 * heads);
        launch(
            &qkv.client,
            WindowAttentionKernel { head },
            batch * windows * heads * places,
            &[
                &qkv.handle,
                &bias.handle,
                &tokens.handle,
                &codes.handle,
                &output.handle,
            ],
            &[batch, windows, places, heads, rows, grid, origin],
        );
        output
    }
}
