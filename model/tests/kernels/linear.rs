//! The linear layer with what stands around it.

use burn::module::Param;
use burn::nn::{LayerNormConfig, LinearConfig};
use burn::tensor::{Device, Tensor, TensorData};
use mts_unet::kernels::linear::{Around, Weights, linear, twin};

use crate::{close, gpu, numbers};

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
    fn check(&self, device: &Device) {
        const BATCH: usize = 2;
        let Self {
            rows,
            width,
            columns,
            ..
        } = *self;
        // A large mean, so that a careless variance loses its digits.
        let x: Vec<f32> = numbers(BATCH * rows * width, 3)
            .iter()
            .map(|value| if self.norm { value + 3.0 } else { *value })
            .collect();
        let weight = numbers(width * columns, 5);
        let bias = numbers(columns, 11);
        let (gamma, beta) = (numbers(width, 2), numbers(width, 13));
        let residual = numbers(BATCH * rows * columns, 17);

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
        let tensor = |values: &[f32], width| {
            Tensor::<3>::from_data(
                TensorData::new(values.to_vec(), [BATCH, rows, width]),
                device,
            )
        };
        let held = tensor(&residual, columns);
        let around = Around {
            norm: self.norm.then_some(&norm),
            gelu: self.gelu,
            residual: self.residual.then(|| held.clone()),
        };
        let found = linear(tensor(&x, width), &layer, around);
        let shaped = |x: Tensor<3>| x.reshape([BATCH, rows, columns, 1, 1]);
        close(&shaped(found), &expected, TOLERANCE);
        close(&shaped(held), &residual, 0.0);
    }
}

#[test]
fn cpu_answers_as_the_twin() {
    for case in cases() {
        case.check(&Device::flex());
    }
}

#[test]
fn gpu_answers_as_the_twin() {
    let Some(gpu) = gpu() else { return };
    for case in cases() {
        case.check(&gpu);
    }
}
