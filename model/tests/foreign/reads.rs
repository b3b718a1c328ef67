//! Numbers come out of a file as torch would give them.

use half::{bf16, f16};
use mts_unet::foreign::Checkpoint;

use super::archive::{Sizes, zip};
use super::torch::{Place, Saved};

fn numbers(count: usize) -> Vec<f32> {
    (0..count)
        .map(|i| (i * i % 251) as f32 * 0.5 - 31.0)
        .collect()
}

fn stored(kind: &'static str, values: &[f32]) -> Vec<u8> {
    let each = |v: &f32| match kind {
        "DoubleStorage" => f64::from(*v).to_le_bytes().to_vec(),
        "HalfStorage" => f16::from_f32(*v).to_le_bytes().to_vec(),
        "BFloat16Storage" => bf16::from_f32(*v).to_le_bytes().to_vec(),
        _ => v.to_le_bytes().to_vec(),
    };
    values.iter().flat_map(each).collect()
}

/// The definition of strides, one index at a time.
fn twin(storage: &[f32], offset: usize, shape: &[usize], strides: &[usize]) -> Vec<f32> {
    let Some((&edge, rest)) = shape.split_first() else {
        return vec![storage[offset]];
    };
    (0..edge)
        .flat_map(|i| twin(storage, offset + i * strides[0], rest, &strides[1..]))
        .collect()
}

#[test]
fn strides_and_offsets_are_walked_in_every_type() {
    let views: [(&str, usize, &[usize], &[usize]); 8] = [
        ("plain", 0, &[4, 6], &[6, 1]),
        ("later", 5, &[2, 3, 4], &[12, 4, 1]),
        ("transposed", 3, &[6, 4], &[1, 6]),
        ("permuted", 7, &[3, 2, 4], &[4, 12, 1]),
        ("every_other", 1, &[2, 5], &[20, 2]),
        ("thin", 2, &[1, 5, 1], &[usize::MAX >> 1, 1, 99]),
        ("scalar", 9, &[], &[]),
        ("empty", 0, &[0, 3], &[3, 1]),
    ];
    for kind in [
        "FloatStorage",
        "HalfStorage",
        "BFloat16Storage",
        "DoubleStorage",
    ] {
        let values: Vec<f32> = numbers(40)
            .into_iter()
            .map(|v| {
                if kind == "BFloat16Storage" {
                    bf16::from_f32(v).to_f32()
                } else {
                    v
                }
            })
            .collect();
        let mut saved = Saved::default();
        let storage = saved.storage(kind, stored(kind, &values));
        for (name, offset, shape, strides) in views {
            saved.view(name, storage, offset, shape, strides);
        }
        let file = saved.file(Place::Under("state_dict"));
        let checkpoint = Checkpoint::read(&file).unwrap();
        assert_eq!(checkpoint.tensors().count(), views.len());
        for (name, offset, shape, strides) in views {
            let expected = if shape.contains(&0) {
                vec![]
            } else {
                twin(&values, offset, shape, strides)
            };
            assert_eq!(checkpoint.values(name).unwrap(), expected, "{kind} {name}");
            let found = checkpoint.tensors().find(|(n, _)| *n == name).unwrap();
            assert_eq!(found.1, shape);
        }
    }
}

#[test]
fn the_state_dict_is_found_wherever_it_stands() {
    let tensors = vec![("a.weight".to_owned(), vec![2, 3], numbers(6))];
    for place in [
        Place::Root,
        Place::Under("state_dict"),
        Place::Under("model"),
    ] {
        let file = Saved::of(&tensors).file(place);
        let checkpoint = Checkpoint::read(&file).unwrap();
        assert_eq!(checkpoint.values("a.weight").unwrap(), numbers(6));
        assert_eq!(checkpoint.tensors().count(), 1);
    }
}

#[test]
fn a_zip64_directory_says_the_same() {
    let tensors = vec![("a".to_owned(), vec![6], numbers(6))];
    let saved = Saved::of(&tensors);
    let file = zip(&saved.parts(&saved.pickle(Place::Root)), Sizes::Long);
    assert_eq!(
        Checkpoint::read(&file).unwrap().values("a").unwrap(),
        numbers(6)
    );
}

/// Protocol 4's own operations: FRAME, SHORT_BINUNICODE, MEMOIZE, STACK_GLOBAL; and a parameter.
#[test]
fn a_newer_protocol_says_the_same() {
    let mut pickle = b"\x80\x04\x95\0\0\0\0\0\0\0\0}\x94(\x8c\x01a\x94".to_vec();
    let text = |text: &str| [&[0x8c, text.len() as u8], text.as_bytes(), b"\x94"].concat();
    let global =
        |module: &str, name: &str| [text(module), text(name), b"\x93\x94".to_vec()].concat();
    pickle.extend(global("torch._utils", "_rebuild_parameter"));
    pickle.extend(global("torch._utils", "_rebuild_tensor_v2"));
    pickle.extend(b"((");
    pickle.extend(text("storage"));
    pickle.extend(global("torch", "FloatStorage"));
    pickle.extend(
        [
            text("0"),
            text("cpu"),
            b"K\x06t\x94QK\x00K\x03K\x02\x86\x94K\x01K\x03\x86\x94\x89".to_vec(),
        ]
        .concat(),
    );
    pickle.extend(
        [
            global("collections", "OrderedDict"),
            b")R\x94t\x94R\x94\x88h\x00\x87\x94R\x94u.".to_vec(),
        ]
        .concat(),
    );
    let mut saved = Saved::default();
    saved.storage("FloatStorage", stored("FloatStorage", &numbers(6)));
    let file = zip(&saved.parts(&pickle), Sizes::Short);
    let expected = twin(&numbers(6), 0, &[3, 2], &[1, 3]);
    assert_eq!(
        Checkpoint::read(&file).unwrap().values("a").unwrap(),
        expected
    );
}

#[test]
fn safetensors_of_every_floating_type() {
    let values = [0.5_f32, -2.0, 3.25];
    let types = [
        ("F32", "FloatStorage"),
        ("F16", "HalfStorage"),
        ("BF16", "BFloat16Storage"),
        ("F64", "DoubleStorage"),
    ];
    for (dtype, kind) in types {
        let data = stored(kind, &values);
        let header = serde_json::json!({ "a": { "dtype": dtype, "shape": [3], "data_offsets": [0, data.len()] } });
        let header = header.to_string();
        let file = [
            &(header.len() as u64).to_le_bytes(),
            header.as_bytes(),
            &data,
        ]
        .concat();
        assert_eq!(
            Checkpoint::read(&file).unwrap().values("a").unwrap(),
            values,
            "{dtype}"
        );
    }
}
