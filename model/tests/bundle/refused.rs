//! Each way of being wrong is refused by name, with what was found and where.

use mts_unet::bundle::{Bundle, BundleError, Storage, write};
use serde_json::{Value, json};

use super::craft::{self, Raw};

fn refusal(file: Vec<u8>) -> BundleError {
    Bundle::read(file).expect_err("it must be refused")
}

fn document() -> Value {
    serde_json::to_value(craft::manifest()).expect("every value in it is finite")
}

fn tensors() -> Vec<Raw> {
    craft::raw(&craft::tensors())
}

/// A bundle whose manifest was changed before it was sealed.
fn with(change: impl FnOnce(&mut Value)) -> BundleError {
    let mut document = document();
    change(&mut document);
    refusal(craft::sealed(document, &tensors()[..3]))
}

#[test]
fn truncated_anywhere() {
    let file = write(craft::manifest(), craft::tensors(), Storage::F16).unwrap();
    let header = 8 + u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    for end in [
        0,
        1,
        7,
        8,
        9,
        header - 1,
        header,
        header + 1,
        file.len() / 2,
        file.len() - 1,
    ] {
        match refusal(file[..end].to_vec()) {
            BundleError::Truncated { expected, found } => {
                assert_eq!(found, end as u64);
                assert!(expected > found);
            }
            other => panic!("cut at {end}: {other}"),
        }
    }
    let mut longer = file.clone();
    longer.push(0);
    let expected = file.len() as u64;
    assert_eq!(
        refusal(longer),
        BundleError::TrailingBytes {
            expected,
            found: expected + 1
        }
    );
}

#[test]
fn altered_by_one_bit_anywhere() {
    let file = write(craft::manifest(), craft::tensors(), Storage::F16).unwrap();
    let header = 8 + u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    for at in (header..file.len())
        .step_by(file.len() / 7)
        .chain([file.len() - 1])
    {
        let mut altered = file.clone();
        altered[at] ^= 1;
        assert!(
            matches!(refusal(altered), BundleError::TensorsAltered { .. }),
            "byte {at}"
        );
    }
    for at in (0..header).step_by(header / 40) {
        let mut altered = file.clone();
        altered[at] ^= 1;
        refusal(altered);
    }
    let text = file.windows(8).position(|w| w == b"handmade").unwrap();
    let mut renamed = file;
    renamed[text] = b'H';
    assert!(matches!(
        refusal(renamed),
        BundleError::ManifestAltered { .. }
    ));
}

#[test]
fn two_tensors_of_one_shape_swapped() {
    let (first, second) = (
        "swinViT.layers1.0.blocks.0.norm1.weight",
        "swinViT.layers1.0.blocks.0.norm2.weight",
    );
    let mut document = document();
    let honest = Bundle::read(craft::sealed(document.clone(), &tensors())).unwrap();
    document["tensors_sha256"] = honest.identity().sha256.into();
    let mut swapped = tensors();
    for tensor in &mut swapped {
        tensor.name = match &tensor.name {
            name if name == first => second.into(),
            name if name == second => first.into(),
            name => name.clone(),
        };
    }
    // Sealed anew for the manifest, but with the honest tensors' digest.
    let file = craft::sealed_as(document, &swapped);
    assert!(matches!(refusal(file), BundleError::TensorsAltered { .. }));
}

#[test]
fn other_kinds_of_files() {
    let gzip = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[7; 90]].concat();
    assert!(matches!(refusal(gzip), BundleError::NotSafetensors(_)));
    let text = b"{\"not\": \"a bundle\"} and some more".to_vec();
    assert!(matches!(refusal(text), BundleError::HeaderTooLarge { .. }));
    let json = craft::with_header(b"[1, 2, 3]", &[]);
    assert!(matches!(refusal(json), BundleError::NotSafetensors(_)));
    let plain = craft::container(&json!({ "format": "pt" }), &tensors()[..2]);
    assert_eq!(refusal(plain), BundleError::NoManifest("mts_bundle"));
    let unsealed = craft::container(
        &json!({ "mts_bundle": document().to_string() }),
        &tensors()[..2],
    );
    assert_eq!(
        refusal(unsealed),
        BundleError::NoManifest("mts_bundle_sha256")
    );
}

