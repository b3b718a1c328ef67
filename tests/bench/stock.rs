//! The whole network on our kernels and out of Burn's own operations, on the same GPU, in the same run.

use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use mts_unet::{
    device::{measure_speed, open_gpu},
    golden,
    kernels::stock::use_stock,
    network::{MtsUnet, MtsUnetConfig, config::SwinUnetrConfig},
};
use web_time::Instant;

use crate::figures::Figures;

/// Of the runs of each, the first compiles; the fastest of the others counts.
const RUNS: usize = 2;

/// What is asked for: six times as fast.
const LIMIT: f64 = 1.0 / 6.0;

/// Feature size 12, 64³, the segmentation.
pub(crate) async fn measure(figures: &mut Figures) -> Result<()> {
    let gpu = open_gpu().await.context("no GPU natively")?;
    measure_speed(&gpu.device).await?;
    let config = MtsUnetConfig::new(SwinUnetrConfig::new(12));
    let network = golden::network(&config, &gpu.device)?;
    let (ours_s, ours) = forward(&network, &gpu.device).await?;
    use_stock(true);
    let stock = forward(&network, &gpu.device).await;
    use_stock(false);
    let (stock_s, stock) = stock?;
    let apart = ours.iter().zip(&stock).map(|(a, b)| (a - b).abs());
    let apart = apart.fold(0.0, f32::max);
    ensure!(
        ours.len() == stock.len() && apart < 1e-3,
        "the answers lie {apart} apart"
    );
    let words = format!(
        "forward fs12 64³, {}: {ours_s:.2} s, Burn's own {stock_s:.2} s, times Burn's own",
        gpu.words
    );
    figures.add(words, ours_s / stock_s, "×", Some(LIMIT));
    Ok(())
}

/// Seconds and logits.
async fn forward(network: &MtsUnet, device: &Device) -> Result<(f64, Vec<f32>)> {
    let mut fastest = f64::INFINITY;
    let mut logits = Vec::new();
    for run in 0..=RUNS {
        let input = golden::input(4, [64; 3], device);
        let start = Instant::now();
        let data = network.segment(input)?.into_data_async().await?;
        // Natively the bytes may still be on their way; looking at them waits.
        logits = data.try_to_vec().context("f32")?;
        if run > 0 {
            fastest = start.elapsed().as_secs_f64().min(fastest);
        }
    }
    Ok((fastest, logits))
}
