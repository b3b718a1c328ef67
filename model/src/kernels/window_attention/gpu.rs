//! The shader of the window attention, and how it is launched.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::wgpu::{CubeBackend, KernelSource, SourceTemplate, into_contiguous};
use burn::cubecl::prelude::KernelId;

use super::{MASKED, Sizes, TOKEN_BITS, WindowAttention, scale};
use crate::kernels::gpu::{element, empty, launch_in_parts, lines};
use crate::kernels::{Activations, cost};

/// One variant of the shader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct WindowAttentionKernel {
    /// Channels of a head.
    head: usize,
    activations: Activations,
}

impl WindowAttentionKernel {
    /// Queries of a thread: as many as leave their numbers in registers.
    fn queries(self) -> usize {
        match self.head {
            0..=4 => 4,
            5..=16 => 2,
            _ => 1,
        }
    }

    /// Channels that one load brings.
    fn vector(self) -> usize {
        if self.head.is_multiple_of(4) { 4 } else { 1 }
    }

    /// Loads of a head.
    fn width(self) -> usize {
        self.head / self.vector()
    }
}

impl WindowAttentionKernel {
    /// Who asks; the last thread of a window may have no place left and asks for one that is there.
    fn asked(self, q: usize) -> String {
        let loads = lines(0..self.width(), |i| {
            format!(
                "    let q{q}_{i} = {element}(qkv[base + token{q} * 3u * part + {i}u]) * SCALE;\n    \
                 var sum{q}_{i} = {element}();",
                element = element(self.vector(), "f32")
            )
        });
        format!(
            "    let place{q} = thread + {q}u * threads;\n    \
             let mine{q} = tokens[window * places + min(place{q}, places - 1u)];\n    \
             let token{q} = extractBits(mine{q}, 0u, TOKEN_BITS);\n    \
             let region{q} = mine{q} >> TOKEN_BITS;\n    \
             let row{q} = codes[min(place{q}, places - 1u)] + shape[6];\n    \
             var largest{q} = -3e38;\n    \
             var total{q} = 0.0;\n{loads}"
        )
    }

    /// One query's score with the key, and what follows from it. One of `kept` and `weight` is 1.
    fn score(self, q: usize) -> String {
        let products = lines(0..self.width(), |i| {
            let product = match self.vector() {
                4 => format!("dot(q{q}_{i}, k{i})"),
                _ => format!("q{q}_{i} * k{i}"),
            };
            format!("        score{q} += {product};")
        });
        let sums = lines(0..self.width(), |i| {
            format!("        sum{q}_{i} = sum{q}_{i} * kept{q} + v{i} * weight{q};")
        });
        format!(
            "        var score{q} = bias[(row{q} - code) * heads + head];\n        \
             score{q} += select(MASKED, 0.0, its_region == region{q});\n{products}        \
             let smaller{q} = exp(-abs(score{q} - largest{q}));\n        \
             let is_largest{q} = score{q} > largest{q};\n        \
             let kept{q} = select(1.0, smaller{q}, is_largest{q});\n        \
             let weight{q} = select(smaller{q}, 1.0, is_largest{q});\n        \
             largest{q} = max(largest{q}, score{q});\n        \
             total{q} = total{q} * kept{q} + weight{q};\n{sums}"
        )
    }

    /// Nobody reads what padding would answer.
    fn stores(self, q: usize) -> String {
        let stored = self.stored();
        let stores = lines(0..self.width(), |i| {
            format!("        output[answer{q} + {i}u] = {stored}(sum{q}_{i} / total{q});")
        });
        format!(
            "    if (place{q} < places && token{q} < grid) {{\n        \
             let answer{q} = (sample * grid + token{q}) * part + head * WIDTH;\n{stores}    }}"
        )
    }

    /// What one load brings, where it is stored.
    fn stored(self) -> String {
        element(self.vector(), self.activations.number())
    }
}

impl KernelSource for WindowAttentionKernel {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(include_str!(
            "../../../../shaders/compute/window_attention.wgsl"
        ))
        .register("enable", self.activations.enable())
        .register("stored", self.stored())
        .register("token_bits", TOKEN_BITS.to_string())
        .register("masked", format!("{MASKED:?}"))
        .register("scale", format!("{:?}", scale(self.head)))
        .register("width", self.width().to_string())
        .register("queries", self.queries().to_string())
        .register("asked", lines(0..self.queries(), |q| self.asked(q)))
        .register(
            "key",
            lines(0..self.width(), |i| {
                let element = element(self.vector(), "f32");
                format!(
                    "        let k{i} = {element}(qkv[key + {i}u]);\n        \
                     let v{i} = {element}(qkv[value + {i}u]);"
                )
            }),
        )
        .register("scores", lines(0..self.queries(), |q| self.score(q)))
        .register("stores", lines(0..self.queries(), |q| self.stores(q)))
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
    let of = |activations| [4, 6, 16].map(|head| WindowAttentionKernel { head, activations });
    let all = Activations::ALL.into_iter().flat_map(of);
    all.map(|kernel| kernel.source().complete()).collect()
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
        let kernel = WindowAttentionKernel {
            head: width / (3 * heads),
            activations: Activations::of(qkv.dtype),
        };
        let threads = batch * windows * heads * places.div_ceil(kernel.queries());
        let scores = (threads * kernel.queries()) as u64 * places as u64;
        let operations = cost::attention(scores, kernel.head);
        launch_in_parts(
            &qkv.client,
            kernel,
            (threads, operations),
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
