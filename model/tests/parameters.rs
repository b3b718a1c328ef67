//! Names, shapes and counts of the parameters, against a real SwinUNETR checkpoint's key list.
#![cfg(feature = "network")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use burn::tensor::Device;
use common::root;
use mts_unet::network::config::{
    CmdVariant, HeadConfig, HeadInput, Segmentation, SwinUnetrConfig, TafeVariant, Task,
};
use mts_unet::network::{MtsUnet, MtsUnetConfig};
use mts_unet::parameters;

fn list(config: &MtsUnetConfig) -> Vec<(String, Vec<usize>)> {
    let network: MtsUnet = config.init(&Device::flex()).unwrap();
    parameters::list(&network)
}

fn count<'a>(parameters: impl IntoIterator<Item = &'a (String, Vec<usize>)>) -> usize {
    parameters
        .into_iter()
        .map(|(_, shape)| shape.iter().product::<usize>())
        .sum()
}

fn backbone(feature_size: usize, segmentation: Segmentation) -> MtsUnetConfig {
    let backbone = SwinUnetrConfig::new(feature_size).with_out_channels(segmentation.channels());
    MtsUnetConfig::new(backbone).with_segmentation(segmentation)
}

#[test]
fn names_shapes_and_order_are_the_state_dicts() {
    let text = std::fs::read_to_string(root("tests/golden/statedict-fs48-in4-out4.txt")).unwrap();
    let expected: Vec<(String, String)> = text
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .filter(|fields| !fields[0].ends_with("relative_position_index"))
        .map(|fields| {
            (
                fields[0].to_owned(),
                fields[1]
                    .replace(['(', ')', ' '], "")
                    .trim_end_matches(',')
                    .to_owned(),
            )
        })
        .collect();
    let found: Vec<(String, String)> = list(&backbone(48, Segmentation::Softmax4))
        .into_iter()
        .map(|(name, shape)| {
            (
                name,
                shape
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(","),
            )
        })
        .collect();
    assert_eq!(found, expected);
    assert_eq!(found.len(), 159 - 8);
}

#[test]
fn backbones_have_the_published_number_of_parameters() {
    let of = |feature_size, segmentation| count(&list(&backbone(feature_size, segmentation)));
    assert_eq!(of(48, Segmentation::Softmax4), 62_191_990);
    assert_eq!(of(48, Segmentation::Sigmoid3), 62_191_941);
    assert_eq!(of(48, Segmentation::Softmax2), 62_191_892);
    // The smaller sizes are published for three output channels.
    assert_eq!(of(24, Segmentation::Sigmoid3), 15_705_621);
    assert_eq!(of(12, Segmentation::Sigmoid3), 4_079_373);
}

#[test]
fn a_deeper_third_stage_has_the_self_supervised_checkpoints_keys() {
    let keys = |depths| {
        let mut config = backbone(48, Segmentation::Softmax4);
        config.backbone.depths = depths;
        let found = list(&config);
        let tensors = found
            .iter()
            .filter(|(name, _)| name.starts_with("swinViT."))
            .count();
        let blocks: usize = depths.iter().sum();
        tensors + blocks // each block's index buffer is a key too
    };
    assert_eq!((keys([2, 2, 2, 2]), keys([2, 2, 6, 2])), (126, 182));
}

#[test]
fn heads_have_the_published_number_of_parameters() {
    let head = HeadConfig {
        task: Task::Idh,
        input: HeadInput::Dsf,
        classes: 2,
    };
    let config = backbone(48, Segmentation::Softmax4).with_heads(vec![head]);
    let all = list(&config);
    let of = |part: &str| count(all.iter().filter(|(name, _)| name.starts_with(part)));
    assert_eq!(of("heads.tasks.0.tafe."), 213_442);
    assert_eq!(of("heads.cmd."), 22_518);
    assert_eq!(of("heads.tasks.0.fused.cmd."), 49_602);
    assert_eq!(of("heads.tasks.0.fused.dsf."), 226);

    let other = config
        .with_cmd(CmdVariant::V1)
        .with_tafe(TafeVariant::Multiscale);
    let all = list(&other);
    let of = |part: &str| count(all.iter().filter(|(name, _)| name.starts_with(part)));
    assert_eq!(of("heads.cmd."), 2 * 64 * 343 + 54);
    assert_eq!(of("heads.tafe."), 2 * (96 + 192 + 384 + 768));
}

#[test]
fn a_sited_head_has_few_numbers_to_learn() {
    let head = HeadConfig {
        task: Task::Idh,
        input: HeadInput::Tafe,
        classes: 2,
    };
    let config = backbone(12, Segmentation::Softmax4)
        .with_tafe(TafeVariant::Sited)
        .with_heads(vec![head]);
    let heads: Vec<_> = list(&config)
        .into_iter()
        .filter(|(name, _)| name.starts_with("heads."))
        .collect();
    let of = |name: &str| heads.iter().find(|(n, _)| n == name).map(|(_, s)| &s[..]);
    assert_eq!(of("heads.tafe.sited.mean"), Some(&[30][..]));
    assert_eq!(of("heads.tafe.sited.per_deviation"), Some(&[30][..]));
    assert_eq!(of("heads.tafe.sited.narrow.weight"), Some(&[8, 360][..]));
    assert_eq!(of("heads.tasks.0.tafe.layers.0.weight"), Some(&[2, 38][..]));
    assert_eq!(count(&heads), 2 * 360 + 60 + 361 * 8 + 39 * 2);
}
