//! The convolution.

use burn::tensor::{DType, Device};
use mts_unet::kernels::conv3d::{Taps, conv3d, conv3d_onto, twin};

use crate::on::On;
use crate::{close, numbers, tensor};

/// Sums of up to a few thousand products of numbers below 1, in f32.
const TOLERANCE: f32 = 2e-5;

/// A convolution to try.
pub(crate) struct Case {
    pub(crate) input: [usize; 5],
    pub(crate) channels_out: usize,
    pub(crate) taps: Taps,
}

/// What it is tried with; shapes beside numbers.
pub(crate) struct Numbers {
    pub(crate) x: Vec<f32>,
    pub(crate) weight: Vec<f32>,
    pub(crate) kernel: [usize; 5],
    /// What the convolution is added to.
    pub(crate) before: Vec<f32>,
    pub(crate) output: [usize; 5],
}

/// Edges that no tile divides, one to many channels, every kind of taps that the network has.
fn cases() -> Vec<Case> {
    let case = Case::new;
    vec![
        case([1, 4, 5, 9, 11], 12, 3, 1, 1),
        case([1, 1, 1, 1, 1], 1, 3, 1, 1),
        case([2, 3, 4, 17, 3], 5, 3, 1, 1),
        case([1, 24, 3, 3, 3], 48, 3, 1, 1),
        case([1, 2, 6, 2, 4], 20, 3, 1, 1),
        case([1, 5, 9, 10, 8], 7, 3, 1, 2),
        case([1, 2, 20, 19, 5], 4, 3, 1, 16),
        case([1, 1, 13, 14, 15], 64, 7, 2, 1),
        case([1, 3, 8, 16, 6], 24, 1, 1, 1),
        // Large enough for several planes a thread; none of its edges a multiple of the tile.
        case([1, 3, 31, 35, 37], 7, 3, 1, 1),
        case([2, 2, 34, 33, 32], 4, 3, 1, 2),
    ]
}

impl Case {
    pub(crate) fn new(
        input: [usize; 5],
        channels_out: usize,
        edge: usize,
        stride: usize,
        dilation: usize,
    ) -> Self {
        Self {
            input,
            channels_out,
            taps: Taps {
                edge,
                stride,
                dilation,
            },
        }
    }

    /// Those that are no weights can be stored as `on` says.
    pub(crate) fn numbers(&self, on: &On) -> Numbers {
        let Self {
            input,
            channels_out,
            taps,
        } = *self;
        let kernel = [channels_out, input[1], taps.edge, taps.edge, taps.edge];
        let [nx, ny, nz] = [2, 3, 4].map(|axis| (input[axis] - 1) / taps.stride + 1);
        let output = [input[0], channels_out, nx, ny, nz];
        Numbers {
            x: on.rounded(numbers(input.iter().product(), 1)),
            weight: numbers(kernel.iter().product(), 5),
            kernel,
            before: on.rounded(numbers(output.iter().product(), 9)),
            output,
        }
    }

    fn check(&self, on: &On) {
        let Self {
            input,
            channels_out,
            taps,
        } = *self;
        let Numbers {
            x,
            weight,
            kernel,
            before,
            output,
        } = self.numbers(on);
        let mut expected = vec![0.0; before.len()];
        twin(&mut expected, (&x, input), (&weight, channels_out), taps);
        let (x, weight) = (on.stored(&x, input), on.parameter(&weight, kernel));
        let found = conv3d(x.clone(), weight.clone(), taps.stride, taps.dilation);
        assert_eq!(found.dims(), output);
        close(&found, &expected, TOLERANCE);

        for (expected, before) in expected.iter_mut().zip(&before) {
            *expected += before;
        }
        let sum = on.stored(&before, output);
        // Somebody else holds it: it must not change under them.
        let held = sum.clone();
        let found = conv3d_onto(sum, x.clone(), weight.clone(), taps.stride, taps.dilation);
        close(&found, &expected, TOLERANCE);
        close(&held, &before, 0.0);
        // Whatever is read, a sum in f32 stays that.
        let sum = on.parameter(&before, output);
        let found = conv3d_onto(sum, x, weight, taps.stride, taps.dilation);
        assert_eq!(found.dtype(), DType::F32);
        close(&found, &expected, TOLERANCE);
    }
}

#[test]
fn twin_of_an_impulse_is_the_kernel_turned_round() {
    let taps = Taps {
        edge: 3,
        stride: 1,
        dilation: 2,
    };
    let mut x = vec![0.0; 7 * 6 * 5];
    x[(3 * 6 + 2) * 5 + 4] = 1.0;
    let weight = numbers(27, 3);
    let mut sum = vec![0.0; x.len()];
    twin(&mut sum, (&x, [1, 1, 7, 6, 5]), (&weight, 1), taps);
    // Output (i, j, k) sees the impulse through the tap at (impulse - output) / 2 + 1.
    let mut seen = 0;
    for (at, &value) in sum.iter().enumerate() {
        let place = [at / 30, at / 5 % 6, at % 5];
        let apart = [3, 2, 4].iter().zip(place).map(|(&i, o)| i - o as isize);
        let taps: Vec<isize> = apart
            .filter(|apart| apart % 2 == 0 && apart.abs() <= 2)
            .map(|apart| apart / 2 + 1)
            .collect();
        if let [a, b, c] = taps[..] {
            seen += 1;
            assert_eq!(value, weight[((a * 3 + b) * 3 + c) as usize]);
        } else {
            assert_eq!(value, 0.0);
        }
    }
    // Along z the impulse lies at the edge: two taps there, three along x and y.
    assert_eq!(seen, 3 * 3 * 2);
}

#[test]
fn cpu_answers_as_the_twin() {
    for case in cases() {
        case.check(&On::cpu());
    }
}

#[test]
fn gpu_answers_as_the_twin() {
    for on in On::gpu() {
        for case in cases() {
            case.check(&on);
        }
    }
}

#[test]
#[should_panic(expected = "channels of input and weight")]
fn a_weight_for_other_channels_is_refused() {
    let device = Device::flex();
    let x = tensor(&numbers(24, 1), [1, 3, 2, 2, 2], &device);
    let weight = tensor(&numbers(54, 1), [1, 2, 3, 3, 3], &device);
    let _ = conv3d(x, weight, 1, 1);
}
