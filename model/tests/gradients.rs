//! The kernels' hand-written gradients against those that Burn finds for the same out of its own
//! operations.
#![cfg(feature = "train")]

use burn::tensor::activation::{leaky_relu, softmax};
use burn::tensor::module::conv3d as burns_conv3d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Int, Tensor, TensorData};
use mts_unet::kernels::{
    Place, Windows, conv3d, conv3d_onto, instance_norm, instance_norm_onto, window_attention,
};

fn device() -> Device {
    Device::flex().autodiff()
}

/// Numbers that no symmetry hides, −1 to 1.
fn numbers<const D: usize>(shape: [usize; D], salt: usize) -> Tensor<D> {
    let count = shape.iter().product();
    let values: Vec<f32> = (0..count)
        .map(|i| ((i * 7919 + salt * 104_729) % 2003) as f32 / 1001.0 - 1.0)
        .collect();
    Tensor::<D>::from_data(TensorData::new(values, shape), &device()).require_grad()
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// Largest difference, as a part of the largest expected number.
fn assert_close<const D: usize>(found: Option<Tensor<D>>, expected: Option<Tensor<D>>, what: &str) {
    let (found, expected) = (values(found.unwrap()), values(expected.unwrap()));
    assert_eq!(found.len(), expected.len());
    let most = expected.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
    let worst = found
        .iter()
        .zip(&expected)
        .fold(0.0_f32, |m, (a, b)| m.max((a - b).abs()));
    assert!(
        most > 0.0 && worst <= 2e-5 * most,
        "{what}: {worst} of {most}"
    );
}

/// A weight for every output, so that no gradient is the same everywhere.
fn weighed<const D: usize>(y: Tensor<D>) -> Tensor<1> {
    let weights = numbers(y.dims(), 11).detach();
    (y.clone() * weights + y.clone() * y * 0.3).sum()
}

#[test]
fn convolutions_have_burns_gradients() {
    for (input, out, edge, stride) in [
        ([1, 4, 5, 9, 17], 12, 3, 1),
        ([2, 13, 3, 4, 33], 7, 3, 1),
        ([1, 5, 4, 3, 8], 3, 3, 1),
        ([1, 6, 2, 4, 4], 5, 3, 1),
        ([2, 6, 3, 4, 5], 5, 1, 1),
        ([1, 2, 8, 6, 10], 3, 7, 2),
    ] {
        let x = numbers(input, 1);
        let weight = numbers([out, input[1], edge, edge, edge], 2);
        let pad = [edge / 2; 3];
        let expected = burns_conv3d(
            x.clone(),
            weight.clone(),
            None,
            ConvOptions::new([stride; 3], pad, [1; 3], 1),
        );
        let expected = weighed(expected).backward();
        let found = weighed(conv3d(x.clone(), weight.clone(), stride, 1)).backward();
        assert_close(x.grad(&found), x.grad(&expected), "input");
        assert_close(weight.grad(&found), weight.grad(&expected), "weight");
    }
}

#[test]
fn a_second_input_has_the_gradients_of_a_concatenation() {
    let (a, b) = (numbers([1, 3, 4, 5, 16], 1), numbers([1, 4, 4, 5, 16], 2));
    let weight = numbers([6, 7, 3, 3, 3], 3);
    let both = Tensor::cat(vec![a.clone(), b.clone()], 1);
    let expected = weighed(conv3d(both, weight.clone(), 1, 1)).backward();
    let sum = conv3d(a.clone(), weight.clone().narrow(1, 0, 3), 1, 1);
    let found = conv3d_onto(sum, b.clone(), weight.clone().narrow(1, 3, 4), 1, 1);
    let found = weighed(found).backward();
    assert_close(a.grad(&found), a.grad(&expected), "first");
    assert_close(b.grad(&found), b.grad(&expected), "second");
    assert_close(weight.grad(&found), weight.grad(&expected), "weight");
}

fn burns_norm(x: Tensor<5>) -> Tensor<5> {
    let [batch, channels, dx, dy, dz] = x.dims();
    let flat = x.reshape([batch, channels, dx * dy * dz]);
    let (variance, mean) = flat.clone().var_mean_bias(2);
    ((flat - mean) / (variance + 1e-5).sqrt()).reshape([batch, channels, dx, dy, dz])
}

#[test]
fn the_instance_norm_has_burns_gradients() {
    let (x, residual) = (numbers([2, 3, 4, 5, 7], 1), numbers([2, 3, 4, 5, 7], 2));
    let expected = weighed(leaky_relu(burns_norm(x.clone()), 0.01)).backward();
    let found = weighed(instance_norm(x.clone(), 0.01)).backward();
    assert_close(x.grad(&found), x.grad(&expected), "alone");

    let expected = burns_norm(x.clone()) + residual.clone();
    let expected = weighed(leaky_relu(expected, 0.01)).backward();
    let found = weighed(instance_norm_onto(residual.clone(), x.clone(), 0.01)).backward();
    assert_close(x.grad(&found), x.grad(&expected), "with a residual");
    assert_close(
        residual.grad(&found),
        residual.grad(&expected),
        "the residual",
    );
}

/// Two windows of four places over seven tokens, the last place padding; regions part the second.
#[test]
fn the_window_attention_has_burns_gradients() {
    let (heads, head, grid, codes) = (2, 3, 7, [0_u32, 1, 4, 5]);
    let (channels, origin, n) = (heads * head, 5, codes.len());
    let places: Vec<Place> = [
        (4, 0),
        (0, 0),
        (6, 0),
        (2, 0),
        (1, 1),
        (5, 0),
        (3, 1),
        (7, 0),
    ]
    .map(|(token, region)| Place { token, region })
    .to_vec();
    let windows = Windows::new(&places, &codes, origin, grid, &device());
    let qkv = numbers([1, grid + 1, 3 * channels], 1);
    let bias = numbers([11, heads], 2);

    let rows: Vec<i32> = codes
        .iter()
        .flat_map(|q| codes.map(|k| (origin as u32 + q - k) as i32))
        .collect();
    let rows = Tensor::<1, Int>::from_data(TensorData::new(rows, [n * n]), &device());
    let added = bias
        .clone()
        .select(0, rows)
        .reshape([n, n, heads])
        .permute([2, 0, 1]);
    let mut outputs: Vec<Option<Tensor<2>>> = vec![None; grid];
    for window in places.chunks(n) {
        let tokens: Vec<i32> = window.iter().map(|place| place.token as i32).collect();
        let tokens = Tensor::<1, Int>::from_data(TensorData::new(tokens, [n]), &device());
        let part = |which: usize| {
            qkv.clone()
                .select(1, tokens.clone())
                .reshape([n, 3, heads, head])
                .narrow(1, which, 1)
                .reshape([n, heads, head])
                .swap_dims(0, 1)
        };
        let mask: Vec<f32> = window
            .iter()
            .flat_map(|q| {
                window
                    .iter()
                    .map(|k| if q.region == k.region { 0.0 } else { -100.0 })
            })
            .collect();
        let mask = Tensor::<3>::from_data(TensorData::new(mask, [1, n, n]), &device());
        let scores = part(0).matmul(part(1).transpose()) / (head as f32).sqrt();
        let weights = softmax(scores + added.clone() + mask, 2);
        let answer = weights
            .matmul(part(2))
            .swap_dims(0, 1)
            .reshape([n, channels]);
        for (place, at) in window.iter().zip(0..) {
            if place.token < grid {
                outputs[place.token] = Some(answer.clone().narrow(0, at, 1));
            }
        }
    }
    let expected = Tensor::cat(outputs.into_iter().flatten().collect(), 0);
    let expected = expected.reshape([1, grid, channels]);
    let found = window_attention(qkv.clone(), bias.clone(), &windows);
    assert_close(Some(found.clone()), Some(expected.clone()), "answer");
    let (found, expected) = (weighed(found).backward(), weighed(expected).backward());
    assert_close(qkv.grad(&found), qkv.grad(&expected), "qkv");
    assert_close(bias.grad(&found), bias.grad(&expected), "bias");
}
