//! Each way of being wrong is refused by name.

use mts_unet::bundle::Storage;
use mts_unet::foreign::{Checkpoint, ForeignError, Kind, Words, convert};

use super::archive::{Part, Sizes, zip};
use super::network;
use super::pickle::Pickle;
use super::torch::{Place, Saved};

fn refusal(file: &[u8]) -> ForeignError {
    let refused = Checkpoint::read(file).expect_err("it must be refused");
    assert!(!refused.mend().is_empty());
    refused
}

fn pickled(pickle: &[u8]) -> ForeignError {
    refusal(&zip(&Saved::default().parts(pickle), Sizes::Short))
}

fn small() -> Saved {
    Saved::of(&[("a".to_owned(), vec![2, 3], vec![0.5; 6])])
}

#[test]
fn a_call_is_named_and_not_made() {
    let attack = Pickle::new()
        .global("os", "system")
        .text("touch x")
        .raw(b"\x85R")
        .finish();
    assert_eq!(
        pickled(&attack),
        ForeignError::Forbidden("os.system".into())
    );
    assert!(pickled(&attack).to_string().contains("os.system"));
    let newer = b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R.";
    assert_eq!(
        pickled(newer),
        ForeignError::Forbidden("builtins.eval".into())
    );
    // A class that is no plain value's, though it would only be made.
    let settings = Pickle::new()
        .global("omegaconf.dictconfig", "DictConfig")
        .raw(b")\x81")
        .finish();
    assert_eq!(
        pickled(&settings),
        ForeignError::Forbidden("omegaconf.dictconfig.DictConfig".into())
    );
    // What is harmless in company of what is not.
    for (module, name) in [
        ("builtins", "getattr"),
        ("builtins", "exec"),
        ("functools", "partial"),
        ("torch", "load"),
        ("torch.storage", "_load_from_bytes"),
        ("numpy", "load"),
        ("numpy", "fromfile"),
        ("pathlib", "os"),
        ("pathlib.PosixPath", "unlink"),
        ("_codecs", "decode"),
        ("collections", "namedtuple"),
        ("types", "FunctionType"),
    ] {
        let call = Pickle::new().global(module, name).raw(b")R").finish();
        let name = format!("{module}.{name}");
        assert_eq!(pickled(&call), ForeignError::Forbidden(name));
    }
}

#[test]
fn operations_beyond_plain_values_are_refused() {
    // NEWOBJ of a name that is known, INST, EXT1, a protocol to come.
    for pickle in [
        &b"\x80\x02ccollections\nOrderedDict\n)\x81."[..],
        b"\x80\x02(ios\nsystem\n.",
        b"\x80\x02\x82\x01.",
        b"\x80\x09N.",
        b"\x80\x02]]R.",
        b"\x80\x02}h\x07.",
        b"\x80\x02(NQ.",
    ] {
        assert!(
            matches!(pickled(pickle), ForeignError::Pickle { .. }),
            "{pickle:?}"
        );
    }
    assert!(matches!(
        pickled(b"\x80\x02N."),
        ForeignError::NoStateDict(_)
    ));
}

#[test]
fn the_old_formats_get_their_mend() {
    let bare = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.";
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    for file in [&bare[..], &tar] {
        assert_eq!(refusal(file), ForeignError::Legacy);
    }
    assert!(ForeignError::Legacy.mend().contains("torch.load"));
    assert!(matches!(
        refusal(b"\x89HDF\r\n\x1a\n and so on"),
        ForeignError::Unrecognised(_)
    ));
    assert!(matches!(refusal(b""), ForeignError::Truncated(_)));
}

#[test]
fn damage_to_the_archive_is_noticed() {
    let saved = small();
    let pickle = saved.pickle(Place::Root);
    let file = zip(&saved.parts(&pickle), Sizes::Short);
    assert!(matches!(
        refusal(&file[..file.len() - 1]),
        ForeignError::Truncated(_)
    ));
    let data = file
        .windows(4)
        .position(|four| four == 0.5_f32.to_le_bytes())
        .unwrap();
    let mut altered = file.clone();
    altered[data] ^= 1;
    assert!(matches!(refusal(&altered), ForeignError::Damaged(_)));

    let with = |change: &dyn Fn(&mut Vec<Part>)| {
        let mut parts = saved.parts(&pickle);
        change(&mut parts);
        refusal(&zip(&parts, Sizes::Short))
    };
    let lacking = with(&|parts| parts.retain(|part| !part.name.ends_with("data/0")));
    assert!(matches!(lacking, ForeignError::Damaged(_)));
    assert!(lacking.to_string().contains("model_best/data/0"));
    let short = with(&|parts| parts[2].bytes.truncate(20));
    assert!(matches!(short, ForeignError::Damaged(_)));
    let deflated = with(&|parts| parts[2].method = 8);
    assert!(matches!(
        deflated,
        ForeignError::Packed {
            how: "compressed",
            ..
        }
    ));
    let big = with(&|parts| parts[1].bytes = b"big".to_vec());
    assert!(matches!(big, ForeignError::Packed { .. }));
    let twice = with(&|parts| parts.push(parts[0].clone()));
    assert!(matches!(twice, ForeignError::Damaged(_)));
    let other = with(&|parts| drop(parts.remove(0)));
    assert!(matches!(other, ForeignError::Unrecognised(_)));
}

