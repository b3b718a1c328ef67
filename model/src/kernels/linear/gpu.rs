//! The shader of the linear layer, and how it is launched.

use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, KernelSource, SourceTemplate, into_contiguous};
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::cubecl::prelude::KernelId;
use burn::tensor::{DType, Tensor};

use super::Around;
use crate::kernels::gpu::{ROW_STATISTICS, WORKGROUP, empty, exclusive, launch_in_parts, lines};
use crate::kernels::{Activations, cost, fits};

/// The operation on a GPU's own tensors. What `variant` does without is one number long.
#[backend_extension(Cube)]
pub trait LinearLayer: Backend {
    /// See [`super::linear()`].
    #[allow(clippy::too_many_arguments, reason = "the shader's bindings")]
    fn linear_layer(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        residual: FloatTensor<Self>,
        variant: Variant,
    ) -> FloatTensor<Self>;
}

/// What the shader does beside the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Variant {
    norm: bool,
    bias: bool,
    gelu: bool,
    onto: bool,
}

/// One variant of the shader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct LinearKernel {
    norm: bool,
    bias: bool,
    /// Rows of a thread.
    rows: usize,
    /// Vectors of four columns of a thread.
    vectors: usize,
    activations: Activations,
}

impl LinearKernel {
    /// Few rows a thread where there are few rows at all, so that there are threads enough. Twelve columns first:
    /// they divide all of the network's, and each other number is one more program to compile.
    fn of(variant: Variant, [rows, columns]: [usize; 2], activations: Activations) -> Self {
        Self {
            activations,
            norm: variant.norm,
            bias: variant.bias,
            rows: if rows >= 4096 { 4 } else { 1 },
            vectors: [3, 4, 2]
                .into_iter()
                .find(|vectors| columns.is_multiple_of(4 * vectors))
                .unwrap_or(1),
        }
    }

    fn starts(&self) -> String {
        let rows = lines(0..self.rows, |r| {
            let statistics = if self.norm {
                format!("\n    let statistic{r} = statistics(row{r} * width, width);")
            } else {
                String::new()
            };
            format!("    let row{r} = min(first_row + {r}u * 64u, rows - 1u);{statistics}")
        });
        let sums = lines(self.sums(), |(r, v)| {
            format!("    var sum{r}_{v} = vec4<f32>();")
        });
        rows + &sums
    }

    fn loads(&self) -> String {
        lines(0..self.rows, |r| {
            let value = format!("vec4<f32>(input[row{r} * width + k])");
            if self.norm {
                format!(
                    "        let x{r} = ({value} - statistic{r}.x) * statistic{r}.y * gamma[k] + beta[k];"
                )
            } else {
                format!("        let x{r} = {value};")
            }
        })
    }

    fn products(&self) -> String {
        lines(0..4, |j| {
            let weights = lines(0..self.vectors, |v| {
                format!("        let w{j}_{v} = weight[w + {v}u];")
            });
            let products = lines(self.sums(), |(r, v)| {
                format!("        sum{r}_{v} += x{r}[{j}] * w{j}_{v};")
            });
            format!("{weights}{products}        w += columns;")
        })
    }

    fn stores(&self) -> String {
        let number = self.activations.number();
        lines(0..self.rows, |r| {
            let stores = lines(0..self.vectors, |v| {
                format!(
                    "        output[place{r} + {v}u] = \
                     vec4<{number}>(finished(sum{r}_{v}, column + {v}u, place{r} + {v}u));"
                )
            });
            format!(
                "    if (first_row + {r}u * 64u < rows) {{\n        \
                 let place{r} = row{r} * columns + column;\n{stores}    }}"
            )
        })
    }

    fn sums(&self) -> impl Iterator<Item = (usize, usize)> {
        let vectors = self.vectors;
        (0..self.rows).flat_map(move |r| (0..vectors).map(move |v| (r, v)))
    }
}

