//! A foreign safetensors file: the same frame as a bundle's, more types of number, no manifest.

use std::collections::BTreeMap;

use safetensors::Dtype;

use super::ForeignError;
use super::tensor::{Number, RawTensor};
use crate::bundle::{BundleError, MANIFEST_KEY, safetensors_frame};

/// The tensors of `file`.
pub(super) fn read(file: &[u8]) -> Result<BTreeMap<String, RawTensor<'_>>, ForeignError> {
    let (header, start) = safetensors_frame(file).map_err(refusal)?;
    if header
        .metadata()
        .as_ref()
        .is_some_and(|metadata| metadata.contains_key(MANIFEST_KEY))
    {
        return Err(ForeignError::AlreadyBundle);
    }
    let mut tensors = BTreeMap::new();
    for name in header.offset_keys() {
        let Some(info) = header.info(&name) else {
            continue;
        };
        let number = number(info.dtype)
            .ok_or_else(|| ForeignError::tensor(&name, format!("its type is {:?}", info.dtype)))?;
        let (from, to) = info.data_offsets;
        let tensor =
            RawTensor::contiguous(info.shape.clone(), number, &file[start + from..start + to]);
        let tensor = tensor.map_err(|problem| ForeignError::tensor(&name, problem))?;
        tensors.insert(name, tensor);
    }
    Ok(tensors)
}

fn number(dtype: Dtype) -> Option<Number> {
    Some(match dtype {
        Dtype::F64 => Number::F64,
        Dtype::F32 => Number::F32,
        Dtype::F16 => Number::F16,
        Dtype::BF16 => Number::Bf16,
        Dtype::I64 | Dtype::U64 => Number::Whole(8),
        Dtype::I32 | Dtype::U32 => Number::Whole(4),
        Dtype::I16 | Dtype::U16 => Number::Whole(2),
        Dtype::I8 | Dtype::U8 | Dtype::BOOL => Number::Whole(1),
        _ => return None,
    })
}

/// The frame's refusals, which speak of a bundle, in a checkpoint's words.
fn refusal(error: BundleError) -> ForeignError {
    match error {
        BundleError::Truncated { expected, found } => {
            ForeignError::Truncated(format!("{found} bytes, but its header promises {expected}"))
        }
        BundleError::TrailingBytes { expected, found } => ForeignError::Damaged(format!(
            "{found} bytes, but its header accounts for {expected}"
        )),
        other => ForeignError::Unrecognised(other.to_string()),
    }
}
