//! MONAI's numbers, on burn-flex: every golden file in `tests/golden` of the repository and, if
//! set, in `$MTS_GOLDEN_DIR`.
#![cfg(feature = "network")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use burn::tensor::Device;
use common::{block_on, golden_files};
use mts_unet::golden::check_case;
use mts_unet::network::Finest;

/// Torch's own float32 is within 5.1e-6 of the float64 numbers; ours has to be within this.
const TOLERANCE: f64 = 1e-4;
/// What is aimed at; printed where it is missed.
const AIM: f64 = 2e-5;
/// A file with larger inputs than this belongs to the long tests.
const SHORT: usize = 64 * 96 * 64;

fn check(is_long: bool) {
    let device = Device::flex();
    let mut cases = 0;
    for (path, file) in golden_files() {
        for case in file.cases().unwrap() {
            let voxels = case.shape.iter().product::<usize>()
                * file.config(&case).unwrap().backbone.feature_size
                / 12;
            if (voxels > SHORT) != is_long {
                continue;
            }
            cases += 1;
            for deviation in block_on(check_case(&file, &case, Finest::Whole, &device)).unwrap() {
                let line = format!(
                    "{path} {} {}: {:.1e}",
                    case.name, deviation.tensor, deviation.largest
                );
                assert!(deviation.samples > 0, "{line}: no samples");
                assert!(deviation.largest < TOLERANCE, "{line}");
                if deviation.largest > AIM {
                    println!("above the aim of {AIM:.0e}: {line}");
                }
            }
        }
    }
    assert!(cases > 0, "no golden case was found");
    println!("{cases} golden cases");
}

#[test]
fn parity_with_monai_on_flex() {
    check(false);
}

#[test]
#[ignore = "full size: minutes"]
fn parity_with_monai_on_flex_at_full_size() {
    check(true);
}
