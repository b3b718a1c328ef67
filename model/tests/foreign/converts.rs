//! What a converted checkpoint computes and says.

use burn::tensor::{Device, Tensor};
use imaging::Sequence;
use mts_unet::bundle::{Bundle, Card, Storage};
use mts_unet::foreign::{Conversion, ForeignError, Kind, Told, Words, convert};
use mts_unet::golden;
use mts_unet::network::config::{Merging, Segmentation};
use mts_unet::parameters;

use super::network::{self, Tensors};
use super::torch::{Place, Saved};

const USUAL: [usize; 4] = [2, 2, 2, 2];

fn file(tensors: &Tensors, rename: impl Fn(&str) -> String) -> Vec<u8> {
    let mut saved = network::saved(tensors);
    for view in &mut saved.views {
        view.name = rename(&view.name);
    }
    saved.file(Place::Under("state_dict"))
}

fn converted(file: &[u8]) -> Conversion {
    convert(file, &Kind::MonaiBrats21.into(), &Words::default()).expect("it is complete")
}

#[test]
fn the_converted_network_answers_as_the_original_did() {
    let config = network::config(USUAL);
    let tensors = network::tensors(&config);
    let device = Device::flex();
    let mut source = |name: &str, _: &[usize]| {
        let found = tensors.iter().find(|(n, _, _)| n == name);
        Ok(found.unwrap().2.clone())
    };
    let original = parameters::fill(config.init(&device).unwrap(), &mut source).unwrap();

    let written = converted(&file(&tensors, str::to_owned))
        .write(Storage::F32)
        .unwrap();
    let bundle = Bundle::read(written).unwrap();
    let ours = bundle.network(&device).unwrap();

    // Ours is FLAIR, T1, T1ce, T2; theirs FLAIR, T1ce, T1, T2.
    let input = golden::input(4, [64; 3], &device);
    let channel = |c: usize| input.clone().narrow(1, c, 1);
    let theirs = Tensor::cat([0, 2, 1, 3].map(channel).to_vec(), 1);

    let expected = original.forward(theirs).unwrap().logits;
    let unpermuted = original.forward(input.clone()).unwrap().logits;
    let found = ours.forward(input).unwrap().logits;
    let apart = |other: Tensor<5>| -> f32 { (other - expected.clone()).abs().max().into_scalar() };
    let (right, wrong) = (apart(found), apart(unpermuted));
    println!("deviation {right:e}; with the order left as it is {wrong:e}");
    assert!(right < 1e-4, "{right}");
    assert!(
        wrong > 1e-2,
        "the test's network does not tell T1 from T1ce: {wrong}"
    );
}

#[test]
fn the_manifest_says_what_inference_must_know() {
    let tensors = network::tensors(&network::config(USUAL));
    let file = file(&tensors, str::to_owned);
    let manifest = converted(&file).manifest;
    assert_eq!(manifest.channels, Sequence::ALL);
    assert_eq!(manifest.orientation, "LPS");
    assert_eq!(manifest.window, [128; 3]);
    assert_eq!(manifest.network.backbone.merging, Merging::Legacy);
    assert_eq!(manifest.network.segmentation, Segmentation::Sigmoid3);
    assert!(manifest.network.heads.is_empty());
    let card = &manifest.card;
    assert!(card.trained);
    assert_eq!(card.licence, "unknown");
    let unmeasured = Card::default();
    assert_eq!((&card.dice, &card.auc), (&unmeasured.dice, &unmeasured.auc));
    assert!(card.training_data.is_empty());
    assert!(
        card.summary.contains("FLAIR, T1ce, T1, T2"),
        "{}",
        card.summary
    );

    let words = Words {
        name: Some("ours".into()),
        licence: Some("CC0-1.0".into()),
        window: Some(96),
    };
    let manifest = convert(&file, &Kind::BrainSegFounder.into(), &words)
        .unwrap()
        .manifest;
    assert_eq!((manifest.name.as_str(), manifest.window), ("ours", [96; 3]));
    assert_eq!(manifest.card.licence, "CC0-1.0");
}

#[test]
fn a_bundle_in_f16_is_half_as_long() {
    let tensors = network::tensors(&network::config(USUAL));
    let conversion = converted(&file(&tensors, str::to_owned));
    let half = conversion.clone().write(Storage::F16).unwrap();
    let full = conversion.write(Storage::F32).unwrap();
    assert!(half.len() * 100 / full.len() == 50);
    assert_eq!(Bundle::read(half).unwrap().tensors().count(), 151);
}

#[test]
fn prefixes_old_names_and_pretraining_heads_change_nothing() {
    let tensors = network::tensors(&network::config(USUAL));
    let expected = converted(&file(&tensors, str::to_owned)).tensors;
    let renamings: [fn(&str) -> String; 3] = [
        |name| format!("module.{name}"),
        |name| format!("module.model.{name}"),
        |name| name.replace("mlp.linear", "mlp.fc"),
    ];
    for rename in renamings {
        assert_eq!(converted(&file(&tensors, rename)).tensors, expected);
    }
    let mut saved = network::saved(&tensors);
    network::add_pretraining_heads(&mut saved);
    assert_eq!(converted(&saved.file(Place::Root)).tensors, expected);
}

