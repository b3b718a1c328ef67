//! The measures of the predicted tumour against a twin in plain loops, and the network around them.
#![cfg(feature = "network")]
#![allow(clippy::unwrap_used, reason = "tests")]

use burn::tensor::{Device, Tensor, TensorData};
use mts_unet::bundle::Bundle;
use mts_unet::network::MtsUnetConfig;
use mts_unet::network::config::{
    HeadConfig, HeadInput, Segmentation, SwinUnetrConfig, TafeVariant, Task,
};
use mts_unet::network::sited::{MEASURES, measures};

const DIMS: [usize; 3] = [7, 5, 9];
const VOXELS: usize = 7 * 5 * 9;

/// A brain that fills no corner, lopsided along every axis; T2 absent.
fn input() -> Vec<f32> {
    let mut x = vec![0.0; 4 * VOXELS];
    for (at, p) in places().enumerate() {
        let inside = p[0] > 0 && p[1] + 2 * p[2] > 3 && p[0] + p[2] < 13;
        for channel in 0..3 {
            if inside {
                x[channel * VOXELS + at] = ((at * 37 + channel * 101) % 29) as f32 / 9.0 - 1.4;
            }
        }
    }
    x
}

/// Background but for a blob off the middle, harder inside; some tumour outside the brain, which must
/// not count.
fn logits() -> Vec<f32> {
    let mut logits = vec![0.0; 4 * VOXELS];
    for (at, p) in places().enumerate() {
        let far = (p[0] as f32 - 4.6).powi(2)
            + (p[1] as f32 - 1.2).powi(2) * 0.7
            + (p[2] as f32 - 5.4).powi(2) * 0.4;
        logits[at] = far - 2.0;
        logits[VOXELS + at] = 1.5 - far;
        logits[2 * VOXELS + at] = 0.3 * (at % 5) as f32;
        logits[3 * VOXELS + at] = 1.0 - 0.5 * far + 0.2 * (at % 3) as f32;
    }
    logits
}

fn places() -> impl Iterator<Item = [usize; 3]> {
    let [nx, ny, nz] = DIMS;
    (0..nx).flat_map(move |x| (0..ny).flat_map(move |y| (0..nz).map(move |z| [x, y, z])))
}

