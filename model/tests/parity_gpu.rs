//! MONAI's numbers on a native GPU, lavapipe in CI; skipped with a line where there is none.
#![cfg(all(feature = "network", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::time::Instant;

use burn::tensor::Device;
use common::agreement::argmax_agreement;
use common::{block_on, golden_files};
use mts_unet::device::{Opened, memory, open_gpu};
use mts_unet::golden::{Case, GoldenFile, check_case};
use mts_unet::network::{Activations, Finest};
use mts_unet::plan::{Part, Plan};

/// What a GPU may differ from MONAI's numbers: it adds in another order.
const TOLERANCE: f64 = 1e-3;
/// Part of the voxels that must have the CPU's class.
const SAME_CLASS: f64 = 0.9999;
/// Larger inputs belong to the long tests.
const SHORT: usize = 64 * 96 * 64;

fn check(is_long: bool) {
    let opened = match block_on(open_gpu()) {
        Ok(opened) => opened,
        Err(error) => {
            println!("skipped: {error}");
            return;
        }
    };
    println!("on {}", opened.words);
    for (path, file) in golden_files() {
        for case in file.cases().unwrap() {
            let config = file.config(&case).unwrap();
            let size = case.shape.iter().product::<usize>() * config.backbone.feature_size / 12;
            if (size > SHORT) != is_long {
                continue;
            }
            let plan = Plan::choose(&config, case.shape, opened.limits, Activations::Full).unwrap();
            // At full size, where memory is short, the leaner plan is shown too.
            let lean =
                Plan::lean(&config, case.shape, Activations::Full, Part::Everything).unwrap();
            let mut ways = vec![plan.finest];
            ways.extend((is_long && plan.finest != lean.finest).then_some(lean.finest));
            for finest in ways {
                one(&path, &file, &case, finest, &opened);
            }
        }
    }
}

fn one(path: &str, file: &GoldenFile, case: &Case, finest: Finest, opened: &Opened) {
    let start = Instant::now();
    for deviation in block_on(check_case(file, case, finest, &opened.device)).unwrap() {
        let line = format!(
            "{path} {} {}: {:.1e}",
            case.name, deviation.tensor, deviation.largest
        );
        assert!(deviation.largest < TOLERANCE, "{line}");
    }
    println!(
        "{path} {}, {finest:?}: {:.0} s, {:?}",
        case.name,
        start.elapsed().as_secs_f64(),
        memory(&opened.device)
    );
    let flex = Device::flex();
    let same = block_on(argmax_agreement(
        file,
        case,
        (&opened.device, finest),
        &flex,
    ));
    assert!(same >= SAME_CLASS, "{path} {}: {same}", case.name);
}

#[test]
fn parity_with_monai_on_a_gpu() {
    check(false);
}

#[test]
#[ignore = "full size: minutes"]
fn parity_with_monai_on_a_gpu_at_full_size() {
    check(true);
}
