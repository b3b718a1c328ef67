//! The kernels' hand-written gradients, on the CPU and on a GPU, against those that Burn finds on the CPU for the
//! same out of its own operations.
#![cfg(feature = "train")]

use burn::tensor::activation::{leaky_relu, softmax};
use burn::tensor::module::conv3d as burns_conv3d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Int, Tensor, TensorData};
use mts_unet::device::open_gpu;
use mts_unet::kernels::{
    Place, Windows, conv3d, conv3d_onto, instance_norm, instance_norm_onto, window_attention,
};

/// The CPU, and the GPU where there is one.
fn devices() -> Vec<Device> {
    let cpu = Some(Device::flex());
    let gpu = match pollster::block_on(open_gpu()) {
        Ok(gpu) => Some(gpu.device),
        Err(error) => {
            println!("on the CPU alone: {error}");
            None
        }
    };
    cpu.into_iter().chain(gpu).map(Device::autodiff).collect()
}

fn cpu() -> Device {
    Device::flex().autodiff()
}

/// Numbers that no symmetry hides, −1 to 1.
fn numbers<const D: usize>(shape: [usize; D], salt: usize, device: &Device) -> Tensor<D> {
    let count = shape.iter().product();
    let values: Vec<f32> = (0..count)
        .map(|i| ((i * 7919 + salt * 104_729) % 2003) as f32 / 1001.0 - 1.0)
        .collect();
    Tensor::<D>::from_data(TensorData::new(values, shape), device).require_grad()
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("f32")
}

/// Largest difference, as a part of the largest expected number.
fn assert_close<const D: usize>(found: Option<Tensor<D>>, expected: Option<Tensor<D>>, what: &str) {
    let (found, expected) = (values(found.expect(what)), values(expected.expect(what)));
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
    let weights = numbers(y.dims(), 11, &y.device()).detach();
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
        let of = |device: &Device| {
            let kernel = [out, input[1], edge, edge, edge];
            (numbers(input, 1, device), numbers(kernel, 2, device))
        };
        let (x, weight) = of(&cpu());
        let pad = [edge / 2; 3];
        let burns = burns_conv3d(
            x.clone(),
            weight.clone(),
            None,
            ConvOptions::new([stride; 3], pad, [1; 3], 1),
        );
        let gradients = weighed(burns).backward();
        let (to_x, to_weight) = (x.grad(&gradients), weight.grad(&gradients));
        for device in devices() {
            let (x, weight) = of(&device);
            let found = weighed(conv3d(x.clone(), weight.clone(), stride, 1)).backward();
            assert_close(x.grad(&found), to_x.clone(), "input");
            assert_close(weight.grad(&found), to_weight.clone(), "weight");
        }
    }
}

#[test]
fn a_second_input_has_the_gradients_of_a_concatenation() {
    let of = |device: &Device| {
        let volume = |channels, salt| numbers([1, channels, 4, 5, 16], salt, device);
        (
            volume(3, 1),
            volume(4, 2),
            numbers([6, 7, 3, 3, 3], 3, device),
        )
    };
    let (a, b, weight) = of(&cpu());
    let both = Tensor::cat(vec![a.clone(), b.clone()], 1);
    let expected = weighed(conv3d(both, weight.clone(), 1, 1)).backward();
    let (to_a, to_b, to_weight) = (a.grad(&expected), b.grad(&expected), weight.grad(&expected));
    for device in devices() {
        let (a, b, weight) = of(&device);
        let sum = conv3d(a.clone(), weight.clone().narrow(1, 0, 3), 1, 1);
        let found = conv3d_onto(sum, b.clone(), weight.clone().narrow(1, 3, 4), 1, 1);
        let found = weighed(found).backward();
        assert_close(a.grad(&found), to_a.clone(), "first");
        assert_close(b.grad(&found), to_b.clone(), "second");
        assert_close(weight.grad(&found), to_weight.clone(), "weight");
    }
}

fn burns_norm(x: Tensor<5>) -> Tensor<5> {
    let [batch, channels, dx, dy, dz] = x.dims();
    let flat = x.reshape([batch, channels, dx * dy * dz]);
    let (variance, mean) = flat.clone().var_mean_bias(2);
    ((flat - mean) / (variance + 1e-5).sqrt()).reshape([batch, channels, dx, dy, dz])
}

