//! The transposed convolution.

use mts_unet::kernels::upsample::{twin, upsample};

use crate::on::On;
use crate::{close, numbers};

const TOLERANCE: f32 = 1e-5;

fn check(on: &On) {
    for (input, out) in [
        ([1, 12, 5, 6, 7], 12),
        ([2, 3, 4, 1, 33], 5),
        ([1, 24, 3, 3, 3], 1),
        ([1, 1, 1, 1, 1], 6),
    ] {
        let x = on.rounded(numbers(input.iter().product(), 1));
        let weight = numbers(input[1] * out * 8, 5);
        let expected = twin(&x, input, &weight, out);
        let weight = on.parameter(&weight, [input[1], out, 2, 2, 2]);
        let found = upsample(on.stored(&x, input), weight);
        let [nx, ny, nz] = [2, 3, 4].map(|axis| 2 * input[axis]);
        assert_eq!(found.dims(), [input[0], out, nx, ny, nz]);
        close(&found, &expected, TOLERANCE);
    }
}

#[test]
fn twin_of_an_impulse_is_the_kernel() {
    let mut x = vec![0.0; 2 * 3 * 2];
    // x 1, y 2, z 0.
    x[(3 + 2) * 2] = 1.0;
    let weight = numbers(8, 3);
    let output = twin(&x, [1, 1, 2, 3, 2], &weight, 1);
    for (at, &value) in output.iter().enumerate() {
        let (k, j, i) = (at % 4, at / 4 % 6, at / 24);
        let expected = match (i / 2, j / 2, k / 2) {
            (1, 2, 0) => weight[(i - 2) * 4 + (j - 4) * 2 + k],
            _ => 0.0,
        };
        assert_eq!(value, expected);
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
