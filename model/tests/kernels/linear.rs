//! The linear layer with what stands around it.

use burn::module::Param;
use burn::nn::{LayerNormConfig, LinearConfig};
use burn::tensor::{Tensor, TensorData};
use mts_unet::kernels::Activations;
use mts_unet::kernels::linear::{Around, Weights, linear, twin};

use crate::on::On;
use crate::{close, numbers};

const TOLERANCE: f32 = 2e-5;

struct Case {
    rows: usize,
    width: usize,
    columns: usize,
    norm: bool,
    bias: bool,
    gelu: bool,
    residual: bool,
}

fn cases() -> Vec<Case> {
    let case = |[rows, width, columns]: [usize; 3], [norm, bias, gelu, residual]: [bool; 4]| Case {
        rows,
        width,
        columns,
        norm,
        bias,
        gelu,
        residual,
    };
    vec![
        case([2077, 12, 36], [true, true, false, false]),
        case([2500, 12, 48], [true, true, true, false]),
        case([2049, 48, 12], [false, true, false, true]),
        case([65, 96, 24], [true, false, false, false]),
        case([27, 32, 20], [false, false, true, true]),
        // Not of vectors of four: Burn's own operations.
        case([9, 10, 6], [true, true, true, true]),
    ]
}

/// Within 1e-12 for what is tested: its Taylor series.
fn erf(x: f64) -> f64 {
    let mut term = x;
    let mut sum = x;
    for n in 1..200 {
        term *= -x * x / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    sum * 2.0 / std::f64::consts::PI.sqrt()
}

fn gelu(x: f64) -> f64 {
    if x.abs() > 5.0 {
        return x.max(0.0);
    }
    0.5 * x * (1.0 + erf(x / std::f64::consts::SQRT_2))
}

impl Case {
    fn check(&self, on: &On) {
        const BATCH: usize = 2;
        let Self {
            rows,
            width,
            columns,
            ..
        } = *self;
        // A large mean, so that a careless variance loses its digits.
        let mean = if self.norm { 3.0 } else { 0.0 };
        let x = numbers(BATCH * rows * width, 3).into_iter();
        let x = on.rounded(x.map(|value| value + mean).collect());
        let weight = numbers(width * columns, 5);
        let bias = numbers(columns, 11);
        let (gamma, beta) = (numbers(width, 2), numbers(width, 13));
        let residual = on.rounded(numbers(BATCH * rows * columns, 17));

        let mut expected = if self.residual {
            residual.clone()
        } else {
            vec![0.0; residual.len()]
        };
        let weights = Weights {
            weight: &weight,
            bias: self.bias.then_some(&bias),
            norm: self.norm.then_some((&gamma, &beta)),
        };
        let by = self.gelu.then_some(gelu as fn(f64) -> f64);
        twin(&mut expected, &x, weights, BATCH * rows, by);

        let device = &on.device;
        let vector = |values: &[f32]| {
            Param::from_data(TensorData::new(values.to_vec(), [values.len()]), device)
        };
        let mut layer = LinearConfig::new(width, columns)
            .with_bias(self.bias)
            .init(device);
        layer.weight = Param::from_data(TensorData::new(weight, [width, columns]), device);
        layer.bias = self.bias.then(|| vector(&bias));
        let mut norm = LayerNormConfig::new(width).init(device);
        norm.gamma = vector(&gamma);
        norm.beta = Some(vector(&beta));
        let held = on.stored(&residual, [BATCH, rows, columns]);
        let around = Around {
            norm: self.norm.then_some(&norm),
            gelu: self.gelu,
            residual: self.residual.then(|| held.clone()),
        };
        let found = linear(on.stored(&x, [BATCH, rows, width]), &layer, around);
        let shaped = |x: Tensor<3>| x.reshape([BATCH, rows, columns, 1, 1]);
        close(&shaped(found), &expected, TOLERANCE);
        close(&shaped(held), &residual, 0.0);
    }
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
        // What is no vector of four is Burn's own, which takes f32.
        let suits = |case: &Case| {
            on.activations == Activations::Full || (case.width % 4, case.columns % 4) == (0, 0)
        };
        for case in cases().into_iter().filter(suits) {
            case.check(&on);
        }
    }
}