/// Offsets whose sum passes 2⁶⁴: the safetensors crate adds without a check there.
#[test]
fn a_header_that_promises_more_than_memory() {
    // Each as long as the crate counts in bits; together 2⁶⁴ − 1 bytes.
    let longest = (1u64 << 61) - 1;
    let mut header = json!({});
    let mut start = 0;
    for (name, size) in [longest; 8].into_iter().chain([7]).enumerate() {
        let offsets = [start, start + size];
        header[name.to_string()] =
            json!({ "dtype": "U8", "shape": [size], "data_offsets": offsets });
        start += size;
    }
    let file = craft::with_header(header.to_string().as_bytes(), &[0; 64]);
    assert!(matches!(
        refusal(file),
        BundleError::Truncated {
            expected: u64::MAX,
            ..
        }
    ));

    let product = json!({ "a": { "dtype": "F32", "shape": [1u64 << 33, 1u64 << 33], "data_offsets": [0, 0] } });
    let file = craft::with_header(product.to_string().as_bytes(), &[]);
    assert!(matches!(refusal(file), BundleError::NotSafetensors(_)));
}

/// Its weights would take 10 GB and more: it must be refused for its missing tensors alone.
#[test]
fn a_giant_network_is_not_built() {
    let error = with(|d| {
        d["network"]["backbone"]["feature_size"] = 192.into();
        d["network"]["backbone"]["depths"] = json!([64, 64, 64, 64]);
        d["network"]["backbone"]["window"] = 16.into();
    });
    assert!(
        matches!(
            error,
            BundleError::MissingTensor { .. } | BundleError::TensorShape { .. }
        ),
        "{error}"
    );
}

#[test]
fn another_version() {
    let error = with(|d| d["version"] = 2.into());
    assert_eq!(
        error,
        BundleError::Version {
            found: "2".into(),
            supported: 1
        }
    );
    assert!(matches!(
        with(|d| d["version"] = Value::Null),
        BundleError::Version { .. }
    ));
    assert!(matches!(
        with(|d| d["format"] = "other".into()),
        BundleError::Invalid {
            field: "format",
            ..
        }
    ));
}

#[test]
fn fields_that_this_program_does_not_know() {
    let unknown = |path: &str| BundleError::UnknownField(path.into());
    assert_eq!(with(|d| d["denoise"] = true.into()), unknown("denoise"));
    assert_eq!(
        with(|d| d["network"]["backbone"]["use_v2"] = false.into()),
        unknown("network.backbone.use_v2")
    );
    assert_eq!(
        with(|d| d["network"]["heads"][1]["dropout"] = 0.5.into()),
        unknown("network.heads.1.dropout")
    );
    assert_eq!(
        with(|d| d["card"]["auc"]["age"] = json!({})),
        unknown("card.auc.age")
    );
    assert!(matches!(
        with(|d| d["blending"] = "median".into()),
        BundleError::Manifest(_)
    ));
    assert!(matches!(
        with(|d| *d = json!({ "format": "mts-bundle", "version": 1 })),
        BundleError::Manifest(_)
    ));
}

#[test]
fn values_that_cannot_be_worked_with() {
    let field = |error| match error {
        BundleError::Invalid { field, .. } => field,
        other => panic!("{other}"),
    };
    let cases: [(&str, &str, Value); 20] = [
        ("name", "/name", "".into()),
        ("network", "/network/backbone/feature_size", 13.into()),
        ("network", "/network/backbone/window", 1.into()),
        ("network", "/network/backbone/in_channels", 3.into()),
        ("network", "/network/segmentation", "softmax2".into()),
        ("channels", "/channels", json!(["flair", "t1", "t1", "t2"])),
        ("orientation", "/orientation", "RLA".into()),
        ("spacing_mm", "/spacing_mm/1", 0.0.into()),
        ("spacing_mm", "/spacing_mm/1", 1e9.into()),
        ("window", "/window/2", 100.into()),
        ("window", "/window/2", 1024.into()),
        ("window", "/window", json!([32, 32, 32])),
        ("overlap", "/overlap", 1.0.into()),
        ("overlap", "/overlap", (-0.25).into()),
        ("temperatures", "/temperatures", json!({ "age": 1.0 })),
        ("temperatures", "/temperatures/idh", 0.0.into()),
        ("sure_from", "/sure_from", json!({ "segmentation": 0.5 })),
        ("sure_from", "/sure_from/grade", 1.5.into()),
        ("orientation", "/network/tafe", "sited".into()),
        (
            "card",
            "/card/auc",
            json!({ "idh": { "value": 0.5, "low": 0.6, "high": 0.7, "patients": 9 } }),
        ),
    ];
    for (expected, pointer, value) in cases {
        let change = |d: &mut Value| *d.pointer_mut(pointer).expect(pointer) = value.clone();
        assert_eq!(field(with(change)), expected, "{pointer} = {value}");
    }
}

