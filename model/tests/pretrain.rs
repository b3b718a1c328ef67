//! The encoder's training without labels: that it learns, that a stopped run goes on exactly, and that
//! a training takes the encoder of what it leaves and nothing else.
#![cfg(feature = "train")]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::sync::Mutex;

use burn::tensor::Device;
use mts_unet::intake::Intake;
use mts_unet::parameters;
use mts_unet::phantom::{self, Atlas};
use mts_unet::training::encoder::with_encoder;
use mts_unet::training::prepare::{Scans, prepare};
use mts_unet::training::pretrain::recipe::Mask;
use mts_unet::training::pretrain::{PretrainRecipe, PretrainStep};
use mts_unet::training::{Example, Processors, TrainError, Truth, Weights, pretrain};

/// Burn's random numbers are the process's: whoever seeds them must be alone.
static ALONE: Mutex<()> = Mutex::new(());

fn phantoms() -> Vec<Example> {
    let atlas = Atlas::embedded().unwrap();
    let options = phantom::Options {
        spacing_mm: 3.0,
        skull: false,
        artefacts: true,
    };
    let phantom = |seed| {
        let made = phantom::generate(seed, &atlas, &options);
        let scans = Scans {
            volumes: made.volumes.map(Some),
            labels: (made.labels, Truth::Kinds),
        };
        prepare(&format!("phantom-{seed}"), &scans, Intake::plain(3.0)).unwrap()
    };
    (0..2).map(phantom).collect()
}

fn recipe(steps: usize) -> PretrainRecipe {
    PretrainRecipe {
        steps,
        window: 32,
        mask: Mask {
            block: 8,
            part: 0.4,
        },
        // Longer than all of it, so that the rate hangs on the step alone.
        warm_up: 100,
        learning_rate: 1e-2,
        smoothing: 0.9,
        embedding: 16,
        ..PretrainRecipe::default()
    }
}

fn run(steps: usize, examples: &[Example], folder: &Path) -> (Weights, Vec<PretrainStep>) {
    let mut told = Vec::new();
    let mut tell = |step: &PretrainStep| told.push(*step);
    let weights = pretrain(
        &recipe(steps),
        examples,
        &Processors::Cpu,
        folder,
        &mut tell,
    )
    .unwrap();
    (weights, told)
}

#[test]
fn filling_in_is_learnt_on_synthetic_patients() {
    let _alone = ALONE.lock();
    let folder = tempfile::tempdir().unwrap();
    let (_, told) = run(48, &phantoms(), folder.path());
    let mean = |steps: &[PretrainStep], of: &dyn Fn(&PretrainStep) -> f64| {
        steps.iter().map(of).sum::<f64>() / steps.len() as f64
    };
    let (first, last) = (&told[..8], &told[40..]);
    let filled = |step: &PretrainStep| step.inpainting.loss / step.inpainting.guessed;
    let (first, last) = (mean(first, &filled), mean(last, &filled));
    // Dearer than saying the mean everywhere at first, cheaper in the end.
    assert!(first > 1.0 && last < 0.99, "{first} to {last}");
}

#[test]
fn a_run_that_was_stopped_goes_on_as_if_it_had_not() {
    let _alone = ALONE.lock();
    let examples = phantoms();
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let (expected, _) = run(4, &examples, folders[0].path());
    run(2, &examples, folders[1].path());
    let (found, told) = run(4, &examples, folders[1].path());
    let steps: Vec<usize> = told.iter().map(|step| step.step).collect();
    assert_eq!(steps, [2, 3]);
    assert!(found.keys().all(|name| name.starts_with("swinViT.")));
    for (name, (_, expected)) in &expected {
        let (_, found) = &found[name];
        let most = expected.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
        let apart = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
        let apart = apart.fold(0.0, f32::max);
        assert!(apart <= 1e-6 * most, "{name}: {apart} of {most}");
    }
}

#[test]
fn nothing_to_draw_from_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = pretrain(
        &recipe(1),
        &[],
        &Processors::Cpu,
        folder.path(),
        &mut |_| {},
    );
    assert!(matches!(refused, Err(TrainError::NoCases)));
}