#[test]
fn a_view_beyond_its_storage_is_refused() {
    let views: [(usize, &[usize], &[usize]); 7] = [
        (1, &[2, 3], &[3, 1]),
        (0, &[2, 3], &[4, 1]),
        (6, &[], &[]),
        (0, &[usize::MAX >> 1, 4], &[1, 1]),
        (0, &[2, 2], &[usize::MAX >> 1, 1]),
        // Repeated elements: a few bytes that announce any amount of memory.
        (0, &[1 << 40], &[0]),
        (0, &[2, 3], &[1]),
    ];
    for (offset, shape, strides) in views {
        let mut saved = small();
        saved.views.clear();
        saved.view("b", 0, offset, shape, strides);
        let refused = refusal(&saved.file(Place::Root));
        assert!(
            matches!(&refused, ForeignError::Tensor { name, .. } if name == "b"),
            "{refused}"
        );
    }
}

#[test]
fn a_bundle_is_told_that_it_is_one() {
    let tensors = network::tensors(&network::config([2, 2, 2, 2]));
    let file = network::saved(&tensors).file(Place::Root);
    let bundle = convert(&file, &Kind::MonaiBrats21.into(), &Words::default()).unwrap();
    assert_eq!(
        refusal(&bundle.write(Storage::F16).unwrap()),
        ForeignError::AlreadyBundle
    );
}

/// The refusal of a Swin UNETR's checkpoint after a change.
fn changed(change: impl FnOnce(&mut Saved)) -> ForeignError {
    let mut saved = network::saved(&network::tensors(&network::config([2, 2, 2, 2])));
    change(&mut saved);
    let file = saved.file(Place::Under("state_dict"));
    convert(&file, &Kind::MonaiBrats21.into(), &Words::default()).expect_err("it must be refused")
}

#[test]
fn missing_unknown_and_reshaped_tensors_are_listed() {
    let refused = changed(|saved| {
        saved
            .views
            .retain(|view| !view.name.starts_with("decoder1."));
        let mut stranger = saved.views[0].clone();
        stranger.name = "stranger".into();
        saved.views.push(stranger);
        let find = |name| move |view: &&mut super::torch::View| view.name == name;
        let bias = saved
            .views
            .iter_mut()
            .find(find("out.conv.conv.bias"))
            .unwrap();
        (bias.shape, bias.strides) = (vec![1, 3], vec![3, 1]);
    });
    let message = refused.to_string();
    for part in [
        "feature size 12 and depths 2-2-2-2",
        "4 missing (decoder1.conv_block.conv1.conv.weight, ",
        "1 unknown (stranger)",
        "1 of another shape (out.conv.conv.bias is [1, 3] instead of [3])",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn another_network_is_named() {
    let renamed = |from: &'static str, to: &'static str| {
        changed(move |saved| {
            for view in &mut saved.views {
                view.name = view.name.replace(from, to);
            }
        })
    };
    let other = renamed("swinViT.patch_embed.proj", "convInit.conv");
    assert!(other.to_string().contains("SegResNet"), "{other}");
    assert!(matches!(
        renamed("patch_embed", "embed"),
        ForeignError::NotSwinUnetr(_)
    ));
    assert!(matches!(
        renamed("encoder1", "layers1"),
        ForeignError::Keys { .. }
    ));

    let as_well = |name: &'static str| {
        changed(move |saved| {
            let mut view = saved.views[0].clone();
            view.name = name.into();
            saved.views.push(view);
        })
    };
    let residual = as_well("swinViT.layers1c.0.layer.conv1.conv.weight");
    assert!(residual.to_string().contains("use_v2"), "{residual}");
    assert!(matches!(
        as_well("teacher.patch_embed.proj.weight"),
        ForeignError::Several(_)
    ));
    let far = as_well("swinViT.layers3.0.blocks.18446744073709551615.x");
    assert!(matches!(far, ForeignError::Network(_)), "{far}");
}

#[test]
fn other_channels_are_refused() {
    let refused = changed(|saved| {
        for view in &mut saved.views {
            if view.name.starts_with("out.conv.conv.") {
                view.shape[0] = 2;
            }
        }
    });
    assert!(
        matches!(
            refused,
            ForeignError::Channels {
                side: "output",
                found: 2,
                expected: 3,
                ..
            }
        ),
        "{refused}"
    );
}

#[test]
fn whole_numbers_are_no_weights() {
    let refused = changed(|saved| {
        let weights = saved
            .views
            .iter_mut()
            .find(|view| view.name == "out.conv.conv.weight");
        let storage = weights.unwrap().storage;
        saved.storages[storage].0 = "IntStorage";
    });
    assert!(matches!(refused, ForeignError::Tensor { .. }), "{refused}");
}
