//! The norm of hidden states.

use mts_unet::kernels::Activations;
use mts_unet::kernels::token_norm::{token_norm, twin};

use crate::on::On;
use crate::{close, numbers};

const TOLERANCE: f32 = 2e-5;

fn check(on: &On) {
    for (grid, channels) in [([5, 6, 7], 12), ([1, 1, 1], 96), ([3, 3, 3], 10)] {
        let tokens: usize = grid.iter().product();
        // Burn's own operations take f32.
        if on.activations == Activations::Half && channels % 4 != 0 {
            continue;
        }
        let x = numbers(2 * tokens * channels, 4).into_iter();
        let x = on.rounded(x.map(|value| value + 3.0).collect());
        let expected: Vec<f32> = x
            .chunks(tokens * channels)
            .flat_map(|x| twin(x, channels))
            .collect();
        let found = token_norm(on.stored(&x, [2, tokens, channels]), grid);
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
    check(&On::cpu());
}

#[test]
fn gpu_answers_as_the_twin() {
    for on in On::gpu() {
        check(&on);
    }
}
