//! The network with its activations stored in f16 against the same in f32, on a GPU that can; skipped with a line
//! elsewhere.
#![cfg(all(feature = "network", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use burn::tensor::{DType, Device, Tensor};
use common::block_on;
use mts_unet::device::open_gpu;
use mts_unet::golden;
use mts_unet::network::config::{HeadConfig, HeadInput, Merging, SwinUnetrConfig, Task};
use mts_unet::network::{Activations, Finest, MtsUnetConfig, Output};

/// Of logits, states and answers of order 1, rounded some fifty times on their way by up to 1/2048 of what they are:
/// 0.008 at most on lavapipe. What reads a wrong place is off by 0.1 and more.
const TOLERANCE: f32 = 2e-2;

fn gpu() -> Option<Device> {
    let opened = block_on(open_gpu()).inspect_err(|error| println!("skipped, no GPU: {error}"));
    let device = opened.ok()?.device;
    let has = device.supports_dtype(DType::F16);
    if !has {
        println!("skipped, no f16");
    }
    has.then_some(device)
}

fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    // Not even the type says how it was stored.
    assert_eq!(tensor.dtype(), DType::F32);
    let data = block_on(tensor.into_data_async()).unwrap();
    data.try_to_vec().unwrap()
}

fn largest(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let pairs = found.iter().zip(expected);
    let apart = pairs.map(|(a, b)| if a.is_nan() { f32::NAN } else { (a - b).abs() });
    apart.fold(0.0, |most, apart| if apart <= most { most } else { apart })
}

fn numbers(output: Output) -> Vec<(String, Vec<f32>)> {
    let mut all = vec![("logits".to_owned(), read(output.logits))];
    for (level, state) in output.hidden.into_iter().enumerate() {
        all.push((format!("h{level}"), read(state)));
    }
    for head in output.heads {
        all.push((format!("{:?}", head.task), read(head.logits)));
    }
    all
}

#[test]
fn f16_between_layers_changes_the_answers_little() {
    let Some(device) = gpu() else { return };
    let head = |input| HeadConfig {
        task: Task::Idh,
        input,
        classes: 2,
    };
    // Padded windows and the other order of merging; twelve channels in leave the first block without a convolution
    // on its residual.
    let odd = SwinUnetrConfig::new(12)
        .with_merging(Merging::V2)
        .with_in_channels(12);
    for (backbone, heads, shape) in [
        (
            SwinUnetrConfig::new(12),
            vec![head(HeadInput::Dsf)],
            [64, 32, 96],
        ),
        (odd, Vec::new(), [32, 64, 32]),
    ] {
        let channels = backbone.in_channels;
        let config = MtsUnetConfig::new(backbone).with_heads(heads);
        let network = golden::network(&config, &device).unwrap();
        let x = golden::input(channels, shape, &device);
        let full = numbers(network.forward(x.clone()).unwrap());
        for finest in [Finest::Whole, Finest::Groups(5)] {
            let half = network.clone().with_finest(finest);
            let half = half.with_activations(Activations::Half);
            for ((name, found), (_, expected)) in
                numbers(half.forward(x.clone()).unwrap()).iter().zip(&full)
            {
                let apart = largest(found, expected);
                println!("{shape:?} {finest:?} {name}: {apart:.1e}");
                // Exactly 0 would mean that nothing was stored in f16.
                assert!(apart > 0.0 && apart < TOLERANCE, "{name}: {apart}");
            }
        }
    }
}

#[test]
#[should_panic(expected = "dtype mismatch")]
fn a_cpu_refuses_f16() {
    let device = Device::flex();
    let config = MtsUnetConfig::new(SwinUnetrConfig::new(12));
    let network = golden::network(&config, &device).unwrap();
    let network = network.with_activations(Activations::Half);
    let _ = network.segment(golden::input(4, [64, 32, 32], &device));
}