/// The same by the definitions, in f64.
fn twin(x: &[f32], logits: &[f32]) -> Vec<f64> {
    let at_place: Vec<[usize; 3]> = places().collect();
    let value = |data: &[f32], c: usize, at: usize| f64::from(data[c * VOXELS + at]);
    let brain: Vec<f64> = (0..VOXELS)
        .map(|at| f64::from(u8::from((0..4).any(|c| value(x, c, at) != 0.0))))
        .collect();
    let kind = |class: usize, at: usize| {
        let sum: f64 = (0..4).map(|c| value(logits, c, at).exp()).sum();
        brain[at] * value(logits, class, at).exp() / sum
    };
    let region = |classes: &[usize]| -> Vec<f64> {
        (0..VOXELS)
            .map(|at| classes.iter().map(|&c| kind(c, at)).sum())
            .collect()
    };
    let (wt, tc, et) = (region(&[1, 2, 3]), region(&[1, 3]), region(&[3]));
    let volume = |r: &[f64]| r.iter().sum::<f64>();
    let faces = |r: &[f64]| {
        let mut sum = 0.0;
        for a in 0..VOXELS {
            for b in 0..a {
                let apart: usize = (0..3)
                    .map(|i| at_place[a][i].abs_diff(at_place[b][i]))
                    .sum();
                if apart == 1 {
                    sum += (r[a] - r[b]).abs();
                }
            }
        }
        sum / (volume(r) + 1.0).powf(2.0 / 3.0)
    };
    let part = |r: &[f64]| volume(r) / (volume(&wt) + 1.0);
    let mut out: Vec<f64> = [&wt, &tc, &et].map(|r| volume(r).ln_1p()).to_vec();
    out.extend([
        part(&tc),
        part(&et),
        part(&region(&[1])),
        faces(&wt),
        faces(&et),
    ]);

    let middle = |axis: usize| (DIMS[axis] as f64 - 1.0) / 2.0;
    let mean = |r: &[f64], axis: usize, from: f64| {
        let sum: f64 = (0..VOXELS)
            .map(|at| r[at] * (at_place[at][axis] as f64 - middle(axis) - from))
            .sum();
        sum / (volume(r) + 1.0)
    };
    let spread = |r: &[f64], axis: usize, about: f64| {
        let sum: f64 = (0..VOXELS)
            .map(|at| r[at] * (at_place[at][axis] as f64 - middle(axis) - about).powi(2))
            .sum();
        (sum / (volume(r) + 1.0) + 1e-6).sqrt()
    };
    let mut spreads = Vec::new();
    for axis in 0..3 {
        let of_brain = mean(&brain, axis, 0.0);
        let size = spread(&brain, axis, of_brain);
        let from = mean(&wt, axis, of_brain);
        let relative = from / size;
        out.push(if axis == 0 { relative.abs() } else { relative });
        spreads.push(spread(&wt, axis, of_brain + from) / size);
    }
    out.extend(spreads);

    let within = |r: &[f64], c: usize, power: i32| {
        let sum: f64 = (0..VOXELS)
            .map(|at| r[at] * value(x, c, at).powi(power))
            .sum();
        sum / (volume(r) + 1.0)
    };
    out.extend((0..4).map(|c| within(&wt, c, 1)));
    out.extend((0..4).map(|c| within(&tc, c, 1)));
    out.extend((0..4).map(|c| {
        let variance = within(&wt, c, 2) - within(&wt, c, 1).powi(2);
        (variance.max(0.0) + 1e-6).sqrt()
    }));
    let present = |c: usize| f64::from(u8::from((0..VOXELS).any(|at| value(x, c, at) != 0.0)));
    out.extend((0..4).map(present));

    let gain = |at: usize| value(x, 2, at) - value(x, 1, at);
    let around: Vec<f64> = brain.iter().zip(&wt).map(|(b, w)| b - w).collect();
    let usual: f64 = (0..VOXELS).map(|at| around[at] * gain(at)).sum();
    let usual = usual / (volume(&around) + 1.0);
    let taken_up: f64 = (0..VOXELS)
        .map(|at| wt[at] / (1.0 + (-(gain(at) - usual - 1.0) / 0.25).exp()))
        .sum();
    out.push(taken_up / (volume(&wt) + 1.0) * present(1) * present(2));
    out
}

fn tensor(values: Vec<f32>) -> Tensor<5> {
    let [x, y, z] = DIMS;
    Tensor::from_data(TensorData::new(values, [1, 4, x, y, z]), &Device::flex())
}

fn numbers(tensor: Tensor<2>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

#[test]
fn the_measures_are_their_twins() {
    let found = numbers(measures(&tensor(input()), tensor(logits())));
    let expected = twin(&input(), &logits());
    assert_eq!((found.len(), expected.len()), (MEASURES, MEASURES));
    for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
        assert!(
            (f64::from(*found) - expected).abs() < 2e-5 * expected.abs().max(1.0),
            "measure {at}: {found} instead of {expected}"
        );
    }
    // The tumour lies off the brain's middle along every axis, and T2 is absent.
    assert!(expected[8] > 0.1 && expected[9] < -0.1 && expected[10] > 0.1);
    assert_eq!(expected[26..30], [1.0, 1.0, 1.0, 0.0]);
    assert!(
        expected[30] > 0.05 && expected[30] < 0.95,
        "{}",
        expected[30]
    );
}

#[test]
fn without_t1_nothing_is_said_of_contrast() {
    let mut x = input();
    x[VOXELS..2 * VOXELS].fill(0.0);
    let found = numbers(measures(&tensor(x), tensor(logits())));
    assert_eq!((found[27], found[30]), (0.0, 0.0));
}

