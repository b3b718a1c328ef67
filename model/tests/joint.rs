//! Heads that learn together with the segmentation, on made-up cases.
#![cfg(feature = "train")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::sync::Mutex;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use common::ball::{Required, example, of_parameters, recipe, tried};
use half::f16;
use mts_unet::network::{MtsUnet, MtsUnetConfig};
use mts_unet::parameters::{self, Weights};
use mts_unet::training::joint::JointHeads;
use mts_unet::training::trainer::{Pools, Step, TrainError};
use mts_unet::training::vary::Variation;
use mts_unet::training::{Example, Processors, Recipe};

/// The ball dark on T2 and bright everywhere else.
fn mismatched() -> Example {
    let ball = example();
    let [flair, t1, t1ce, t2] = ball.channels;
    let t2 = t2.map(|values| {
        let values = values.iter().zip(&ball.labels);
        let dark =
            |(value, label): (&f16, &u8)| f16::from_f32(value.to_f32() - f32::from(*label) * 3.0);
        values.map(dark).collect()
    });
    Example {
        name: "mismatched".into(),
        channels: [flair, t1, t1ce, t2],
        ..ball
    }
}

fn joint(steps: usize) -> Recipe {
    Recipe {
        warm_up: 2,
        learning_rate: 3e-3,
        smoothing: 0.0,
        heads: JointHeads {
            joint: true,
            balanced: true,
            uncertainty: true,
            ..JointHeads::default()
        },
        variation: Variation {
            on_tumour: 1.0,
            turn_degrees: 0.0,
            bend_voxels: 0.0,
            intensity: 0.0,
            drop_one: 0.0,
            ..Variation::default()
        },
        ..recipe(steps)
    }
}

/// The same weights in every run: tests run at the same time, and all draw from one source.
fn drawn(config: &MtsUnetConfig, device: &Device) -> MtsUnet {
    static DRAWING: Mutex<()> = Mutex::new(());
    let _alone = DRAWING.lock().unwrap();
    device.seed(1);
    let network = config.init(device).unwrap();
    // Parameters are drawn when first used.
    parameters::values(&network);
    network
}

/// Both balls, with what is known of them.
fn pools() -> Pools {
    Pools {
        expert: vec![example(), mismatched()],
        classes: [
            ("ball".to_owned(), [Some(0), None, Some(1)]),
            ("mismatched".to_owned(), [Some(1), None, None]),
        ]
        .into(),
        ..Pools::default()
    }
}

/// The weights before and after, and the steps.
fn trained(recipe: &Recipe) -> (Weights, Weights, Vec<Step>) {
    let config = recipe.network();
    let start = parameters::values(&drawn(&config, &Device::flex()));
    let (trained, told) = tried(recipe, &pools(), Some(&start), &Processors::Cpu);
    (start, trained.unwrap().weights, told)
}

#[test]
fn a_head_learns_what_it_has_labels_of() {
    let (_, _, told) = trained(&joint(72));
    let idh = |steps: &[Step]| {
        let losses: Vec<f64> = steps.iter().filter_map(|step| step.heads[0]).collect();
        losses.iter().sum::<f64>() / losses.len() as f64
    };
    let (first, last) = (idh(&told[..8]), idh(&told[told.len() - 16..]));
    // Guessing costs ln 2.
    assert!(last < 0.5, "{first} to {last}");
    assert!(told.iter().all(|step| step.heads[1].is_none()));
    assert!(told.iter().any(|step| step.heads[2].is_some()));
}

#[test]
fn without_a_label_it_is_refused() {
    let pools = Pools {
        classes: [("ball".to_owned(), [None; 3])].into(),
        ..pools()
    };
    let (found, _) = tried(&joint(1), &pools, None, &Processors::Cpu);
    assert!(matches!(found, Err(TrainError::NoLabels)));
}

#[test]
fn nothing_moves_that_no_label_asks_for() {
    let (start, end, _) = trained(&joint(4));
    // What is learnt beside the network is none of a bundle's.
    assert!(end.keys().eq(start.keys()));
    for (name, (_, start)) in &start {
        let is_still = &end[name].1 == start;
        let without_labels = name.starts_with("heads.tasks.1.");
        // 1p/19q has no label. With T2 and FLAIR always there, what a head says without them is not asked.
        let unasked = name.ends_with(".absent");
        assert_eq!(is_still, without_labels || unasked, "{name}");
    }
}

/// A head's own gradient reaches the segmentation's last layer, which it sees through the gate alone.
#[test]
fn a_head_teaches_the_segmentation_through_the_gate() {
    let device = Device::flex().autodiff();
    let network = drawn(&joint(1).network(), &device).map(&mut Required);
    let x = Tensor::random(
        [1, 4, 32, 32, 64],
        burn::tensor::Distribution::Default,
        &device,
    );
    let output = network.forward(x).unwrap();
    let gradients = output.heads[2]
        .logits
        .clone()
        .powi_scalar(2)
        .sum()
        .backward();
    let largest = |gradient: Option<Vec<f32>>| {
        let values = gradient.into_iter().flatten().map(f32::abs);
        values.max_by(f32::total_cmp).unwrap_or(0.0)
    };
    let found = of_parameters(&network, gradients).into_iter().map(largest);
    let names = parameters::list(&network).into_iter().map(|(name, _)| name);
    let of: std::collections::BTreeMap<String, f32> = names.zip(found).collect();
    assert!(of["out.conv.conv.weight"] > 0.0 && of["decoder1.conv_block.conv1.conv.weight"] > 0.0);
    assert_eq!(
        of["heads.cmd.conv.conv.weight"], 0.0,
        "grade reads TAFE alone"
    );
}
