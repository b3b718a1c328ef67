//! `mts convert`.

use std::process::Command;

use mts_unet::bundle::Bundle;

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
}