#[test]
fn safetensors_and_torch_give_the_same() {
    let tensors = network::tensors(&network::config(USUAL));
    let views: Vec<(String, Vec<usize>, Vec<u8>)> = tensors
        .iter()
        .map(|(name, shape, values)| {
            let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            (format!("module.{name}"), shape.clone(), bytes)
        })
        .collect();
    let views = views.iter().map(|(name, shape, bytes)| {
        let view =
            safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape.clone(), bytes);
        (name.clone(), view.unwrap())
    });
    let plain = safetensors::serialize(views.collect::<Vec<_>>(), None).unwrap();
    assert_eq!(
        converted(&plain).tensors,
        converted(&file(&tensors, str::to_owned)).tensors
    );
}

#[test]
fn the_depths_are_read_and_tell_the_kind_where_only_one_has_them() {
    let deep = [2, 2, 6, 2];
    let file = |depths| file(&network::tensors(&network::config(depths)), str::to_owned);
    let conversion = convert(&file(deep), &Told::default(), &Words::default()).unwrap();
    assert_eq!(conversion.kind, Kind::BrainSegFounder);
    assert_eq!(conversion.manifest.network.backbone.depths, deep);
    conversion.write(Storage::F16).unwrap();
    let refused = convert(&file(USUAL), &Told::default(), &Words::default()).unwrap_err();
    assert_eq!(refused, ForeignError::KindNeeded { depths: USUAL });
    assert!(refused.mend().contains("--kind"));
}

#[test]
fn a_network_of_ones_own_needs_its_order_and_merging_told() {
    let file = file(&network::tensors(&network::config(USUAL)), str::to_owned);
    let refused = |told: Told| convert(&file, &told, &Words::default()).unwrap_err();
    assert_eq!(refused(Kind::Own.into()), ForeignError::OrderNeeded);
    assert!(ForeignError::OrderNeeded.mend().contains("--channels"));

    let told = Told {
        channels: "flair,t1ce,t1,t2".parse().ok(),
        ..Kind::Own.into()
    };
    let open = convert(&file, &told, &Words::default()).unwrap();
    assert_eq!(open.mergings().collect::<Vec<_>>(), Merging::ALL);
    // The same order as the published ones', so the same numbers.
    assert_eq!(open.tensors, converted(&file).tensors);
    let unsettled = open.write(Storage::F16).unwrap_err();
    assert!(matches!(unsettled, ForeignError::MergingNeeded(_)));
    assert!(unsettled.mend().contains("--merging legacy"));

    for merging in Merging::ALL {
        let told = Told {
            merging: Some(merging),
            ..told
        };
        let settled = convert(&file, &told, &Words::default()).unwrap();
        assert_eq!(settled.mergings().collect::<Vec<_>>(), [merging]);
        let bundle = Bundle::read(settled.write(Storage::F16).unwrap()).unwrap();
        assert_eq!(bundle.manifest().network.backbone.merging, merging);
    }
}

#[test]
fn what_a_published_kind_settles_cannot_be_told_otherwise() {
    let file = file(&network::tensors(&network::config(USUAL)), str::to_owned);
    let convert = |told: Told| convert(&file, &told, &Words::default());
    for kind in [Kind::MonaiBrats21, Kind::BrainSegFounder] {
        let merging = |merging| Told {
            merging: Some(merging),
            ..kind.into()
        };
        assert!(convert(merging(Merging::Legacy)).is_ok());
        let refused = convert(merging(Merging::Fixed)).unwrap_err();
        let words = refused.to_string();
        assert!(
            words.contains("the merging legacy, not fixed") && words.contains(kind.key()),
            "{words}"
        );
        let order = |order: &str| Told {
            channels: order.parse().ok(),
            ..kind.into()
        };
        assert!(convert(order("flair,t1ce,t1,t2")).is_ok());
        let refused = convert(order("t1,t1ce,t2,flair")).unwrap_err();
        assert!(
            refused.to_string().contains("not T1, T1ce, T2, FLAIR"),
            "{refused}"
        );
    }
}

/// Self-supervised checkpoints: 126 keys at the usual depths, 182 at BrainSegFounder's, and 16 of heads.
#[test]
fn an_encoder_alone_is_refused_as_such() {
    for (depths, keys) in [(USUAL, 126), ([2, 2, 6, 2], 182)] {
        let tensors = network::tensors(&network::config(depths));
        for bare in [false, true] {
            let mut saved: Saved = network::saved(&tensors);
            saved.views.retain(|view| view.name.starts_with("swinViT."));
            assert_eq!(saved.views.len(), keys);
            network::add_pretraining_heads(&mut saved);
            assert_eq!(saved.views.len(), keys + 16);
            for view in &mut saved.views {
                let name = if bare {
                    view.name.replace("swinViT.", "")
                } else {
                    view.name.clone()
                };
                view.name = format!("module.{name}");
            }
            let file = saved.file(Place::Under("state_dict"));
            let refused =
                convert(&file, &Kind::BrainSegFounder.into(), &Words::default()).unwrap_err();
            let tensors = keys - depths.iter().sum::<usize>();
            assert_eq!(refused, ForeignError::EncoderOnly { tensors });
        }
    }
}
