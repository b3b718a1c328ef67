//! Training on GPUs, lavapipe in CI: that a step is the CPU's, that a run learns and can go on, that two GPUs find
//! what one does. Skipped with a line where there is none.
#![cfg(all(feature = "train", feature = "gpu", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::path::Path;
use std::sync::Mutex;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use common::ball::{Required, example, of_parameters, recipe, tried};
use common::block_on;
use mts_unet::device::{Limits, Opened, open_gpu, open_gpu_number};
use mts_unet::training::loss::{CLASSES, loss};
use mts_unet::training::trainer::{Pools, Step};
use mts_unet::training::vary::Variation;
use mts_unet::training::{Processors, Recipe, TrainError, Weights, train};
use mts_unet::{ModelError, parameters};

/// Burn's random numbers are the process's: whoever seeds them must be alone. And one run at a time is enough for a
/// GPU made of software.
static ALONE: Mutex<()> = Mutex::new(());

fn gpu() -> Option<Opened> {
    match block_on(open_gpu()) {
        Ok(opened) => {
            println!("on {}", opened.words);
            Some(opened)
        }
        Err(error) => {
            println!("skipped: {error}");
            None
        }
    }
}

fn on_gpus(gpus: Vec<Opened>, at_once: usize) -> Processors {
    Processors::Gpus { gpus, at_once }
}

/// Of the network of `recipe`, drawn from its seed.
fn weights(recipe: &Recipe) -> Weights {
    let device = Device::flex();
    device.seed(recipe.seed);
    parameters::values(&recipe.network().init(&device).unwrap())
}

/// Loss of a window around the ball, and the gradient of every parameter.
fn gradients(weights: &Weights, device: &Device, brighter: f32) -> (f64, Vec<Vec<f32>>) {
    let recipe = recipe(1);
    let network = recipe.network().init(&device.clone().autodiff()).unwrap();
    let network = parameters::filled(network, weights).unwrap();
    let network = network.map(&mut Required);
    let ball = example();
    let voxels = 32 * 32 * 64;
    let at = |i: usize| ((i / 2048) * 34 + i / 64 % 32) * 66 + i % 64;
    let channels = ball.channels.iter().flatten();
    let input: Vec<f32> = channels
        .flat_map(|channel| (0..voxels).map(|i| channel[at(i)].to_f32() * brighter))
        .collect();
    let labels: Vec<u8> = (0..voxels).map(|i| ball.labels[at(i)]).collect();
    let input = TensorData::new(input, [1, 4, 32, 32, 64]);
    let input = Tensor::<5>::from_data(input, &device.clone().autodiff());
    let (_, logits) = network.backbone().forward(input).unwrap();
    let numbers: Vec<f32> = logits.clone().inner().into_data().try_to_vec().unwrap();
    let loss = loss(&numbers, &labels, &vec![true; voxels]);
    let slopes = TensorData::new(loss.gradient.clone(), [1, CLASSES, 32, 32, 64]);
    let slopes = Tensor::<5>::from_data(slopes, &device.clone().autodiff());
    let found = (logits * slopes).sum().backward();
    let found = of_parameters(network.backbone(), found).into_iter();
    (loss.total(), found.map(Option::unwrap).collect())
}

/// What differs where two steps from `start` led, as a part of all ways gone. AdamW's first step is by a gradient's
/// sign, so that those that are nothing but rounding may go the other way.
fn different(found: &Weights, expected: &Weights, start: &Weights) -> f64 {
    let (mut different, mut gone) = (0.0_f64, 0.0_f64);
    for (name, (_, start)) in start {
        let (found, expected) = (&found[name].1, &expected[name].1);
        for ((found, expected), start) in found.iter().zip(expected).zip(start) {
            different += f64::from((found - expected).abs());
            gone += f64::from((expected - start).abs());
        }
    }
    assert!(gone > 0.0);
    println!("{different} of {gone}");
    different / gone
}

/// One window a step, always nearly the same, at rates at which a step shows.
fn steady(steps: usize) -> Recipe {
    Recipe {
        batch: 1,
        warm_up: 2,
        variation: Variation {
            turn_degrees: 0.0,
            scale: 1.0,
            bend_voxels: 0.0,
            mirror: false,
            intensity: 0.0,
            drop_one: 0.0,
            ..Variation::default()
        },
        ..recipe(steps)
    }
}

fn run(recipe: &Recipe, processors: &Processors, folder: &Path) -> (Weights, Vec<Step>) {
    let pools = Pools {
        expert: vec![example()],
        ..Pools::default()
    };
    let mut told = Vec::new();
    let mut tell = |step: &Step| told.push(*step);
    let config = recipe.network();
    let trained = train(recipe, &config, &pools, None, processors, folder, &mut tell).unwrap();
    (trained.weights, told)
}

/// Largest difference as a part of the largest expected number.
fn apart(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let most = expected.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
    let pairs = found.iter().zip(expected);
    pairs.fold(0.0_f32, |m, (a, b)| m.max((a - b).abs())) / most.max(f32::MIN_POSITIVE)
}