#[test]
fn tensors_that_do_not_fit_the_network() {
    let sealed = |change: fn(&mut Vec<Raw>)| {
        let mut tensors = tensors();
        change(&mut tensors);
        refusal(craft::sealed(document(), &tensors))
    };
    let name = "out.conv.conv.bias";
    let missing = sealed(|all| all.retain(|t| t.name != "out.conv.conv.bias"));
    assert_eq!(
        missing,
        BundleError::MissingTensor {
            name: name.into(),
            expected: vec![4]
        }
    );

    let extra = sealed(|all| {
        all.push(Raw {
            name: "extra".into(),
            dtype: "F32",
            shape: vec![1],
            bytes: vec![0; 4],
        });
    });
    assert_eq!(
        extra,
        BundleError::ExtraTensor {
            name: "extra".into(),
            found: vec![1]
        }
    );

    let shape = sealed(|all| {
        let tensor = all
            .iter_mut()
            .find(|t| t.name == "out.conv.conv.bias")
            .unwrap();
        tensor.shape = vec![2, 2];
    });
    assert_eq!(
        shape,
        BundleError::TensorShape {
            name: name.into(),
            found: vec![2, 2],
            expected: vec![4]
        }
    );

    let dtype = sealed(|all| {
        all.iter_mut()
            .find(|t| t.name == "out.conv.conv.bias")
            .unwrap()
            .dtype = "I32";
    });
    assert_eq!(
        dtype,
        BundleError::TensorType {
            name: name.into(),
            found: "I32".into()
        }
    );

    let nan = sealed(|all| {
        let tensor = all
            .iter_mut()
            .find(|t| t.name == "out.conv.conv.bias")
            .unwrap();
        tensor.bytes[8..12].copy_from_slice(&f32::NAN.to_le_bytes());
    });
    assert!(
        matches!(nan, BundleError::NotFinite { name: found, element: 2, value } if found == name && value.is_nan())
    );
}

#[test]
fn writing_what_could_not_be_read() {
    let mut tensors = craft::tensors();
    tensors[0].2[5] = 1e5;
    let (name, element) = (tensors[0].0.clone(), 5);
    let error = write(craft::manifest(), tensors.clone(), Storage::F16).unwrap_err();
    assert_eq!(
        error,
        BundleError::NotFinite {
            name,
            element,
            value: f32::INFINITY
        }
    );
    assert!(
        write(craft::manifest(), tensors.clone(), Storage::F32).is_ok(),
        "f32 can hold it"
    );
    let last = tensors.pop().unwrap();
    let error = write(craft::manifest(), tensors, Storage::F32).unwrap_err();
    assert_eq!(
        error,
        BundleError::MissingTensor {
            name: last.0,
            expected: last.1
        }
    );
    let mut manifest = craft::manifest();
    manifest.overlap = 1.5;
    assert!(matches!(
        write(manifest, vec![], Storage::F32),
        Err(BundleError::Invalid {
            field: "overlap",
            ..
        })
    ));
}

#[test]
fn messages_say_what_and_where_and_stay_short() {
    let text = with(|d| d[&"x".repeat(5000)] = 1.into()).to_string();
    assert!(
        text.starts_with("the bundle's manifest has a field that this program does not know: xxx"),
        "{text}"
    );
    assert!(text.len() < 300, "{} bytes", text.len());
    let text = with(|d| d["window"] = json!([96, 97, 96])).to_string();
    assert_eq!(
        text,
        "the bundle's manifest: window: 97 voxels; a multiple of 32 up to 256 is needed"
    );
}
