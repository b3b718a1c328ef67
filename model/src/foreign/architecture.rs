//! The network that a checkpoint's names and shapes announce, and whether it has exactly its tensors.

use std::collections::BTreeMap;

use burn::tensor::Device;

use super::ForeignError;
use super::error::{clip, first_few};
use super::tensor::RawTensor;
use crate::network::MtsUnetConfig;
use crate::network::config::{Segmentation, SwinUnetrConfig};
use crate::parameters;

type Tensors<'a> = BTreeMap<String, RawTensor<'a>>;

/// SwinUNETR of the sizes that `tensors` have, with three sigmoid outputs. The order of merging, which
/// they do not tell, is for the caller to set.
pub(super) fn detect(tensors: &Tensors<'_>) -> Result<MtsUnetConfig, ForeignError> {
    let parts = ["encoder", "decoder", "out."];
    if !tensors
        .keys()
        .any(|name| parts.iter().any(|part| name.starts_with(part)))
    {
        return Err(ForeignError::EncoderOnly {
            tensors: tensors.len(),
        });
    }
    if tensors
        .keys()
        .any(|name| name.starts_with("swinViT.layers1c."))
    {
        let problem =
            "its stages begin with residual convolutions (use_v2), which this program's do not";
        return Err(ForeignError::NotSwinUnetr(problem.into()));
    }
    let shape = |name: &str| tensors.get(name).map_or(&[][..], RawTensor::shape);
    let &[feature_size, in_channels, 2, 2, 2] = shape("swinViT.patch_embed.proj.weight") else {
        return Err(ForeignError::Network(
            "its patch embedding is no convolution of 2 × 2 × 2 voxels".into(),
        ));
    };
    let mut backbone = SwinUnetrConfig::new(feature_size)
        .with_in_channels(in_channels)
        .with_depths([1, 2, 3, 4].map(|stage| depth(tensors, stage)));
    for stage in 0..4 {
        let table = format!(
            "swinViT.layers{}.0.blocks.0.attn.relative_position_bias_table",
            stage + 1
        );
        if let &[positions, heads] = shape(&table) {
            backbone.num_heads[stage] = heads;
            let is_window = |window: &usize| (2 * window - 1).pow(3) == positions;
            backbone.window = (2..=16).find(is_window).unwrap_or(backbone.window);
        }
    }
    // Without its last layer there is nothing to go by, and it will be missed below.
    let segmentation = Segmentation::Sigmoid3;
    backbone.out_channels = shape("out.conv.conv.weight")
        .first()
        .copied()
        .unwrap_or(segmentation.channels());
    Ok(MtsUnetConfig::new(backbone).with_segmentation(segmentation))
}

/// Blocks of a stage: one more than the highest index that a name has.
fn depth(tensors: &Tensors<'_>, stage: usize) -> usize {
    let prefix = format!("swinViT.layers{stage}.0.blocks.");
    let index = |name: &String| -> Option<usize> {
        let (index, _) = name.strip_prefix(&prefix)?.split_once('.')?;
        index.parse().ok()
    };
    let highest = tensors.keys().filter_map(index).max();
    highest.map_or(1, |highest| highest.saturating_add(1))
}

/// Whether `tensors` are exactly those of the network, with its shapes.
pub(super) fn check(config: &MtsUnetConfig, tensors: &Tensors<'_>) -> Result<(), ForeignError> {
    config.check().map_err(ForeignError::Network)?;
    let network = config.init(&Device::flex());
    let network = network.map_err(|error| ForeignError::Network(error.to_string()))?;
    let expected: BTreeMap<String, Vec<usize>> = parameters::list(&network).into_iter().collect();
    let missing = expected.keys().filter(|name| !tensors.contains_key(*name));
    let unknown = tensors.keys().filter(|name| !expected.contains_key(*name));
    let reshaped: Vec<String> = expected
        .iter()
        .filter_map(|(name, expected)| {
            let found = tensors.get(name)?.shape();
            let found = (found != expected).then(|| clip(&format!("{found:?}")))?;
            Some(format!("{name} is {found} instead of {expected:?}"))
        })
        .collect();
    let names = |names: Vec<&str>| (names.len(), first_few(names.into_iter()));
    let problems = [
        ("missing", names(missing.map(String::as_str).collect())),
        ("unknown", names(unknown.map(String::as_str).collect())),
        (
            "of another shape",
            names(reshaped.iter().map(String::as_str).collect()),
        ),
    ];
    let problems: Vec<String> = problems
        .into_iter()
        .filter(|(_, (count, _))| *count > 0)
        .map(|(what, (count, first))| format!("{count} {what} ({first})"))
        .collect();
    if problems.is_empty() {
        return Ok(());
    }
    Err(ForeignError::Keys {
        network: describe(&config.backbone),
        problems: problems.join("; "),
    })
}

/// The backbone in words.
pub(super) fn describe(backbone: &SwinUnetrConfig) -> String {
    let depths = backbone.depths.map(|depth| depth.to_string()).join("-");
    format!(
        "a Swin UNETR of feature size {} and depths {depths}",
        backbone.feature_size
    )
}
