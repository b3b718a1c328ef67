//! The running sum of windows.

use burn::tensor::{Device, Tensor, TensorData};
use mts_unet::kernels::accumulate_window::{accumulate_window, twin};

use crate::{close, gpu};

/// A GPU may fuse the product and the sum: one rounding less.
const TOLERANCE: f32 = 1e-6;

/// One call's worth of numbers, none like another.
struct Case {
    channels: usize,
    volume: [usize; 3],
    window: [usize; 3],
    start: [usize; 3],
    sum: Vec<f32>,
    weight_sum: Vec<f32>,
    prediction: Vec<f32>,
    importance: Vec<f32>,
}

impl Case {
    fn new(channels: usize, volume: [usize; 3], window: [usize; 3], start: [usize; 3]) -> Self {
        let numbers = |count: usize, salt: usize| {
            (0..count)
                .map(|i| ((i * 31 + salt) % 997) as f32 / 499.0 - 1.0)
                .collect()
        };
        let (all, some) = (
            volume.iter().product::<usize>(),
            window.iter().product::<usize>(),
        );
        Self {
            channels,
            volume,
            window,
            start,
            sum: numbers(channels * all, 1),
            weight_sum: numbers(all, 2),
            prediction: numbers(channels * some, 3),
            importance: numbers(some, 4),
        }
    }

    /// What must come out, by [`twin`].
    fn expected(&self) -> (Vec<f32>, Vec<f32>) {
        let (mut sum, mut weight_sum) = (self.sum.clone(), self.weight_sum.clone());
        twin(
            (&mut sum, &mut weight_sum, self.volume),
            (&self.prediction, &self.importance, self.window),
            self.start,
        );
        (sum, weight_sum)
    }

    fn tensors(&self, device: &Device) -> (Tensor<5>, Tensor<5>, Tensor<5>, Tensor<3>) {
        let five = |values: &[f32], channels, [x, y, z]: [usize; 3]| {
            Tensor::<5>::from_data(
                TensorData::new(values.to_vec(), [1, channels, x, y, z]),
                device,
            )
        };
        (
            five(&self.sum, self.channels, self.volume),
            five(&self.weight_sum, 1, self.volume),
            five(&self.prediction, self.channels, self.window),
            Tensor::from_data(
                TensorData::new(self.importance.clone(), self.window),
                device,
            ),
        )
    }

    fn check(&self, device: &Device) {
        let (sum, weight_sum, prediction, importance) = self.tensors(device);
        // Somebody else holds the sum: it must not change under them.
        let held = sum.clone();
        let (sum, weight_sum) = accumulate_window(
            sum,
            weight_sum,
            prediction.clone(),
            importance.clone(),
            self.start,
        );
        let (expected_sum, expected_weights) = self.expected();
        close(&sum, &expected_sum, TOLERANCE);
        close(&weight_sum, &expected_weights, TOLERANCE);
        close(&held, &self.sum, TOLERANCE);
        // Twice, now in place: nobody else holds them.
        let (sum, weight_sum) =
            accumulate_window(sum, weight_sum, prediction, importance, self.start);
        let twice = |once: &[f32], first: &[f32]| {
            once.iter()
                .zip(first)
                .map(|(a, b)| a + (a - b))
                .collect::<Vec<_>>()
        };
        close(&sum, &twice(&expected_sum, &self.sum), TOLERANCE);
        close(
            &weight_sum,
            &twice(&expected_weights, &self.weight_sum),
            TOLERANCE,
        );
    }
}

fn cases() -> Vec<Case> {
    vec![
        Case::new(4, [9, 7, 11], [3, 5, 4], [6, 1, 7]),
        Case::new(3, [5, 6, 7], [5, 6, 7], [0, 0, 0]),
        Case::new(1, [13, 1, 129], [13, 1, 65], [0, 0, 64]),
        Case::new(2, [1, 1, 1], [1, 1, 1], [0, 0, 0]),
    ]
}

#[test]
fn twin_answers_as_a_loop_over_the_volume() {
    for case in cases() {
        let (sum, weight_sum) = case.expected();
        let [_, ny, nz] = case.volume;
        let [wx, wy, wz] = case.window;
        for at in 0..weight_sum.len() {
            let place = [at / (ny * nz), at / nz % ny, at % nz];
            let inside = [0, 1, 2].map(|a| place[a].checked_sub(case.start[a]));
            let (mut weight, mut from) = (0.0, 0);
            if let [Some(x), Some(y), Some(z)] = inside
                && x < wx
                && y < wy
                && z < wz
            {
                from = (x * wy + y) * wz + z;
                weight = case.importance[from];
            }
            assert_eq!(weight_sum[at], case.weight_sum[at] + weight);
            for c in 0..case.channels {
                let before = case.sum[c * weight_sum.len() + at];
                let expected = before + weight * case.prediction[c * wx * wy * wz + from];
                assert_eq!(sum[c * weight_sum.len() + at], expected);
            }
        }
    }
}

#[test]
fn cpu_answers_as_the_twin() {
    for case in cases() {
        case.check(&Device::flex());
    }
}

#[test]
fn cpu_reads_tensors_that_are_not_contiguous() {
    let case = Case::new(2, [6, 5, 4], [3, 2, 4], [2, 3, 0]);
    let (sum, weight_sum, prediction, importance) = case.tensors(&Device::flex());
    let turned = prediction.swap_dims(2, 4).mul_scalar(1.0).swap_dims(2, 4);
    let (sum, _) = accumulate_window(sum, weight_sum, turned, importance, case.start);
    close(&sum, &case.expected().0, TOLERANCE);
}

#[test]
fn gpu_answers_as_the_twin() {
    let Some(gpu) = gpu() else { return };
    for case in cases() {
        case.check(&gpu);
    }
    // More than 65,535 workgroups of 64: the dispatch's second axis is needed.
    Case::new(1, [163, 162, 162], [163, 162, 161], [0, 0, 1]).check(&gpu);
}

#[test]
#[should_panic(expected = "leaves the volume")]
fn a_window_that_leaves_the_volume_is_refused() {
    let mut case = Case::new(1, [4, 4, 4], [2, 2, 2], [0, 0, 0]);
    case.start = [0, 3, 0];
    let (sum, weight_sum, prediction, importance) = case.tensors(&Device::flex());
    let _ = accumulate_window(sum, weight_sum, prediction, importance, case.start);
}
