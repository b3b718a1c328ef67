//! Twenty thousand damaged checkpoints and every beginning of one: each is read or refused, none
//! panics.
//!
//! Three kinds of damage, because checksums stop the plain kind early: bytes of a file, and the pickle
//! before it is sealed, in two ways.

use std::collections::BTreeMap;

use mts_unet::foreign::{Checkpoint, ForeignError, Kind, Words, convert};

use super::archive::{Sizes, zip};
use super::dice::Dice;
use super::torch::{Place, Saved, c_strides};

const INPUTS: usize = 20_000;

/// A few tensors, of which one makes the file look like a Swin UNETR's.
fn saved() -> Saved {
    let mut saved = Saved::default();
    let storage = saved.storage("HalfStorage", vec![7; 2 * 12 * 4 * 8]);
    for (name, shape) in [
        (
            "module.swinViT.patch_embed.proj.weight",
            &[12, 4, 2, 2, 2][..],
        ),
        ("module.encoder1.layer.conv3.conv.weight", &[12, 4, 1, 1, 1]),
        ("module.out.conv.conv.bias", &[3]),
    ] {
        saved.view(name, storage, 0, shape, &c_strides(shape));
    }
    let index = saved.storage("LongStorage", vec![0; 32]);
    saved.view(
        "module.layers1.0.blocks.1.attn.relative_position_index",
        index,
        0,
        &[2, 2],
        &[1, 2],
    );
    saved
}

/// Reads, walks and converts `file`; what it is refused for, if it is.
fn entry(file: &[u8]) -> Option<ForeignError> {
    let refused = Checkpoint::read(file).and_then(|checkpoint| {
        for (name, shape) in checkpoint.tensors() {
            if let Ok(values) = checkpoint.values(name) {
                assert_eq!(values.len(), shape.iter().product::<usize>());
                assert!(values.len() <= file.len());
            }
        }
        convert(file, &Kind::MonaiBrats21.into(), &Words::default()).map(drop)
    });
    let error = refused.err()?;
    let message = error.to_string();
    assert!(!message.is_empty() && message.len() < 2000, "{message}");
    assert!(!error.mend().is_empty());
    Some(error)
}

#[test]
fn every_beginning_of_a_file_is_refused() {
    let saved = saved();
    let pickle = saved.pickle(Place::Under("state_dict"));
    let parts = saved.parts(&pickle);
    for sizes in [Sizes::Short, Sizes::Long] {
        let file = zip(&parts, sizes);
        for end in 0..file.len() {
            let refused = entry(&file[..end]).expect("it is cut");
            let is_told = matches!(
                refused,
                ForeignError::Truncated(_) | ForeignError::Unrecognised(_)
            );
            assert!(is_told, "cut at {end}: {refused}");
        }
    }
    for end in 0..pickle.len() {
        let refused = entry(&zip(&saved.parts(&pickle[..end]), Sizes::Short));
        assert!(
            matches!(refused, Some(ForeignError::Pickle { .. })),
            "cut at {end}: {refused:?}"
        );
    }
}

#[test]
fn damaged_checkpoints_never_panic() {
    let saved = saved();
    let pickle = saved.pickle(Place::Under("state_dict"));
    let files = [Sizes::Short, Sizes::Long].map(|sizes| zip(&saved.parts(&pickle), sizes));
    let mut dice = Dice(0x5EED_0002);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for input in 0..INPUTS {
        let file = match input % 4 {
            0 | 1 => damaged(&files[input % 2], &mut dice),
            _ => zip(&saved.parts(&damaged(&pickle, &mut dice)), Sizes::Short),
        };
        let kind = match entry(&file) {
            Some(error) => {
                let text = format!("{error:?}");
                text.split(|c: char| !c.is_alphanumeric())
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            }
            None => "Converted".into(),
        };
        *seen.entry(kind).or_default() += 1;
    }
    println!("{seen:?}");
    // Damage must have reached every depth, or this tests the first check only.
    for kind in [
        "Truncated",
        "Damaged",
        "Unrecognised",
        "Forbidden",
        "Pickle",
        "Tensor",
        "NotSwinUnetr",
        "Keys",
    ] {
        assert!(
            seen.get(kind).is_some_and(|&count| count >= 10),
            "{kind} was hardly reached: {seen:?}"
        );
    }
}

/// A few bytes changed, cut out, doubled or appended; half of it near the end, where a directory is.
fn damaged(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.roll(3) {
        let length = bytes.len();
        let reach = if dice.roll(2) == 0 {
            length.min(400)
        } else {
            length
        };
        let at = length.saturating_sub(1 + dice.roll(reach));
        match dice.roll(8) {
            0 => bytes.truncate(at),
            1 => bytes.extend_from_within(at..(at + dice.roll(64)).min(length)),
            2 => drop(bytes.drain(at..(at + dice.roll(16)).min(length))),
            3 if length > 0 => bytes[at] = [0, 1, 0x7f, 0xff, b'(', b'R', b'u', b'.'][dice.roll(8)],
            _ if length > 0 => bytes[at] ^= 1 << dice.roll(8),
            _ => {}
        }
    }
    bytes
}
