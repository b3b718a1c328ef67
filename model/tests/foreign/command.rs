//! `mts convert`.

use std::process::Command;

use mts_unet::bundle::Bundle;
use mts_unet::foreign::Merging;

use super::network;
use super::torch::Place;

#[test]
fn the_command_writes_a_bundle_or_says_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let tensors = network::tensors(&network::config([2, 2, 2, 2]));
    let file = network::saved(&tensors).file(Place::Under("state_dict"));
    std::fs::write(path("model.pt"), file).unwrap();
    let run = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mts"));
        command.arg("convert").arg(path("model.pt")).args(more);
        command
            .arg("--out")
            .arg(path("out.safetensors"))
            .output()
            .unwrap()
    };
    let unsaid = run(&[]);
    assert_eq!(unsaid.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unsaid.stderr).contains("--kind monai-brats21"));
    assert_eq!(run(&["--kind", "nnunet"]).status.code(), Some(2));
    assert_eq!(
        run(&["--kind", "monai-brats21", "--window", "97"])
            .status
            .code(),
        Some(1)
    );
    let orderless = run(&["--kind", "own", "--merging", "fixed"]);
    assert_eq!(orderless.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&orderless.stderr).contains("--channels"));
    for wrong in [["--channels", "flair,t1,t1"], ["--merging", "mergingv2"]] {
        assert_eq!(run(&wrong).status.code(), Some(2), "{wrong:?}");
    }
    let otherwise = run(&["--kind", "monai-brats21", "--merging", "v2"]);
    assert!(String::from_utf8_lossy(&otherwise.stderr).contains("the merging legacy, not v2"));
    assert!(!path("out.safetensors").exists());

    let done = run(&["--kind", "monai-brats21", "--licence", "CC0-1.0"]);
    assert_eq!(
        done.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let bundle = Bundle::read(std::fs::read(path("out.safetensors")).unwrap()).unwrap();
    assert_eq!(bundle.manifest().card.licence, "CC0-1.0");
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(
        said.contains("Dice of the whole tumour with merging legacy"),
        "{said}"
    );

    let own = [
        "--kind",
        "own",
        "--channels",
        "t1,t1ce,t2,flair",
        "--merging",
        "v2",
    ];
    assert_eq!(run(&own).status.code(), Some(0));
    let bundle = Bundle::read(std::fs::read(path("out.safetensors")).unwrap()).unwrap();
    assert_eq!(bundle.manifest().network.backbone.merging, Merging::V2);
    assert!(
        bundle
            .manifest()
            .card
            .summary
            .contains("(T1, T1ce, T2, FLAIR)")
    );
}
