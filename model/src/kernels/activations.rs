//! The numbers in which a kernel leaves for the next what it computed.

use burn::tensor::{DType, Tensor};

/// In what numbers activations lie in memory, between a kernel and the next. Arithmetic and weights are f32 either
/// way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Activations {
    /// f32.
    #[default]
    Full,
    /// f16: half the memory, and half of what has to be moved. By shaders alone, on a GPU that has them.
    Half,
}

impl Activations {
    /// Those of a tensor of this type.
    ///
    /// # Panics
    /// If it is neither f32 nor f16.
    #[must_use]
    pub fn of(dtype: DType) -> Self {
        match dtype {
            DType::F32 => Self::Full,
            DType::F16 => Self::Half,
            other => panic!("activations are f32 or f16, not {other:?}"),
        }
    }

    /// The type of their tensors.
    #[must_use]
    pub fn dtype(self) -> DType {
        match self {
            Self::Full => DType::F32,
            Self::Half => DType::F16,
        }
    }

    /// Bytes of a number.
    #[must_use]
    pub fn bytes(self) -> usize {
        self.dtype().size()
    }
}

/// Whether the kernels compute with `x` on its device.
pub(super) fn fits<const D: usize>(x: &Tensor<D>) -> bool {
    match x.dtype() {
        DType::F32 => true,
        #[cfg(feature = "gpu")]
        DType::F16 => super::by_shader(&x.device()),
        _ => false,
    }
}

/// What the shaders' templates are filled with.
#[cfg(feature = "gpu")]
impl Activations {
    /// Both.
    pub(super) const ALL: [Self; 2] = [Self::Full, Self::Half];

    /// WGSL's name of a number.
    pub(super) fn number(self) -> &'static str {
        match self {
            Self::Full => "f32",
            Self::Half => "f16",
        }
    }

    /// What a shader that names such numbers begins with.
    pub(super) fn enable(self) -> &'static str {
        match self {
            Self::Full => "",
            Self::Half => "enable f16;\n",
        }
    }

    /// `template` with both filled in.
    pub(super) fn fill(
        self,
        template: burn::backend::wgpu::SourceTemplate,
    ) -> burn::backend::wgpu::SourceTemplate {
        template
            .register("enable", self.enable())
            .register("number", self.number())
    }
}
