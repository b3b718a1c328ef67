//! The names that a checkpoint may use. Nothing is called: each stands for a few lines here.

use crate::foreign::tensor::Number;

/// A name of Python's that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::foreign) enum Global {
    /// `collections.OrderedDict`.
    OrderedDict,
    /// `torch._utils._rebuild_tensor_v2`, and the same without a version before it.
    RebuildTensor,
    /// `torch._utils._rebuild_parameter`.
    RebuildParameter,
    /// A storage's type.
    Storage(Number),
    /// NumPy's way to write a number, such as a score beside the weights; what it makes is not read.
    PlainNumber,
}

impl Global {
    /// The one of this name.
    pub(super) fn find(module: &str, name: &str) -> Option<Self> {
        Some(match (module, name) {
            ("collections", "OrderedDict") => Self::OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2" | "_rebuild_tensor") => Self::RebuildTensor,
            ("torch._utils", "_rebuild_parameter") => Self::RebuildParameter,
            ("torch", storage) => Self::Storage(match storage {
                "DoubleStorage" => Number::F64,
                "FloatStorage" => Number::F32,
                "HalfStorage" => Number::F16,
                "BFloat16Storage" => Number::Bf16,
                "LongStorage" => Number::Whole(8),
                "IntStorage" => Number::Whole(4),
                "ShortStorage" => Number::Whole(2),
                "CharStorage" | "ByteStorage" | "BoolStorage" => Number::Whole(1),
                _ => return None,
            }),
            ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar")
            | ("numpy", "dtype")
            | ("_codecs", "encode") => Self::PlainNumber,
            _ => return None,
        })
    }
}