/// Within a ten-thousandth of a gradient's largest number, and beyond that within twice as far as the CPU's own
/// moves when the input is brighter by a millionth. At 1/32 a channel of this window has two voxels, whose norm is 1
/// and −1 whatever they are: of what passes there hardly more than rounding is left.
#[test]
fn every_gradient_is_the_cpus() {
    let _alone = ALONE.lock();
    let Some(gpu) = gpu() else { return };
    let weights = weights(&recipe(1));
    let (expected_loss, expected) = gradients(&weights, &Device::flex(), 1.0);
    let (_, moved) = gradients(&weights, &Device::flex(), 1.0 + 1e-6);
    let (found_loss, found) = gradients(&weights, &gpu.device, 1.0);
    assert!((found_loss - expected_loss).abs() < 1e-6 * expected_loss);
    let names = parameters::list(&recipe(1).network().init(&Device::flex()).unwrap());
    for (at, (name, _)) in names.into_iter().enumerate() {
        let far = apart(&found[at], &expected[at]);
        let own = apart(&moved[at], &expected[at]);
        println!("{name}: {far:.1e}, the CPU's own {own:.1e}");
        assert!(far <= 1e-4 + 2.0 * own, "{name}: {far}, {own}");
    }
}

/// Each loss, and where the weights went: of all ways gone a thousandth may differ (found: 4e-5).
#[test]
fn a_step_is_the_cpus() {
    let _alone = ALONE.lock();
    let Some(gpu) = gpu() else { return };
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let recipe = steady(1);
    let (expected, by_cpu) = run(&recipe, &Processors::Cpu, folders[0].path());
    let (found, by_gpu) = run(&recipe, &on_gpus(vec![gpu], 1), folders[1].path());
    let (by_cpu, by_gpu) = (by_cpu[0], by_gpu[0]);
    assert!((by_gpu.loss - by_cpu.loss).abs() < 1e-6 * by_cpu.loss);
    let part = different(&found, &expected, &weights(&recipe));
    assert!(part < 1e-3, "{part}");
}

#[test]
fn a_run_learns_and_goes_on_exactly_where_it_was_stopped() {
    let _alone = ALONE.lock();
    let Some(gpu) = gpu() else { return };
    let on = on_gpus(vec![gpu], 1);
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let (expected, told) = run(&steady(4), &on, folders[0].path());
    let losses: Vec<f64> = told.iter().map(|step| step.loss).collect();
    println!("{losses:?}");
    assert!(losses[3] < 0.95 * losses[0], "{losses:?}");

    run(&steady(2), &on, folders[1].path());
    let (found, told) = run(&steady(4), &on, folders[1].path());
    let steps: Vec<usize> = told.iter().map(|step| step.step).collect();
    assert_eq!(steps, [2, 3]);
    for (name, (_, expected)) in &expected {
        assert_eq!(&found[name].1, expected, "{name}");
    }
}

#[test]
fn two_gpus_find_what_one_does() {
    let _alone = ALONE.lock();
    let Some(one) = gpu() else { return };
    // Where there is one alone, opened a second time.
    let Ok(other) = open_gpu_number(1).or_else(|_| open_gpu_number(0)) else {
        println!("skipped: no second GPU");
        return;
    };
    println!("and on {}", other.words);
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let recipe = recipe(2);
    let (expected, by_one) = run(&recipe, &on_gpus(vec![one.clone()], 1), folders[0].path());
    let both = on_gpus(vec![one, other], 1);
    let (found, by_two) = run(&recipe, &both, folders[1].path());
    for (one, two) in by_one.iter().zip(&by_two) {
        assert_eq!((one.loss, one.dice), (two.loss, two.dice));
    }
    for (name, (_, expected)) in &expected {
        let apart = apart(&found[name].1, expected);
        assert!(apart <= 1e-6, "{name}: {apart}");
    }
}

/// Three windows a step, by ones, by twos (and the one that is left) and on the CPU.
#[test]
fn windows_together_teach_what_they_do_one_by_one() {
    let _alone = ALONE.lock();
    let Some(gpu) = gpu() else { return };
    let recipe = Recipe {
        batch: 3,
        ..recipe(1)
    };
    let learnt = |on: Processors| {
        let folder = tempfile::tempdir().unwrap();
        let (weights, told) = run(&recipe, &on, folder.path());
        (weights, told[0])
    };
    let (expected, by_cpu) = learnt(Processors::Cpu);
    let [one, two] = [1, 2].map(|at_once| learnt(on_gpus(vec![gpu.clone()], at_once)));
    for (_, told) in [&one, &two] {
        assert!((told.loss - by_cpu.loss).abs() < 1e-6 * by_cpu.loss);
        assert_eq!(
            told.dice.map(|dice| dice.is_some()),
            by_cpu.dice.map(|dice| dice.is_some())
        );
    }
    let start = weights(&recipe);
    let found = [&one.0, &two.0].map(|found| different(found, &expected, &start));
    println!("{found:?}");
    assert!(found.iter().all(|&part| part < 1e-3), "{found:?}");
}

#[test]
fn a_window_that_a_gpu_cannot_hold_is_refused_with_what_would_fit() {
    let Some(gpu) = gpu() else { return };
    let small = Opened {
        limits: Some(Limits {
            storage_binding_bytes: 16 << 20,
            buffer_bytes: 1 << 30,
        }),
        ..gpu
    };
    let mut recipe = recipe(1);
    recipe.phases[0].window = [96; 3];
    let pools = Pools {
        expert: vec![example()],
        ..Pools::default()
    };
    let (refused, _) = tried(&recipe, &pools, None, &on_gpus(vec![small], 1));
    // 96³ of twelve channels are 41 MiB, 64³ are 12.
    let Err(TrainError::Model(error @ ModelError::TooLarge { .. })) = refused else {
        panic!("{refused:?}");
    };
    assert!(error.to_string().contains("64³ would fit"), "{error}");
}
