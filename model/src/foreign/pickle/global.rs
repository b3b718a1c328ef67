//! The names that a checkpoint may use. Nothing is called: each stands for a few lines here, or for a
//! value that nobody needs.

use crate::foreign::tensor::Number;

/// A name of Python's that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::foreign) enum Global {
    /// `collections.OrderedDict`.
    OrderedDict,
    /// Another kind of dictionary; what it is made from is not read, what is put into it is.
    OtherDict,
    /// `torch._utils._rebuild_tensor_v2`, and the same without a version before it.
    RebuildTensor,
    /// `torch._utils._rebuild_parameter`, and the same with attributes.
    RebuildParameter,
    /// `torch._tensor._rebuild_from_type_v2`: one of the two above, and a class to make it.
    RebuildFromType,
    /// A storage's type.
    Storage(Number),
    /// A class or function that makes a plain value, such as a date beside the weights; what it makes
    /// is not read.
    Plain,
}

impl Global {
    /// The one of this name.
    pub(super) fn find(module: &str, name: &str) -> Option<Self> {
        Some(match (module, name) {
            ("collections", "OrderedDict") => Self::OrderedDict,
            ("collections", "defaultdict" | "Counter") => Self::OtherDict,
            // Lightning's name for a dictionary of settings, in each of its packages.
            (
                "pytorch_lightning.utilities.parsing"
                | "lightning.pytorch.utilities.parsing"
                | "lightning_fabric.utilities.data"
                | "lightning.fabric.utilities.data",
                "AttributeDict",
            ) => Self::OtherDict,
            ("torch._utils", "_rebuild_tensor_v2" | "_rebuild_tensor") => Self::RebuildTensor,
            ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => {
                Self::RebuildParameter
            }
            ("torch._tensor", "_rebuild_from_type_v2") => Self::RebuildFromType,
            ("torch", name) => match storage(name) {
                Some(number) => Self::Storage(number),
                None => is_plain("torch", name).then_some(Self::Plain)?,
            },
            _ => is_plain(module, name).then_some(Self::Plain)?,
        })
    }
}

fn storage(name: &str) -> Option<Number> {
    Some(match name {
        "DoubleStorage" => Number::F64,
        "FloatStorage" => Number::F32,
        "HalfStorage" => Number::F16,
        "BFloat16Storage" => Number::Bf16,
        "LongStorage" => Number::Whole(8),
        "IntStorage" => Number::Whole(4),
        "ShortStorage" => Number::Whole(2),
        "CharStorage" | "ByteStorage" | "BoolStorage" => Number::Whole(1),
        _ => return None,
    })
}

/// Whether a class or function only makes values of its arguments: what trainings save beside their
/// weights. None of them opens a file, imports or calls anything.
fn is_plain(module: &str, name: &str) -> bool {
    match module {
        "builtins" | "__builtin__" => matches!(
            name,
            "bool"
                | "bytearray"
                | "bytes"
                | "complex"
                | "dict"
                | "float"
                | "frozenset"
                | "int"
                | "list"
                | "long"
                | "object"
                | "range"
                | "set"
                | "slice"
                | "str"
                | "tuple"
                | "unicode"
                | "xrange"
        ),
        "argparse" => name == "Namespace",
        "types" => name == "SimpleNamespace",
        "collections" => name == "deque",
        "datetime" => matches!(
            name,
            "date" | "datetime" | "time" | "timedelta" | "timezone"
        ),
        "decimal" => name == "Decimal",
        "fractions" => name == "Fraction",
        "uuid" => name == "UUID",
        // pathlib._local in Python 3.13.
        "pathlib" | "pathlib._local" => matches!(
            name,
            "Path" | "PosixPath" | "PurePath" | "PurePosixPath" | "PureWindowsPath" | "WindowsPath"
        ),
        "_codecs" => name == "encode",
        // NumPy 2 put an underscore before its core.
        "numpy.core.multiarray" | "numpy._core.multiarray" => {
            matches!(name, "scalar" | "_reconstruct")
        }
        "numpy.core.numeric" | "numpy._core.numeric" => name == "_frombuffer",
        "numpy" => matches!(
            name,
            "dtype"
                | "ndarray"
                | "bool_"
                | "float16"
                | "float32"
                | "float64"
                | "int8"
                | "int16"
                | "int32"
                | "int64"
                | "uint8"
                | "uint16"
                | "uint32"
                | "uint64"
        ),
        // Classes of tensors, named where one is saved with attributes of its own.
        "torch._tensor" => name == "Tensor",
        "torch.nn.parameter" => matches!(name, "Parameter" | "Buffer"),
        "monai.data.meta_tensor" => name == "MetaTensor",
        "torch.serialization" => name == "_get_layout",
        "torch" => {
            let sizes = ["8", "16", "32", "64"];
            let numbered = ["float", "int", "uint"]
                .iter()
                .find_map(|kind| name.strip_prefix(kind));
            numbered.is_some_and(|size| sizes.contains(&size))
                || matches!(
                    name,
                    "Size"
                        | "Tensor"
                        | "bfloat16"
                        | "bool"
                        | "complex64"
                        | "complex128"
                        | "device"
                        | "strided"
                )
        }
        _ => false,
    }
}
