//! How long a forward takes in a real browser on the CPU path: printed, not judged.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "a benchmark")]

use burn::tensor::Device;
use mts_unet::golden;
use mts_unet::network::MtsUnetConfig;
use mts_unet::network::config::SwinUnetrConfig;
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};
use web_time::Instant;

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// The backbone at feature size 12, 64³: the size that ONNX Runtime Web was timed at.
#[wasm_bindgen_test]
async fn forward_of_feature_size_12_at_64() {
    let device = Device::flex();
    let network = golden::network(&MtsUnetConfig::new(SwinUnetrConfig::new(12)), &device).unwrap();
    let mut seconds = Vec::new();
    for _ in 0..5 {
        let input = golden::input(4, [64; 3], &device);
        let start = Instant::now();
        let logits = network
            .segment(input)
            .unwrap()
            .into_data_async()
            .await
            .unwrap();
        seconds.push(start.elapsed().as_secs_f64());
        assert_eq!(logits.num_elements(), 4 * 64 * 64 * 64);
    }
    seconds.sort_by(f64::total_cmp);
    console_log!("bench forward_fs12_64_wasm_cpu {:.3}", seconds[2]);
}
