//! MONAI's numbers on a native GPU, lavapipe in CI; skipped with a line where there is none.
#![cfg(all(feature = "network", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use burn::tensor::Device;
use common::agreement::argmax_agreement;
use common::{block_on, golden_files};
use mts_unet::device::open_gpu;
use mts_unet::golden::check_case;

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
            let size = case.shape.iter().product::<usize>()
                * file.config(&case).unwrap().backbone.feature_size
                / 12;
            if (size > SHORT) != is_long {
                continue;
            }
            // The decoder's last level: every channel at full size, in f32.
            let needed = (size * 12 * size_of::<f32>()) as u64;
            if opened
                .limits
                .is_some_and(|limits| limits.storage_binding_bytes < needed)
            {
                println!(
                    "skipped {path} {}: it needs buffers of {needed} bytes",
                    case.name
                );
                continue;
            }
            for deviation in block_on(check_case(&file, &case, &opened.device)).unwrap() {
                let line = format!(
                    "{path} {} {}: {:.1e}",
                    case.name, deviation.tensor, deviation.largest
                );
                assert!(deviation.largest < TOLERANCE, "{line}");
            }
            let same = block_on(argmax_agreement(
                &file,
                &case,
                &opened.device,
                &Device::flex(),
            ));
            assert!(same >= SAME_CLASS, "{path} {}: {same}", case.name);
        }
    }
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
