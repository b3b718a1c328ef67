//! The sliding window against a naive one, and what it does beyond MONAI's.
#![cfg(feature = "network")]

use std::cell::RefCell;
use std::ops::ControlFlow;

use burn::tensor::{Device, Tensor, TensorData};
use mts_unet::ModelError;
use mts_unet::inference::{Blending, SlidingWindow};

const CHANNELS: usize = 2;
const CLASSES: usize = 3;
const OUTSIDE: [f32; CLASSES] = [9.0, -7.0, -8.0];

fn go(_: usize, _: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Values without any symmetry.
fn volume(dims: [usize; 3]) -> Vec<f32> {
    (0..CHANNELS * dims.iter().product::<usize>())
        .map(|i| ((i * 7919 + 13) % 1009) as f32 / 1009.0 - 0.4)
        .collect()
}

fn tensor(values: &[f32], channels: usize, [x, y, z]: [usize; 3]) -> Tensor<5> {
    Tensor::from_data(
        TensorData::new(values.to_vec(), [1, channels, x, y, z]),
        &Device::flex(),
    )
}

fn values(tensor: Tensor<5>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("it is f32")
}

/// A "network" that knows where in its window a voxel is, and what else is in the window: nothing
/// about it is the same at another position.
fn predict(window: &[f32], [x, y, z]: [usize; 3]) -> Vec<f32> {
    let voxels = x * y * z;
    let mood: f32 = window.iter().sum::<f32>() / window.len() as f32;
    let mut out = Vec::new();
    for class in 0..CLASSES {
        for at in 0..voxels {
            let (i, j, k) = (at / (y * z), at / z % y, at % z);
            let place =
                (i * i * 3 + j * 5 + k * (class + 1)) as f32 / (x * x * 3 + y * 5 + z * 4) as f32;
            out.push(window[at] * (class as f32 + 1.0) - window[voxels + at] + place + mood);
        }
    }
    out
}

fn predict_tensor(window: Tensor<5>) -> Result<Tensor<5>, ModelError> {
    let [.., x, y, z] = window.dims();
    Ok(tensor(
        &predict(&values(window), [x, y, z]),
        CLASSES,
        [x, y, z],
    ))
}

/// MONAI's rule again, voxel by voxel, in f64.
fn naive(setting: &SlidingWindow, input: &[f32], dims: [usize; 3]) -> Vec<f32> {
    let w = setting.window;
    let big = [0, 1, 2].map(|a| dims[a].max(w[a]));
    let before = [0, 1, 2].map(|a| (big[a] - dims[a]) / 2);
    let starts = [0, 1, 2].map(|a| {
        let step = if big[a] == w[a] {
            w[a]
        } else {
            ((w[a] as f64 * (1.0 - setting.overlap)).floor() as usize).max(1)
        };
        let mut all = vec![0];
        while all[all.len() - 1] + w[a] < big[a] {
            let next = all[all.len() - 1] + step;
            all.push(if next + w[a] > big[a] {
                big[a] - w[a]
            } else {
                next
            });
        }
        all
    });
    let padded = |channel: usize, at: [usize; 3]| {
        let inside = [0, 1, 2].map(|a| at[a].checked_sub(before[a]).filter(|&i| i < dims[a]));
        let [Some(x), Some(y), Some(z)] = inside else {
            return 0.0;
        };
        input[((channel * dims[0] + x) * dims[1] + y) * dims[2] + z]
    };
    let mut windows = Vec::new();
    for &x in &starts[0] {
        for &y in &starts[1] {
            for &z in &starts[2] {
                let mut content = Vec::new();
                for channel in 0..CHANNELS {
                    for at in 0..w.iter().product() {
                        let (i, j, k) = (at / (w[1] * w[2]), at / w[2] % w[1], at % w[2]);
                        content.push(padded(channel, [x + i, y + j, z + k]));
                    }
                }
                windows.push(([x, y, z], predict(&content, w)));
            }
        }
    }
    let bell = |at: [usize; 3]| {
        let exponent: f64 = (0..3)
            .map(|a| {
                ((at[a] as f64 - (w[a] as f64 - 1.0) / 2.0) / (w[a] as f64 / 8.0)).powi(2) / -2.0
            })
            .sum();
        exponent.exp()
    };
    let weight = |at| match setting.blending {
        Blending::Constant => 1.0,
        Blending::Gaussian => bell(at).max(bell([0; 3]).max(1e-3)),
    };
    let mut out = Vec::new();
    for class in 0..CLASSES {
        for voxel in 0..dims.iter().product() {
            let at = [
                voxel / (dims[1] * dims[2]),
                voxel / dims[2] % dims[1],
                voxel % dims[2],
            ];
            let at = [0, 1, 2].map(|a| at[a] + before[a]);
            let (mut sum, mut weights) = (0.0, 0.0);
            for (start, answer) in &windows {
                if (0..3).all(|a| at[a] >= start[a] && at[a] < start[a] + w[a]) {
                    let [i, j, k] = [0, 1, 2].map(|a| at[a] - start[a]);
                    let here = weight([i, j, k]);
                    sum += here * f64::from(answer[((class * w[0] + i) * w[1] + j) * w[2] + k]);
                    weights += here;
                }
            }
            out.push((sum / weights) as f32);
        }
    }
    out
}

#[test]
fn blends_as_the_naive_one() {
    let mut compared = 0;
    for window in [[4, 6, 5], [3, 3, 8]] {
        for dims in [[9, 11, 13], [4, 6, 5], [3, 14, 5], [2, 5, 4], [10, 3, 9]] {
            for overlap in [0.0, 0.25, 0.5, 0.6] {
                for blending in [Blending::Constant, Blending::Gaussian] {
                    let setting = SlidingWindow {
                        window,
                        overlap,
                        blending,
                    };
                    let input = volume(dims);
                    let run = setting.run(
                        tensor(&input, CHANNELS, dims),
                        None,
                        &OUTSIDE,
                        predict_tensor,
                        go,
                    );
                    let found = pollster::block_on(run).unwrap();
                    assert_eq!(found.dims()[2..], dims);
                    let expected = naive(&setting, &input, dims);
                    for (at, (found, expected)) in values(found).iter().zip(&expected).enumerate() {
                        let close = (found - expected).abs() <= 1e-5;
                        assert!(
                            close,
                            "{setting:?} over {dims:?}, {at}: {found} instead of {expected}"
                        );
                    }
                    compared += expected.len();
                }
            }
        }
    }
    assert!(compared > 50_000);
}

#[test]
fn plans_as_many_windows_as_monai() {
    // Counts of MONAI's dense_patch_slices.
    let cases = [
        ([240, 240, 155], 96, 0.5, 48),
        ([240, 240, 155], 96, 0.6, 75),
        ([240, 240, 155], 128, 0.5, 18),
        ([240, 240, 155], 128, 0.6, 32),
        ([160, 192, 155], 96, 0.5, 27),
        ([160, 192, 155], 96, 0.6, 36),
        ([160, 192, 155], 128, 0.5, 8),
        ([160, 192, 155], 128, 0.6, 12),
        ([96, 96, 96], 96, 0.9, 1),
        ([20, 20, 20], 96, 0.5, 1),
    ];
    for (dims, edge, overlap, expected) in cases {
        let setting = SlidingWindow {
            window: [edge; 3],
            overlap,
            blending: Blending::Constant,
        };
        assert_eq!(
            setting.plan(dims).positions.len(),
            expected,
            "{dims:?} {edge} {overlap}"
        );
    }
}

#[test]
fn last_window_ends_with_the_volume_and_z_varies_fastest() {
    let setting = SlidingWindow {
        window: [4, 4, 3],
        overlap: 0.5,
        blending: Blending::Constant,
    };
    let plan = setting.plan([7, 1, 6]);
    let y = 0;
    let expected = [0, 2, 3].map(|x| [0, 1, 2, 3].map(|z| [x, y, z]));
    assert_eq!(plan.positions, expected.concat());
    assert_eq!(plan.padded, [7, 4, 6]);
    assert_eq!(plan.padding, [(0, 0), (1, 2), (0, 0)]);
    assert_eq!(plan.accumulator_bytes(3), 7 * 4 * 6 * 3 * 4);
}

#[test]
fn one_window_is_passed_on_untouched() {
    let (window, dims) = ([4, 6, 5], [4, 6, 5]);
    let setting = SlidingWindow {
        window,
        overlap: 0.5,
        blending: Blending::Gaussian,
    };
    let input = volume(dims);
    let run = setting.run(
        tensor(&input, CHANNELS, dims),
        None,
        &OUTSIDE,
        predict_tensor,
        go,
    );
    // Bit for bit: weighted and divided again, most would differ in the last place.
    assert_eq!(
        values(pollster::block_on(run).unwrap()),
        predict(&input, dims)
    );
    assert_eq!(setting.plan(dims).accumulator_bytes(CLASSES), 0);
}

#[test]
fn windows_without_brain_are_skipped() {
    let (window, dims) = ([4, 4, 4], [12, 8, 16]);
    let setting = SlidingWindow {
        window,
        overlap: 0.0,
        blending: Blending::Constant,
    };
    let input = volume(dims);
    // One voxel of brain; no two of its coordinates are alike.
    let mut brain = vec![false; 12 * 8 * 16];
    brain[(9 * 8 + 1) * 16 + 6] = true;
    let seen = RefCell::new(Vec::new());
    let run = setting.run(
        tensor(&input, CHANNELS, dims),
        Some(&brain),
        &OUTSIDE,
        predict_tensor,
        |done, total| {
            seen.borrow_mut().push((done, total));
            ControlFlow::Continue(())
        },
    );
    let found = values(pollster::block_on(run).unwrap());
    assert_eq!(seen.into_inner(), [(0, 1), (1, 1)]);
    let whole = naive(&setting, &input, dims);
    for (at, (&found, &whole)) in found.iter().zip(&whole).enumerate() {
        let (class, voxel) = (at / brain.len(), at % brain.len());
        let (x, y, z) = (voxel / 128, voxel / 16 % 8, voxel % 16);
        let reached = (8..12).contains(&x) && (0..4).contains(&y) && (4..8).contains(&z);
        let expected = if reached { whole } else { OUTSIDE[class] };
        assert!(
            (found - expected).abs() < 1e-6,
            "{class} {x} {y} {z}: {found} instead of {expected}"
        );
    }
}

#[test]
fn no_brain_at_all_is_outside_everywhere() {
    let dims = [5, 3, 9];
    let setting = SlidingWindow {
        window: [4, 4, 4],
        overlap: 0.5,
        blending: Blending::Gaussian,
    };
    let never = |_| panic!("there is nothing to predict");
    let run = setting.run(
        tensor(&volume(dims), CHANNELS, dims),
        Some(&[false; 135]),
        &OUTSIDE,
        never,
        go,
    );
    let expected: Vec<f32> = OUTSIDE.iter().flat_map(|&v| [v; 135]).collect();
    assert_eq!(values(pollster::block_on(run).unwrap()), expected);
}

#[test]
fn stops_when_nobody_wants_the_answer() {
    let dims = [8, 8, 8];
    let setting = SlidingWindow {
        window: [4; 3],
        overlap: 0.0,
        blending: Blending::Constant,
    };
    let mut predicted = 0;
    let counted = |window| {
        predicted += 1;
        predict_tensor(window)
    };
    let three = |done, total| {
        assert_eq!(total, 8);
        if done < 3 {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    };
    let run = setting.run(
        tensor(&volume(dims), CHANNELS, dims),
        None,
        &OUTSIDE,
        counted,
        three,
    );
    assert!(matches!(
        pollster::block_on(run),
        Err(ModelError::Cancelled)
    ));
    assert_eq!(predicted, 3);
}

#[test]
fn refuses_what_does_not_fit() {
    let dims = [8, 8, 8];
    let setting = SlidingWindow {
        window: [4; 3],
        overlap: 0.0,
        blending: Blending::Constant,
    };
    let input = || tensor(&volume(dims), CHANNELS, dims);
    let refused = |result| matches!(result, Err(ModelError::InputShape { .. }));
    let mask = setting.run(input(), Some(&[true; 511]), &OUTSIDE, predict_tensor, go);
    assert!(refused(pollster::block_on(mask)));
    let classes = setting.run(input(), None, &OUTSIDE[..2], predict_tensor, go);
    assert!(refused(pollster::block_on(classes)));
    let batch = setting.run(
        Tensor::cat(vec![input(), input()], 0),
        None,
        &OUTSIDE,
        predict_tensor,
        go,
    );
    assert!(refused(pollster::block_on(batch)));
    let own = setting.run(
        input(),
        None,
        &OUTSIDE,
        |_| Err(ModelError::Device("gone".into())),
        go,
    );
    assert!(matches!(
        pollster::block_on(own),
        Err(ModelError::Device(_))
    ));
}