#[test]
fn the_instance_norm_has_burns_gradients() {
    let shape = [2, 3, 4, 5, 7];
    let of = |device: &Device| (numbers(shape, 1, device), numbers(shape, 2, device));
    let (x, residual) = of(&cpu());
    let alone = weighed(leaky_relu(burns_norm(x.clone()), 0.01)).backward();
    let alone = x.grad(&alone);
    let onto = burns_norm(x.clone()) + residual.clone();
    let onto = weighed(leaky_relu(onto, 0.01)).backward();
    let (to_x, to_residual) = (x.grad(&onto), residual.grad(&onto));
    for device in devices() {
        let (x, residual) = of(&device);
        let found = weighed(instance_norm(x.clone(), 0.01)).backward();
        assert_close(x.grad(&found), alone.clone(), "alone");
        let found = weighed(instance_norm_onto(residual.clone(), x.clone(), 0.01)).backward();
        assert_close(x.grad(&found), to_x.clone(), "with a residual");
        assert_close(residual.grad(&found), to_residual.clone(), "the residual");
    }
}

/// Two windows of four places over seven tokens, the last place padding; regions part the second.
#[test]
fn the_window_attention_has_burns_gradients() {
    let places = [
        (4, 0),
        (0, 0),
        (6, 0),
        (2, 0),
        (1, 1),
        (5, 0),
        (3, 1),
        (7, 0),
    ]
    .map(|(token, region)| Place { token, region });
    attention(&places, &[0, 1, 4, 5], (7, 5, 11));
}

/// Two windows of the network's own size, one half beyond the grid.
#[test]
fn whole_windows_have_burns_gradients() {
    const PLACES: usize = 343;
    let grid = PLACES + 170;
    let place = |at: usize| Place {
        // Each token once, none in its own place.
        token: if at < grid { at * 31 % grid } else { grid },
        region: u8::from(at.is_multiple_of(5)),
    };
    let places: Vec<Place> = (0..2 * PLACES).map(place).collect();
    let code = |at: usize| ((at / 49 * 13 + at / 7 % 7) * 13 + at % 7) as u32;
    let codes: Vec<u32> = (0..PLACES).map(code).collect();
    attention(&places, &codes, (grid, code(PLACES - 1) as usize, 2197));
}

fn attention(places: &[Place], codes: &[u32], (grid, origin, table): (usize, usize, usize)) {
    let (heads, head, n) = (2, 3, codes.len());
    let channels = heads * head;
    let of = |device: &Device| {
        let qkv = numbers([1, grid + 1, 3 * channels], 1, device);
        (qkv, numbers([table, heads], 2, device))
    };
    let (qkv, bias) = of(&cpu());

    let rows: Vec<i32> = codes
        .iter()
        .flat_map(|q| codes.iter().map(move |k| (origin as u32 + q - k) as i32))
        .collect();
    let rows = Tensor::<1, Int>::from_data(TensorData::new(rows, [n * n]), &cpu());
    let added = bias
        .clone()
        .select(0, rows)
        .reshape([n, n, heads])
        .permute([2, 0, 1]);
    let mut outputs: Vec<Option<Tensor<2>>> = vec![None; grid];
    for window in places.chunks(n) {
        let tokens: Vec<i32> = window.iter().map(|place| place.token as i32).collect();
        let tokens = Tensor::<1, Int>::from_data(TensorData::new(tokens, [n]), &cpu());
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
        let mask = Tensor::<3>::from_data(TensorData::new(mask, [1, n, n]), &cpu());
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
    let gradients = weighed(expected.clone()).backward();
    let (to_qkv, to_bias) = (qkv.grad(&gradients), bias.grad(&gradients));
    for device in devices() {
        let (qkv, bias) = of(&device);
        let windows = Windows::new(places, codes, origin, grid, &device);
        let found = window_attention(qkv.clone(), bias.clone(), &windows);
        assert_close(Some(found.clone()), Some(expected.clone()), "answer");
        let found = weighed(found).backward();
        assert_close(qkv.grad(&found), to_qkv.clone(), "qkv");
        assert_close(bias.grad(&found), to_bias.clone(), "bias");
    }
}