#[cfg(feature = "train")]
#[test]
fn every_measure_has_a_finite_gradient() {
    let device = Device::flex().autodiff();
    let [x, y, z] = DIMS;
    let of = |values: Vec<f32>| {
        Tensor::<5>::from_data(TensorData::new(values, [1, 4, x, y, z]), &device)
    };
    for steep in [1.0, 30.0] {
        let logits = of(logits().iter().map(|l| l * steep).collect()).require_grad();
        let found = measures(&of(input()), logits.clone());
        let gradients = found.sum().backward();
        let gradient: Vec<f32> = logits
            .grad(&gradients)
            .unwrap()
            .into_data()
            .try_to_vec()
            .unwrap();
        assert!(gradient.iter().all(|g| g.is_finite()));
        assert!(gradient.iter().any(|g| *g != 0.0));
    }
}

#[test]
fn a_batch_is_measured_case_by_case() {
    let mirrored = |values: Vec<f32>| -> Vec<f32> {
        let [nx, ny, nz] = DIMS;
        let at = |c: usize, [x, y, z]: [usize; 3]| ((c * nx + x) * ny + y) * nz + z;
        (0..4)
            .flat_map(|c| places().map(move |[x, y, z]| at(c, [nx - 1 - x, y, z])))
            .map(|at| values[at])
            .collect()
    };
    let both = |values: Vec<f32>| {
        let other = tensor(mirrored(values.clone()));
        Tensor::cat(vec![tensor(values), other], 0)
    };
    let found = numbers(measures(&both(input()), both(logits())));
    let (one, other) = found.split_at(MEASURES);
    // Left and right make no difference to any of them.
    for (a, b) in one.iter().zip(other) {
        assert!((a - b).abs() < 1e-5 * a.abs().max(1.0), "{a} and {b}");
    }
}

#[test]
fn without_a_tumour_or_a_brain_all_is_finite_and_near_nothing() {
    let mut none = vec![0.0; 4 * VOXELS];
    none[..VOXELS].fill(40.0);
    let found = numbers(measures(&tensor(input()), tensor(none.clone())));
    assert!(found[..26].iter().all(|v| v.abs() < 0.01), "{found:?}");
    let empty = numbers(measures(&tensor(vec![0.0; 4 * VOXELS]), tensor(none)));
    assert!(empty.iter().all(|v| v.is_finite()), "{empty:?}");
}

#[test]
fn a_sited_head_reads_the_measures_and_a_little_of_the_states() {
    // Bundles of before know 30 measures, and still do.
    for (variant, features) in [(TafeVariant::Sited, 38), (TafeVariant::SitedContrast, 39)] {
        answers_with(variant, features);
    }
}

fn answers_with(variant: TafeVariant, features: usize) {
    let head = HeadConfig {
        task: Task::Grade,
        input: HeadInput::Tafe,
        classes: 3,
    };
    let config = MtsUnetConfig::new(SwinUnetrConfig::new(12))
        .with_tafe(variant)
        .with_heads(vec![head]);
    let device = Device::flex();
    let network = config.init(&device).unwrap();
    let x = Tensor::<5>::random(
        [1, 4, 64, 32, 32],
        burn::tensor::Distribution::Normal(0.0, 1.0),
        &device,
    );
    let output = network.forward(x).unwrap();
    assert_eq!(output.tafe.unwrap().dims(), [1, features]);
    let logits = numbers(output.heads[0].logits.clone());
    assert!(logits.len() == 3 && logits.iter().all(|v| v.is_finite()));
}

#[test]
fn the_bundle_that_ships_is_read_and_answers() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../www/models/demo.mts.safetensors"
    );
    let bundle = Bundle::read(std::fs::read(path).unwrap()).unwrap();
    let network = bundle.network(&Device::flex()).unwrap();
    let x = Tensor::<5>::random(
        [1, 4, 64, 32, 32],
        burn::tensor::Distribution::Normal(0.0, 1.0),
        &Device::flex(),
    );
    let output = network.forward(x).unwrap();
    for head in output.heads {
        assert!(numbers(head.logits).iter().all(|v| v.is_finite()));
    }
}

#[test]
fn sited_needs_four_kinds() {
    let config = MtsUnetConfig::new(SwinUnetrConfig::new(12).with_out_channels(3))
        .with_segmentation(Segmentation::Sigmoid3)
        .with_tafe(TafeVariant::Sited);
    assert!(config.check().unwrap_err().contains("softmax4"));
}
