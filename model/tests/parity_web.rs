//! MONAI's numbers in a real browser: on WebGPU, and on the CPU as wasm.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "common/agreement.rs"]
mod agreement;

use agreement::argmax_agreement;
use burn::tensor::Device;
use mts_unet::device::{measure_speed, memory, open_gpu};
use mts_unet::golden::{GoldenFile, check_case};
use mts_unet::network::Finest;
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const GOLDEN: [(&str, &str); 2] = [
    (
        "mts-unet-fs12.json",
        include_str!("../../tests/golden/mts-unet-fs12.json"),
    ),
    (
        "mts-unet-fs12-variants.json",
        include_str!("../../tests/golden/mts-unet-fs12-variants.json"),
    ),
];

/// The paper's size: 62 million parameters at 96³.
const FULL_SIZE: [(&str, &str); 1] = [(
    "mts-unet-fs48-96.json",
    include_str!("../../tests/golden/mts-unet-fs48-96.json"),
)];

/// What burn-flex must keep, in wasm as natively.
const CPU_TOLERANCE: f64 = 1e-4;
/// What a GPU may differ: it adds in another order.
const GPU_TOLERANCE: f64 = 1e-3;
/// Part of the voxels that must have the CPU's class.
const SAME_CLASS: f64 = 0.9999;

async fn check(files: &[(&str, &str)], device: &Device, tolerance: f64, compare: Option<&Device>) {
    for (name, text) in files {
        let file = GoldenFile::parse(text).unwrap();
        for case in file.cases().unwrap() {
            let deviations = check_case(&file, &case, Finest::Whole, device)
                .await
                .unwrap();
            let worst = deviations.iter().map(|d| d.largest).fold(0.0, f64::max);
            console_log!("{name} {}: {worst:.1e}", case.name);
            for deviation in deviations {
                assert!(
                    deviation.largest < tolerance,
                    "{name} {} {}: {:.1e}",
                    case.name,
                    deviation.tensor,
                    deviation.largest
                );
            }
            if let Some(other) = compare {
                let same = argmax_agreement(&file, &case, (device, Finest::Whole), other).await;
                assert!(same >= SAME_CLASS, "{name} {}: {same}", case.name);
            }
        }
    }
}

#[wasm_bindgen_test]
async fn parity_with_monai_on_webgpu() {
    let opened = open_gpu().await.unwrap();
    console_log!("on {}", opened.words);
    let flex = Device::flex();
    check(&GOLDEN, &opened.device, GPU_TOLERANCE, Some(&flex)).await;
}

#[wasm_bindgen_test]
async fn parity_with_monai_on_the_cpu_in_wasm() {
    check(&GOLDEN, &Device::flex(), CPU_TOLERANCE, None).await;
}

/// What the full size may take of a GPU, computed in whole volumes: 1.6 GiB.
const FULL_SIZE_BYTES: u64 = (16 << 30) / 10;

#[wasm_bindgen_test]
#[ignore = "full size: minutes"]
async fn parity_with_monai_on_webgpu_at_full_size() {
    let opened = open_gpu().await.unwrap();
    let speed = measure_speed(&opened.device).await.unwrap().per_second() / 1e9;
    console_log!("on {}, {speed:.1} GFLOP/s", opened.words);
    let flex = Device::flex();
    check(&FULL_SIZE, &opened.device, GPU_TOLERANCE, Some(&flex)).await;
    let memory = memory(&opened.device).unwrap();
    console_log!("{memory:?}");
    assert!(memory.bytes_reserved <= FULL_SIZE_BYTES);
}

#[wasm_bindgen_test]
#[ignore = "full size: minutes"]
async fn parity_with_monai_on_the_cpu_in_wasm_at_full_size() {
    check(&FULL_SIZE, &Device::flex(), CPU_TOLERANCE, None).await;
}
