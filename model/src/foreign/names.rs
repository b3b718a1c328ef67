//! From a checkpoint's names to those of MONAI's SwinUNETR, which are this crate's.

use std::collections::BTreeMap;

use super::ForeignError;
use super::error::{clip, first_few};
use super::tensor::RawTensor;

/// The one tensor that every Swin network here has exactly once.
const ANCHOR: &str = "patch_embed.proj.weight";
/// What SwinUNETR calls its encoder.
const ENCODER: &str = "swinViT.";

/// The parts of the network, as its tensors' names begin.
const PARTS: [&str; 6] = [
    ENCODER,
    "encoder",
    "decoder",
    "out.", // the encoder alone:
    "patch_embed.",
    "layers",
];

/// The tensors under MONAI's names. A wrapper's prefix, such as `module.`, is taken off; an encoder on
/// its own gets SwinUNETR's name for it; `mlp.fc1` and `mlp.fc2` of the oldest files become
/// `mlp.linear1` and `mlp.linear2`; what only training needs is left out, such as a loss and its weights
/// beside the wrapper.
pub(super) fn monai(
    tensors: BTreeMap<String, RawTensor<'_>>,
) -> Result<BTreeMap<String, RawTensor<'_>>, ForeignError> {
    let wrapper = wrapper(&tensors)?;
    let (prefix, is_bare) = match wrapper.strip_suffix(ENCODER) {
        Some(prefix) => (prefix.to_owned(), false),
        None => (wrapper, true),
    };
    let mut named = BTreeMap::new();
    for (name, tensor) in tensors {
        let inside = name.strip_prefix(&prefix);
        let short = inside.unwrap_or(&name);
        let is_beside = inside.is_none() && !PARTS.iter().any(|part| short.starts_with(part));
        if is_beside || is_training_only(short) || is_count(short, tensor.shape()) {
            continue;
        }
        let is_encoders = short.starts_with("patch_embed.") || short.starts_with("layers");
        let encoder = if is_bare && is_encoders { ENCODER } else { "" };
        let short = short
            .replace(".mlp.fc1.", ".mlp.linear1.")
            .replace(".mlp.fc2.", ".mlp.linear2.");
        let short = format!("{encoder}{short}");
        if named.insert(short.clone(), tensor).is_some() {
            return Err(ForeignError::Twice(clip(&short)));
        }
    }
    Ok(named)
}

/// What stands before the patch embedding's name.
fn wrapper(tensors: &BTreeMap<String, RawTensor<'_>>) -> Result<String, ForeignError> {
    let wrappers = tensors.keys().filter_map(|name| name.strip_suffix(ANCHOR));
    let wrappers: Vec<&str> = wrappers
        .filter(|wrapper| wrapper.is_empty() || wrapper.ends_with('.'))
        .collect();
    match wrappers[..] {
        [one] => Ok(one.to_owned()),
        [] if tensors.keys().any(|name| name.contains("convInit.conv")) => Err(
            ForeignError::NotSwinUnetr("it is a SegResNet, as MONAI's BraTS bundle is".into()),
        ),
        [] => {
            let found = first_few(tensors.keys().map(String::as_str));
            let found = if found.is_empty() {
                "no tensors".into()
            } else {
                found
            };
            Err(ForeignError::NotSwinUnetr(format!(
                "it lacks {ENCODER}{ANCHOR}; it has {found}"
            )))
        }
        _ => {
            let names = wrappers.iter().map(|wrapper| wrapper.trim_end_matches('.'));
            Err(ForeignError::Several(first_few(names)))
        }
    }
}

/// A number that a training keeps among the weights: a loss, an epoch, how many were averaged
/// (`n_averaged`). A parameter's name has its layer before a dot.
fn is_count(name: &str, shape: &[usize]) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let is_named = matches!(last, "n_averaged" | "num_batches_tracked");
    shape.len() < 2 && (is_named || !name.contains('.'))
}

/// The heads of self-supervised pretraining, and the buffers that window attention computes anew.
fn is_training_only(name: &str) -> bool {
    name.ends_with(".attn.relative_position_index")
        || ["rotation_head.", "contrastive_head."]
            .iter()
            .any(|head| name.starts_with(head))
        || name
            .strip_prefix("conv.")
            .and_then(|rest| rest.split_once('.'))
            .is_some_and(|(layer, _)| matches!(layer, "0" | "4" | "8" | "12" | "16" | "20"))
}
