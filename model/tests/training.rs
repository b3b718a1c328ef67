//! The training loop on a made-up case.
#![cfg(feature = "train")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use burn::tensor::Device;
use common::ball::{example, recipe, tried};
use mts_unet::parameters;
use mts_unet::training::recipe::{Recipe, Validation};
use mts_unet::training::trainer::{Pools, Step};
use mts_unet::training::{Example, Processors, TrainError, Trained, Weights, train};

/// Burn's random numbers are the process's: whoever seeds them must be alone.
static ALONE: Mutex<()> = Mutex::new(());

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("mts-training-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

fn run(steps: usize, folder: &Path) -> (Weights, Vec<Step>) {
    let pools = Pools {
        expert: vec![example()],
        ..Pools::default()
    };
    let mut told = Vec::new();
    let recipe = recipe(steps);
    let mut tell = |step: &Step| told.push(*step);
    let (config, on) = (recipe.network(), Processors::Cpu);
    let trained = train(&recipe, &config, &pools, None, &on, folder, &mut tell).unwrap();
    (trained.weights, told)
}

/// But for the order in which threads add.
fn assert_same(found: &Weights, expected: &Weights) {
    for (name, (_, expected)) in expected {
        let (_, found) = &found[name];
        let most = expected.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
        let apart = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
        let apart = apart.fold(0.0, f32::max);
        assert!(apart <= 1e-6 * most, "{name}: {apart} of {most}");
    }
}

#[test]
fn a_run_that_was_stopped_goes_on_as_if_it_had_not() {
    let _alone = ALONE.lock();
    let (whole, parts) = (folder("whole"), folder("parts"));
    let (expected, _) = run(4, &whole);
    run(2, &parts);
    let (found, told) = run(4, &parts);
    assert_eq!(
        told.iter().map(|step| step.step).collect::<Vec<_>>(),
        [2, 3]
    );
    assert_same(&found, &expected);
    for folder in [whole, parts] {
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[test]
fn the_loss_falls() {
    let _alone = ALONE.lock();
    let folder = folder("falls");
    let (_, told) = run(24, &folder);
    let mean = |steps: &[Step]| steps.iter().map(|s| s.loss).sum::<f64>() / steps.len() as f64;
    let (first, last) = (mean(&told[..6]), mean(&told[18..]));
    assert!(last < 0.8 * first, "{first} to {last}");
    std::fs::remove_dir_all(folder).unwrap();
}

/// The ball's own surroundings as the tumour: what a network that learns the ball unlearns.
fn opposite() -> Example {
    let ball = example();
    Example {
        name: "opposite".into(),
        labels: ball.labels.iter().map(|label| 2 - label).collect(),
        ..ball
    }
}

/// Weights that call everything tumour, but only just.
fn all_tumour(recipe: &Recipe) -> Weights {
    let device = Device::flex();
    device.seed(3);
    let mut weights = parameters::values(&recipe.network().init(&device).unwrap());
    weights.get_mut("out.conv.conv.bias").unwrap().1 = vec![0.0, -1.0, 1.0, -1.0];
    weights
}

/// At most so many steps at rates at which one shows; looked at after each where there is something to
/// look at.
fn watched(
    steps: usize,
    patience: usize,
    validation: Vec<Example>,
    folder: &Path,
) -> (Trained, Vec<Step>) {
    let recipe = Recipe {
        learning_rate: 1.0,
        smoothing: 0.5,
        validation: Validation { every: 1, patience },
        ..recipe(steps)
    };
    let pools = Pools {
        expert: vec![example()],
        validation,
        ..Pools::default()
    };
    let start = all_tumour(&recipe);
    let (config, on, mut told) = (recipe.network(), Processors::Cpu, Vec::new());
    let mut tell = |step: &Step| told.push(*step);
    let start = Some(&start);
    let trained = train(&recipe, &config, &pools, start, &on, folder, &mut tell).unwrap();
    (trained, told)
}

#[test]
fn a_run_gives_the_best_weights_and_stops_when_none_better_come() {
    let _alone = ALONE.lock();
    let (whole, parts, short) = (folder("watched"), folder("parted"), folder("short"));
    let (found, told) = watched(9, 2, vec![opposite()], &whole);
    let looks: Vec<_> = told.iter().map(|step| step.look.unwrap()).collect();
    let best = looks.iter().max_by(|a, b| a.score().total_cmp(&b.score()));
    let best = *best.unwrap();
    assert_eq!(found.look, Some(best));
    assert_eq!(told.len(), best.steps + 2, "two looks without a better one");
    assert!(told.len() < 9 && best.dice[1..] == [None, None]);

    // The best weights are those of a run that ended there.
    let (expected, unwatched) = watched(best.steps, 0, Vec::new(), &short);
    assert!(expected.look.is_none() && unwatched.iter().all(|step| step.look.is_none()));
    assert_same(&found.weights, &expected.weights);

    // Cut in two after the best, it ends in the same way, and stays ended.
    watched(best.steps + 1, 2, vec![opposite()], &parts);
    for steps in [1, 0] {
        let (again, told) = watched(9, 2, vec![opposite()], &parts);
        assert_eq!(told.len(), steps);
        assert_eq!(again.look, Some(best));
        assert_same(&again.weights, &found.weights);
    }
    for folder in [whole, parts, short] {
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[test]
fn a_case_on_both_sides_is_refused() {
    let refused = |validation: Vec<Example>| {
        let pools = Pools {
            expert: vec![example()],
            validation,
            ..Pools::default()
        };
        let (refused, _) = tried(&recipe(1), &pools, None, &Processors::Cpu);
        refused.unwrap_err()
    };
    let both = refused(vec![opposite(), example()]);
    assert!(matches!(both, TrainError::LearntFrom(name) if name == "ball"));
    let healthy = Example {
        labels: vec![0; example().labels.len()],
        ..opposite()
    };
    assert!(matches!(refused(vec![healthy]), TrainError::NoTumour));
}
