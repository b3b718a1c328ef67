//! Long work in several dispatches.

use burn::tensor::{Device, Tensor, TensorData};
use mts_unet::kernels::linear::{Around, affine};
use mts_unet::kernels::pace::Speed;
use mts_unet::kernels::{
    Place, Windows, conv3d, conv3d_to_norm, instance_norm_of, upsample, window_attention,
};

use crate::{gpu, numbers, read, tensor};

fn bits<const D: usize>(tensor: Tensor<D>) -> Vec<u32> {
    read(tensor).into_iter().map(f32::to_bits).collect()
}

/// Bits of what every kernel that divides its work answers.
fn answers(device: &Device) -> Vec<Vec<u32>> {
    let shape = [2, 3, 31, 35, 37];
    let x = tensor(&numbers(shape.iter().product(), 1), shape, device);
    let weight = tensor(&numbers(7 * 3 * 27, 2), [7, 3, 3, 3, 3], device);
    let convolved = conv3d_to_norm(x.clone(), weight.clone(), 1, 1);
    assert!(convolved.moments.is_some());

    let tokens = 5 * 27;
    let qkv = TensorData::new(numbers(tokens * 36, 3), [1, tokens, 36]);
    let table = TensorData::new(numbers(53 * 3, 4), [53, 3]);
    let places: Vec<Place> = (0..tokens)
        .map(|token| Place { token, region: 0 })
        .collect();
    let codes: Vec<u32> = (0..27).collect();
    let windows = Windows::new(&places, &codes, 26, tokens, device);
    let (qkv, table) = (
        Tensor::from_data(qkv, device),
        Tensor::from_data(table, device),
    );
    let rows = TensorData::new(numbers(5000 * 12, 5), [1, 5000, 12]);
    let rows = Tensor::from_data(rows, device);
    let layer = TensorData::new(numbers(12 * 48, 6), [12, 48]);
    let layer = Tensor::from_data(layer, device);
    let corners = tensor(&numbers(3 * 5 * 8, 7), [3, 5, 2, 2, 2], device);
    vec![
        bits(affine(rows, layer, None, Around::default())),
        bits(upsample(x.clone(), corners)),
        bits(conv3d(x, weight, 1, 1)),
        bits(instance_norm_of(convolved, 0.01)),
        bits(window_attention(qkv, table, &windows)),
    ]
}

#[test]
fn in_parts_the_answer_is_the_same_to_the_bit() {
    let Some(gpu) = gpu() else { return };
    let before = Speed::measured();
    Speed::of(1_000_000_000_000, 1.0).keep();
    let whole = answers(&gpu);
    // So slow that every part is one workgroup.
    Speed::of(1, 1.0).keep();
    let parts = answers(&gpu);
    before.keep();
    assert!(whole == parts);
    assert!(
        whole
            .iter()
            .all(|values| values.iter().any(|&bits| bits != 0))
    );
}
