//! What a bundle keeps, and what it refuses.
#![cfg(feature = "network")]

mod craft;
#[path = "../common/dice.rs"]
mod dice;
mod fuzz;
mod fuzz_entry;
mod refused;

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor};
use mts_unet::bundle::{Bundle, Storage, write};
use mts_unet::golden;
use mts_unet::network::MtsUnet;
use mts_unet::parameters::{self, ParameterSource};
use safetensors::SafeTensors;

fn written(storage: Storage) -> Vec<u8> {
    write(craft::manifest(), craft::tensors(), storage).expect("it is complete")
}

#[test]
fn f32_keeps_every_bit_and_the_manifest() {
    let bundle = Bundle::read(written(Storage::F32)).unwrap();
    let mut source = &bundle;
    for (name, shape, values) in craft::tensors() {
        assert_eq!(source.parameter(&name, &shape).unwrap(), values, "{name}");
    }
    let mut manifest = bundle.manifest().clone();
    assert_eq!(manifest.tensors_sha256.len(), 64);
    manifest.tensors_sha256.clear();
    assert_eq!(manifest, craft::manifest());
    assert_eq!(manifest.temperature("idh"), 1.75);
    assert_eq!(manifest.temperature("grade"), 1.0);
}

#[test]
fn f16_halves_the_file_and_costs_half_a_unit_in_the_eleventh_bit() {
    let (half, full) = (written(Storage::F16), written(Storage::F32));
    let numbers: usize = craft::tensors()
        .iter()
        .map(|(_, _, values)| values.len())
        .sum();
    // Only the type's name and the digits of the offsets make the headers differ.
    assert!((full.len() - half.len()).abs_diff(2 * numbers) < 8192);
    let bundle = Bundle::read(half).unwrap();
    let mut source = &bundle;
    let mut rounded = 0;
    for (name, shape, values) in craft::tensors() {
        for (found, value) in source
            .parameter(&name, &shape)
            .unwrap()
            .into_iter()
            .zip(values)
        {
            let unit = value.abs().max(f32::powi(2.0, -14)) * f32::powi(2.0, -11);
            assert!(
                (found - value).abs() <= unit,
                "{name}: {value} became {found}"
            );
            rounded += usize::from(found != value);
        }
    }
    assert!(
        rounded > numbers / 2,
        "nothing was rounded: was it f16 at all?"
    );
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let mut shuffled = craft::tensors();
    shuffled.reverse();
    assert_eq!(
        written(Storage::F16),
        write(craft::manifest(), shuffled, Storage::F16).unwrap()
    );
}

#[test]
fn any_safetensors_tool_opens_it() {
    let file = written(Storage::F32);
    let opened = SafeTensors::deserialize(&file).unwrap();
    let tensors = craft::tensors();
    assert_eq!(opened.len(), tensors.len());
    for raw in craft::raw(&tensors) {
        let found = opened.tensor(&raw.name).unwrap();
        assert_eq!(
            (found.shape(), found.data()),
            (&raw.shape[..], &raw.bytes[..]),
            "{}",
            raw.name
        );
    }
    let header = u64::from_le_bytes(file[..8].try_into().unwrap());
    assert_eq!(header % 8, 0, "the data begin at a multiple of 8");
}

#[test]
fn a_handmade_file_is_read_like_a_written_one() {
    let document = serde_json::to_value(craft::manifest()).unwrap();
    let bundle = Bundle::read(craft::sealed(document, &craft::raw(&craft::tensors()))).unwrap();
    let other = Bundle::read(written(Storage::F32)).unwrap();
    assert_eq!(bundle.manifest(), other.manifest());
    assert_eq!(bundle.identity().name, "handmade");
    assert_eq!(bundle.identity().sha256, other.manifest().tensors_sha256);
}

#[test]
fn the_network_answers_as_the_one_that_was_written() {
    let device = Device::flex();
    let tensors: BTreeMap<_, _> = craft::tensors()
        .into_iter()
        .map(|(name, _, values)| (name, values))
        .collect();
    let mut values = |name: &str, _: &[usize]| Ok(tensors[name].clone());
    let expected = parameters::fill(craft::config().init(&device).unwrap(), &mut values).unwrap();
    let network = Bundle::read(written(Storage::F32))
        .unwrap()
        .network(&device)
        .unwrap();
    let input = golden::input(4, [64, 32, 32], &device);
    assert_eq!(answers(&network, input.clone()), answers(&expected, input));
}

fn answers(network: &MtsUnet, input: Tensor<5>) -> Vec<f32> {
    let output = network.forward(input).expect("the input suits");
    let mut numbers = output
        .logits
        .into_data()
        .try_to_vec::<f32>()
        .expect("they are f32");
    for head in output.heads {
        numbers.extend(
            head.logits
                .into_data()
                .try_to_vec::<f32>()
                .expect("they are f32"),
        );
    }
    numbers
}