#[test]
fn the_encoder_alone_is_taken_and_must_fit() {
    let _alone = ALONE.lock();
    let network = recipe(1).network();
    let device = Device::flex();
    device.seed(1);
    let fresh = parameters::values(&network.init(&device).unwrap());
    // Everything is given, each number moved.
    let mut given = fresh.clone();
    for value in given.values_mut().flat_map(|(_, values)| values) {
        *value += 1.0;
    }
    let made = with_encoder(&network, 1, given.clone()).unwrap();
    for (name, made) in &made {
        let expected = if name.starts_with("swinViT.") {
            &given[name]
        } else {
            &fresh[name]
        };
        assert_eq!(made, expected, "{name}");
    }
    let wider = PretrainRecipe {
        feature_size: 24,
        ..recipe(1)
    };
    let refused = with_encoder(&wider.network(), 1, given).unwrap_err();
    assert!(refused.to_string().contains("swinViT."), "{refused}");
}

#[cfg(feature = "cli")]
mod command {
    use std::fs;
    use std::process::Command;

    use mts_unet::bundle::Bundle;

    use super::*;

    fn output(folder: &Path, arguments: &[&str]) -> std::process::Output {
        Command::new(env!("CARGO_BIN_EXE_mts"))
            .current_dir(folder)
            .args(arguments)
            .output()
            .unwrap()
    }

    fn mts(folder: &Path, arguments: &[&str]) {
        let done = output(folder, arguments);
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{arguments:?}: {said}");
    }

    fn weights(path: &Path) -> Weights {
        let bytes = fs::read(path).unwrap();
        Bundle::read(bytes).unwrap().weights().unwrap()
    }

    #[test]
    fn a_training_starts_from_what_a_pretraining_left() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let own = "name = \"own\"\nsteps = 2\nwindow = 32\nphantoms = 1\nspacing_mm = 3.0\n";
        fs::write(at.join("own.toml"), own).unwrap();
        // It learns nothing, so that what it started from can be seen.
        let still = "name = \"still\"\nseed = 2\nlearning_rate = 0.0\nphantoms = 1\nspacing_mm = 3.0\n\
                     phases = [{ steps = 1, window = [32, 32, 64] }]\ndraw = { phantom = 1.0 }\n";
        fs::write(at.join("still.toml"), still).unwrap();
        let columns = mts_unet::cohort::COLUMNS.join(",");
        fs::write(at.join("cases.csv"), columns + "\n").unwrap();
        mts(
            at,
            &[
                "pretrain", "--recipe", "own.toml", "--out", "own", "--cache", "cache",
            ],
        );
        let encoder = "own/own.mts.safetensors";
        let train = ["train", "--recipe", "still.toml", "--manifest", "cases.csv"];
        let places = ["--out", "still", "--cache", "cache", "--encoder", encoder];
        mts(at, &[&train[..], &places].concat());

        let curve = fs::read_to_string(at.join("own/curve.csv")).unwrap();
        assert_eq!(curve.lines().count(), 3);
        assert!(at.join("own/curve.svg").exists());
        let given = weights(&at.join(encoder));
        let found = weights(&at.join("still/still.mts.safetensors"));
        let same = |name: &String| found[name] == given[name];
        let (encoders, others): (Vec<_>, Vec<_>) =
            found.keys().partition(|name| name.starts_with("swinViT."));
        assert!(encoders.len() > 50 && encoders.into_iter().all(same));
        // Norms begin at 1 and 0 everywhere.
        let drawn = others.into_iter().filter(|name| found[*name].0.len() > 1);
        assert!(drawn.clone().count() > 20 && !drawn.into_iter().any(same));
    }

    #[test]
    fn a_device_that_is_none_is_refused_in_words() {
        let folder = tempfile::tempdir().unwrap();
        for command in ["train", "pretrain"] {
            let places = [
                "--out",
                "o",
                "--cache",
                "c",
                "--manifest",
                "m",
                "--device",
                "cuda",
            ];
            let done = output(folder.path(), &[&[command][..], &places].concat());
            let said = String::from_utf8_lossy(&done.stderr).into_owned();
            assert_eq!(done.status.code(), Some(2), "{said}");
            assert!(said.contains("cpu, gpu, or GPUs by number"), "{said}");
        }
    }
}