impl KernelSource for LinearKernel {
    fn source(&self) -> SourceTemplate {
        let Self { norm, bias, .. } = *self;
        // Only what is used: a layout made from the shader has no more than that.
        let used = [(bias, "bias"), (norm, "gamma"), (norm, "beta")];
        let used = used.iter().filter(|(is_used, _)| *is_used).enumerate();
        let bindings = lines(used.clone(), |(i, (_, name))| {
            format!(
                "@group(0) @binding({}) var<storage, read_write> {name}: array<vec4<f32>>;",
                3 + i
            )
        });
        let template = SourceTemplate::new(include_str!("../../../../shaders/compute/linear.wgsl"));
        self.activations
            .fill(template)
            .register("statistics", ROW_STATISTICS)
            .register("bindings", bindings)
            .register("last", (3 + used.count()).to_string())
            .register("offset", if bias { " + bias[column]" } else { "" })
            .register("rows", self.rows.to_string())
            .register("vectors", self.vectors.to_string())
            .register("starts", self.starts())
            .register("loads", self.loads())
            .register("products", self.products())
            .register("stores", self.stores())
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info(*self)
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// The shader as it is compiled for a few layers of the network, for checking without a GPU.
pub(in crate::kernels) fn sources() -> Vec<String> {
    let variant = |norm, bias| Variant {
        norm,
        bias,
        gelu: false,
        onto: false,
    };
    let of = |activations| {
        [
            LinearKernel::of(variant(true, true), [110_592, 48], activations),
            LinearKernel::of(variant(false, true), [110_592, 12], activations),
            LinearKernel::of(variant(true, false), [27, 20], activations),
        ]
    };
    let all = Activations::ALL.into_iter().flat_map(of);
    all.map(|kernel| kernel.source().complete()).collect()
}

/// The shader reads vectors of four.
pub(super) fn suits(weight: &Tensor<2>) -> bool {
    weight.dims().iter().all(|len| len.is_multiple_of(4))
}

pub(super) fn affine(
    x: Tensor<3>,
    weight: Tensor<2>,
    bias: Option<Tensor<1>>,
    around: Around<'_>,
) -> Tensor<3> {
    let ([batch, rows, width], [from, to]) = (x.dims(), weight.dims());
    assert_eq!(width, from, "columns of input and weight");
    assert!(fits(&x) && weight.dtype() == DType::F32);
    // Stands where the shader has no binding.
    let none = || weight.clone().into_dispatch();
    let variant = Variant {
        norm: around.norm.is_some(),
        bias: bias.is_some(),
        gelu: around.gelu,
        onto: around.residual.is_some(),
    };
    let (gamma, beta) = match around.norm {
        Some(norm) => {
            let gamma = norm.gamma.val();
            let beta = match &norm.beta {
                Some(beta) => beta.val(),
                None => gamma.zeros_like(),
            };
            (gamma.into_dispatch(), beta.into_dispatch())
        }
        None => (none(), none()),
    };
    if let Some(residual) = &around.residual {
        assert_eq!(residual.dims(), [batch, rows, to]);
        assert_eq!(residual.dtype(), x.dtype());
    }
    Tensor::from_dispatch(Dispatch::linear_layer(
        x.into_dispatch(),
        none(),
        bias.map_or_else(none, Tensor::into_dispatch),
        gamma,
        beta,
        around.residual.map_or_else(none, Tensor::into_dispatch),
        variant,
    ))
}

impl LinearLayer for CubeBackend {
    fn linear_layer(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        residual: FloatTensor<Self>,
        variant: Variant,
    ) -> FloatTensor<Self> {
        let (x, weight) = (into_contiguous(x), into_contiguous(weight));
        let [batch, rows, width] = [0, 1, 2].map(|axis| x.meta.shape()[axis]);
        let columns = weight.meta.shape()[1];
        let output = if variant.onto {
            exclusive(residual)
        } else {
            empty(&x, [batch, rows, columns])
        };
        let rows = batch * rows;
        let kernel = LinearKernel::of(variant, [rows, columns], Activations::of(x.dtype));
        let groups =
            rows.div_ceil(WORKGROUP as usize * kernel.rows) * (columns / (4 * kernel.vectors));
        let mut buffers = vec![&x.handle, &weight.handle, &output.handle];
        if variant.bias {
            buffers.push(&bias.handle);
        }
        if variant.norm {
            buffers.extend([&gamma.handle, &beta.handle]);
        }
        let operations = cost::linear(rows, width, columns);
        launch_in_parts(
            &x.client,
            kernel,
            (groups * WORKGROUP as usize, operations),
            &buffers,
            &[
                rows,
                width / 4,
                columns / 4,
                usize::from(variant.gelu),
                usize::from(variant.onto),
            ],
        );
        output
    }
}
