//! A network's parameters under the names that MONAI's state dict gives them, and filling them.
//!
//! The modules keep their own field names; [`name`] turns a path of fields into the name that
//! every SwinUNETR checkpoint uses. Order is torch's state-dict order, because the fields are
//! declared in it.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};

use crate::ModelError;

/// Where parameters come from: a bundle, the golden rule, an initialiser.
pub trait ParameterSource {
    /// The values of the parameter `name`, in C order, of exactly `shape` (torch's shape).
    ///
    /// # Errors
    /// If it is missing or has another shape.
    fn parameter(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError>;
}

impl<F: FnMut(&str, &[usize]) -> Result<Vec<f32>, ModelError>> ParameterSource for F {
    fn parameter(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        self(name, shape)
    }
}

/// Names and torch shapes of all parameters, in state-dict order.
pub fn list<M: Module>(module: &M) -> Vec<(String, Vec<usize>)> {
    let mut visitor = Lister::default();
    module.visit(&mut visitor);
    visitor.found
}

/// The module with every parameter taken from `source`.
///
/// # Errors
/// The first one that the source gave; the parameters after it are not asked for.
pub fn fill<M: Module>(module: M, source: &mut dyn ParameterSource) -> Result<M, ModelError> {
    let mut mapper = Filler {
        path: Path::default(),
        source,
        error: None,
    };
    let module = module.map(&mut mapper);
    match mapper.error {
        Some(error) => Err(error),
        None => Ok(module),
    }
}

/// Parameters by name: torch's shape, and the values in C order.
#[cfg(feature = "train")]
pub type Weights = std::collections::BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// The module with every parameter taken from `weights`.
///
/// # Errors
/// The first one that they lack, or have in another shape.
#[cfg(feature = "train")]
pub fn filled<M: Module>(module: M, weights: &Weights) -> Result<M, ModelError> {
    let mut source = |name: &str, shape: &[usize]| match weights.get(name) {
        Some((found, values)) if found == shape => Ok(values.clone()),
        _ => Err(ModelError::MissingTensor {
            name: name.into(),
            expected: shape.to_vec(),
        }),
    };
    fill(module, &mut source)
}

/// All parameters of `module`.
#[cfg(feature = "train")]
pub fn values<M: Module>(module: &M) -> Weights {
    let mut visitor = Reader::default();
    module.visit(&mut visitor);
    visitor.found
}

/// The fields on the way to a parameter, and whether the innermost is a linear layer, whose weight
/// Burn keeps as `[in, out]` where torch has `[out, in]`.
#[derive(Default)]
struct Path {
    fields: Vec<String>,
    linear: Vec<bool>,
}

impl Path {
    fn enter(&mut self, field: &str, container: &str) {
        self.fields.push(field.to_owned());
        self.linear.push(container.ends_with("Linear"));
    }

    fn leave(&mut self) {
        self.fields.pop();
        self.linear.pop();
    }

    /// Burn's path names the parameter's own field last; its container stands before it.
    fn is_transposed(&self, rank: usize) -> bool {
        rank == 2 && self.linear.iter().any(|&l| l)
    }

    fn torch_shape(&self, shape: &[usize]) -> Vec<usize> {
        let mut shape = shape.to_vec();
        if self.is_transposed(shape.len()) {
            shape.reverse();
        }
        shape
    }
}

/// MONAI's name of the parameter at this path of fields.
fn name(fields: &[String]) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut fields = fields.iter().map(String::as_str).peekable();
    while let Some(field) = fields.next() {
        match field {
            "backbone" | "network" => {}
            "swin" => out.push("swinViT".into()),
            "stages" => {
                let index: usize = fields
                    .next()
                    .and_then(|i| i.parse().ok())
                    .unwrap_or_default();
                out.push(format!("layers{}.0", index + 1));
            }
            "patch_embed" => out.push("patch_embed.proj".into()),
            "attention" => out.push("attn".into()),
            "bias_table" => out.push("relative_position_bias_table".into()),
            "merging" => out.push("downsample".into()),
            "up" => out.push("transp_conv".into()),
            "block" => out.push("conv_block".into()),
            "conv1" | "conv2" | "conv3" if out.len() == 1 => out.push(format!("layer.{field}")),
            "kernel" => out.push("conv.weight".into()),
            "out" => out.push("out.conv.conv".into()),
            "gamma" => out.push("weight".into()),
            "beta" => out.push("bias".into()),
            other => out.push(other.into()),
        }
    }
    out.join(".")
}

#[derive(Default)]
struct Lister {
    path: Path,
    found: Vec<(String, Vec<usize>)>,
}

impl ModuleVisitor for Lister {
    fn enter_module(&mut self, field: &str, container: &str) {
        self.path.enter(field, container);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.leave();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let shape: Vec<usize> = param.lazy_shape().iter().copied().collect();
        self.found
            .push((name(&self.path.fields), self.path.torch_shape(&shape)));
    }
}

#[cfg(feature = "train")]
#[derive(Default)]
struct Reader {
    path: Path,
    found: Weights,
}

#[cfg(feature = "train")]
impl ModuleVisitor for Reader {
    fn enter_module(&mut self, field: &str, container: &str) {
        self.path.enter(field, container);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.leave();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        let shape = tensor.dims().to_vec();
        // Numbers of another type than f32 do not occur in training.
        let values: Vec<f32> = tensor.into_data().try_to_vec().unwrap_or_default();
        let values = if self.path.is_transposed(D) {
            transpose(&values, shape[1])
        } else {
            values
        };
        self.found.insert(
            name(&self.path.fields),
            (self.path.torch_shape(&shape), values),
        );
    }
}

struct Filler<'a> {
    path: Path,
    source: &'a mut dyn ParameterSource,
    error: Option<ModelError>,
}

impl Filler<'_> {
    fn fetch<const D: usize>(
        &mut self,
        shape: &[usize],
        device: &Device,
    ) -> Result<Tensor<D>, ModelError> {
        let name = name(&self.path.fields);
        let torch = self.path.torch_shape(shape);
        let values = self.source.parameter(&name, &torch)?;
        if values.len() != torch.iter().product::<usize>() {
            return Err(ModelError::TensorShape {
                name,
                found: vec![values.len()],
                expected: torch,
            });
        }
        let values = if self.path.is_transposed(D) {
            transpose(&values, torch[1])
        } else {
            values
        };
        Ok(Tensor::from_data(
            TensorData::new(values, shape.to_vec()),
            device,
        ))
    }
}

impl ModuleMapper for Filler<'_> {
    fn enter_module(&mut self, field: &str, container: &str) {
        self.path.enter(field, container);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.leave();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if self.error.is_some() {
            return param;
        }
        let shape: Vec<usize> = param.lazy_shape().iter().copied().collect();
        match self.fetch(&shape, &param.lazy_device()) {
            Ok(tensor) => Param::initialized(param.id, tensor),
            Err(error) => {
                self.error = Some(error);
                param
            }
        }
    }
}

/// A row-major matrix of rows of `columns`, transposed.
fn transpose(values: &[f32], columns: usize) -> Vec<f32> {
    (0..columns)
        .flat_map(|c| values.iter().skip(c).step_by(columns).copied())
        .collect()
}
