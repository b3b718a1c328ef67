//! The norm of hidden states.

use burn::tensor::{Device, Tensor, TensorData};
use mts_unet::kernels::token_norm::{token_norm, twin};

use crate::{close, gpu, numbers};

const TOLERANCE: f32 = 2e-5;

fn check(device: &Device) {
    for (grid, channels) in [([5, 6, 7], 12), ([1, 1, 1], 96), ([3, 3, 3], 10)] {
        let tokens: usize = grid.iter().product();
        let x: Vec<f32> = numbers(2 * tokens * channels, 4)
            .iter()
            .map(|value| value + 3.0)
            .collect();
        let expected: Vec<f32> = x
            .chunks(tokens * channels)
            .flat_map(|x| twin(x, channels))
            .collect();
        let x = Tensor::<3>::from_data(TensorData::new(x, [2, tokens, channels]), device);
        let found = token_norm(x, grid);
        assert_eq!(found.dims()[1..], [channels, grid[0], grid[1], grid[2]]);
        close(&found, &expected, TOLERANCE);
    }
}

#[test]
fn twin_turns_tokens_into_channels_of_mean_0_and_variance_1() {
    assert_eq!(twin(&[1.0, 3.0, 5.0, 5.0], 2)[1], 0.0);
    let two = twin(&[1.0, 3.0, 7.0, 3.0], 2);
    for (found, expected) in two.iter().zip([-1.0, 1.0, 1.0, -1.0]) {
        assert!((found - expected).abs() < 1e-4, "{two:?}");
    }
}

#[test]
fn cpu_answers_as_the_twin() {
    check(&Device::flex());
}

#[test]
fn gpu_answers_as_the_twin() {
    let Some(gpu) = gpu() else { return };
    check(&gpu);
}
