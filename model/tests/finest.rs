//! The finest level in groups of channels against the same in whole volumes.
#![cfg(all(feature = "network", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use burn::tensor::{Device, Tensor};
use common::block_on;
use mts_unet::device::open_gpu;
use mts_unet::golden;
use mts_unet::network::config::SwinUnetrConfig;
use mts_unet::network::{Finest, MtsUnet, MtsUnetConfig};

/// Sums in another order, of logits of order 1.
const TOLERANCE: f32 = 1e-5;

fn logits(network: MtsUnet, input: Tensor<5>) -> Vec<f32> {
    let logits = network.segment(input).unwrap();
    let logits = block_on(logits.into_data_async()).unwrap();
    logits.try_to_vec().unwrap()
}

fn check(device: &Device) {
    // Twelve input channels leave the first block without a convolution on its residual.
    for channels in [4, 12] {
        let backbone = SwinUnetrConfig::new(12).with_in_channels(channels);
        let network = golden::network(&MtsUnetConfig::new(backbone), device).unwrap();
        let input = golden::input(channels, [64, 32, 32], device);
        let whole = logits(network.clone(), input.clone());
        // The last of five and five is a group of two.
        for group in [4, 5] {
            let groups = network.clone().with_finest(Finest::Groups(group));
            let grouped = logits(groups, input.clone());
            let pairs = whole.iter().zip(&grouped);
            let largest = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(
                largest < TOLERANCE,
                "{channels} channels in groups of {group}: {largest:e}"
            );
            assert_eq!(whole.len(), grouped.len());
        }
    }
}

#[test]
fn groups_of_channels_give_the_same_on_the_cpu() {
    check(&Device::flex());
}

#[test]
fn groups_of_channels_give_the_same_on_a_gpu() {
    match block_on(open_gpu()) {
        Ok(opened) => check(&opened.device),
        Err(error) => println!("skipped: {error}"),
    }
}
