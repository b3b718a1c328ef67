//! A hundred thousand damaged bundles: each is refused, none panics.
//!
//! Three kinds of damage, because digests stop the plain kind early: bytes of a file, the manifest
//! before it is sealed, and the header's own fields.

use std::collections::BTreeMap;

use mts_unet::bundle::BundleError;
use serde_json::{Value, json};

use super::dice::Dice;
use super::{craft, fuzz_entry};

const INPUTS: usize = 100_000;

/// A value that hardly any field expects.
fn stranger(dice: &mut Dice) -> Value {
    let values = [
        json!(0),
        json!(-1),
        json!(1),
        json!(32),
        json!(u64::MAX),
        json!(1u64 << 61),
        json!(1e300),
        json!(0.5),
        json!(""),
        json!("RAS"),
        json!("f16"),
        json!("I32"),
        json!(null),
        json!(true),
        json!([]),
        json!({}),
        json!([[[]]]),
        json!("x".repeat(300)),
        json!([1, 2, 3]),
        json!({ "a": { "b": 1 } }),
        json!(12),
        json!([96, 96, 96]),
    ];
    values[dice.roll(values.len())].clone()
}

#[test]
fn damaged_bundles_are_refused_and_never_panic() {
    let document = serde_json::to_value(craft::manifest()).unwrap();
    let few = &craft::raw(&craft::tensors())[..2];
    let file = craft::sealed(document.clone(), few);
    let header_end = 8 + u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    let header: Value = serde_json::from_slice(&file[8..header_end]).unwrap();
    let mut dice = Dice(0x5EED_0001);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for input in 0..INPUTS {
        let damaged = match input % 8 {
            0..6 => bytes(&file, &mut dice),
            6 => {
                let mut document = document.clone();
                for _ in 0..=dice.roll(2) {
                    damage(&mut document, &mut dice);
                }
                let error = fuzz_entry::manifest(&document.to_string());
                let error = error.expect_err("it lacks all its tensors");
                *seen.entry(kind(&error)).or_default() += 1;
                continue;
            }
            _ => {
                let mut header = header.clone();
                damage(&mut header, &mut dice);
                craft::with_header(header.to_string().as_bytes(), &file[header_end..])
            }
        };
        let error = fuzz_entry::file(damaged).expect_err("it lacks nearly all its tensors");
        *seen.entry(kind(&error)).or_default() += 1;
    }
    println!("{seen:?}");
    // Damage must have reached every depth, or this tests the first check only.
    for kind in [
        "Truncated",
        "TrailingBytes",
        "HeaderTooLarge",
        "NotSafetensors",
        "NoManifest",
        "Version",
        "ManifestAltered",
        "Manifest",
        "UnknownField",
        "Invalid",
        "MissingTensor",
        "TensorType",
    ] {
        assert!(
            seen.get(kind).is_some_and(|&count| count >= 10),
            "{kind} was hardly reached: {seen:?}"
        );
    }
}

fn kind(error: &BundleError) -> String {
    let text = format!("{error:?}");
    text.split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// The file with a few bytes changed, cut out, doubled or appended.
fn bytes(file: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut file = file.to_vec();
    for _ in 0..=dice.roll(4) {
        // Half of the damage goes to the first bytes, where the lengths are.
        let reach = if dice.roll(2) == 0 { 16 } else { file.len() };
        let at = dice.roll(reach).min(file.len().saturating_sub(1));
        match dice.roll(6) {
            0 => file.truncate(at),
            1 => file.extend_from_within(at..),
            2 => drop(file.drain(at..(at + dice.roll(64)).min(file.len()))),
            3 if !file.is_empty() => file[at] = [0, 1, 0x22, 0x7f, 0xff][dice.roll(5)],
            4 => file.push(dice.roll(256) as u8),
            _ if !file.is_empty() => file[at] ^= 1 << dice.roll(8),
            _ => {}
        }
    }
    file
}

/// The document with one value, somewhere in it, replaced, removed or joined by a stranger.
fn damage(value: &mut Value, dice: &mut Dice) {
    let inside = dice.roll(5) != 0;
    match value {
        Value::Object(fields) if inside && !fields.is_empty() => {
            let key = fields
                .keys()
                .nth(dice.roll(fields.len()))
                .expect("it is below the length")
                .clone();
            match dice.roll(8) {
                0 => drop(fields.remove(&key)),
                1 => drop(fields.insert("stranger".into(), stranger(dice))),
                _ => damage(&mut fields[&key], dice),
            }
        }
        Value::Array(items) if inside && !items.is_empty() => {
            let at = dice.roll(items.len());
            match dice.roll(8) {
                0 => drop(items.remove(at)),
                1 => items.push(stranger(dice)),
                _ => damage(&mut items[at], dice),
            }
        }
        other => *other = stranger(dice),
    }
}
