//! Instance norm with what follows it.

use burn::tensor::Device;
use mts_unet::kernels::instance_norm::{instance_norm, instance_norm_onto, twin};

use crate::on::On;
use crate::{close, gpu, numbers, tensor};

const TOLERANCE: f32 = 2e-5;
const SLOPE: f32 = 0.01;

fn check(shape: [usize; 5], mean: f32, on: &On) {
    let voxels: usize = shape[2..].iter().product();
    // Each channel of another size, so that one's statistics do not fit the next.
    let mut x = numbers(shape.iter().product(), 4);
    for (channel, values) in x.chunks_mut(voxels).enumerate() {
        for value in values {
            *value = *value * (1.0 + channel as f32) + mean;
        }
    }
    let x = on.rounded(x);
    let residual = on.rounded(numbers(x.len(), 8));

    let mut expected = vec![0.0; x.len()];
    twin(&mut expected, &x, voxels, SLOPE);
    let input = on.stored(&x, shape);
    close(&instance_norm(input.clone(), SLOPE), &expected, TOLERANCE);
    close(&input, &x, 0.0);

    let mut expected = residual.clone();
    twin(&mut expected, &x, voxels, 1.0);
    let held = on.stored(&residual, shape);
    let found = instance_norm_onto(held.clone(), input, 1.0);
    close(&found, &expected, TOLERANCE);
    close(&held, &residual, 0.0);
}

fn check_all(on: &On) {
    check([1, 3, 7, 5, 9], 0.0, on);
    check([2, 2, 1, 33, 31], 0.0, on);
    check([1, 5, 1, 1, 3], 0.0, on);
    check([1, 70, 2, 3, 4], 0.0, on);
    check([1, 2, 40, 41, 42], 0.0, on);
}

#[test]
fn twin_makes_mean_0_and_variance_1_before_the_slope() {
    let x = numbers(1000, 6);
    let mut output = vec![0.0; 1000];
    twin(&mut output, &x, 500, 1.0);
    for channel in output.chunks(500) {
        let mean: f32 = channel.iter().sum::<f32>() / 500.0;
        let variance: f32 = channel.iter().map(|v| v * v).sum::<f32>() / 500.0;
        assert!(mean.abs() < 1e-5 && (variance - 1.0).abs() < 1e-3);
    }
    let mut slanted = vec![0.0; 1000];
    twin(&mut slanted, &x, 500, SLOPE);
    for (&slanted, &plain) in slanted.iter().zip(&output) {
        assert_eq!(slanted, if plain < 0.0 { SLOPE * plain } else { plain });
    }
}

#[test]
fn cpu_answers_as_the_twin() {
    check_all(&On::cpu());
}

#[test]
fn gpu_answers_as_the_twin() {
    for on in On::gpu() {
        check_all(&on);
    }
}

#[test]
fn a_mean_far_from_0_costs_no_digits_of_the_variance() {
    // Values of 300 ± 1: in f32 their squares would keep two digits of it. What is left comes from
    // the values themselves, which have 5 digits behind the point.
    let close_to = |device: &Device| {
        let shape = [1, 1, 30, 31, 32];
        let x: Vec<f32> = numbers(shape.iter().product(), 4)
            .iter()
            .map(|value| value + 300.0)
            .collect();
        let mut expected = vec![0.0; x.len()];
        twin(&mut expected, &x, x.len(), 1.0);
        let found = instance_norm(tensor(&x, shape, device), 1.0);
        close(&found, &expected, 1e-4);
    };
    close_to(&Device::flex());
    if let Some(gpu) = gpu() {
        close_to(&gpu);
    }
}
