//! Whole networks, from the small bundle's size to the paper's and over windows of three sizes: seconds, arithmetic a
//! second, the GPU's memory, and how far the plan's prediction was off.

use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use mts_unet::{
    device::{self, memory, open_gpu},
    golden,
    network::{Activations, Finest, MtsUnetConfig, config::SwinUnetrConfig},
    plan::{Part, Plan},
};
use web_time::Instant;

use crate::figures::Figures;

const FEATURE_SIZES: [usize; 3] = [12, 24, 48];
const EDGES: [usize; 3] = [64, 96, 128];

/// What is predicted to take longer is left out.
const PATIENCE_S: f64 = 60.0;

/// burn-flex natively, all cores.
pub(crate) async fn on_the_cpu(figures: &mut Figures) -> Result<()> {
    all(&Device::flex(), "native flex", None, figures).await
}

/// The GPU that the driver names.
pub(crate) async fn on_the_gpu(figures: &mut Figures) -> Result<()> {
    let gpu = open_gpu().await.context("no GPU natively")?;
    let most = gpu.limits.map(device::Limits::largest_tensor_bytes);
    all(&gpu.device, &gpu.words, most, figures).await
}

/// `most`: the bytes of the largest buffer that the device binds.
async fn all(device: &Device, name: &str, most: Option<u64>, figures: &mut Figures) -> Result<()> {
    let half = device::half_test(device, |_| ()).await?;
    let half = half.map(|_| (Activations::Half, ", f16"));
    let stored: Vec<_> = [(Activations::Full, "")].into_iter().chain(half).collect();
    for feature_size in FEATURE_SIZES {
        let config = MtsUnetConfig::new(SwinUnetrConfig::new(feature_size));
        for (edge, (activations, storage)) in EDGES
            .into_iter()
            .flat_map(|edge| stored.iter().map(move |&way| (edge, way)))
        {
            let (whole, part) = (Finest::Whole, Part::Segmentation);
            let plan = Plan::new(&config, [edge; 3], 1, whole, activations, part)?;
            let [predicted_s] = device::predicted_seconds(device, [&plan]).await?;
            let words = format!("network fs{feature_size} {edge}³, {name}{storage}");
            if predicted_s > PATIENCE_S || most.is_some_and(|most| plan.largest_bytes > most) {
                println!("  {words}: left out, predicted {predicted_s:.0} s");
                continue;
            }
            let seconds = forward(&config, edge, activations, device).await?;
            let speed = plan.operations() as f64 / seconds / 1e9;
            let reserved = memory(device).map_or_else(String::new, |memory| {
                format!(", {} MiB reserved", memory.bytes_reserved >> 20)
            });
            figures.add(
                format!("{words}: {speed:.1} GFLOP/s{reserved}"),
                seconds,
                "s",
                None,
            );
            let off = 100.0 * (predicted_s / seconds - 1.0).abs();
            figures.add(
                format!("{words}: predicted {predicted_s:.2} s, off by"),
                off,
                "%",
                Some(30.0),
            );
        }
    }
    Ok(())
}

/// The second run: the first compiles, and warms up.
async fn forward(
    config: &MtsUnetConfig,
    edge: usize,
    activations: Activations,
    device: &Device,
) -> Result<f64> {
    let network = golden::network(config, device)?.with_activations(activations);
    let mut seconds = 0.0;
    for _ in 0..2 {
        let input = golden::input(4, [edge; 3], device);
        let start = Instant::now();
        let logits = network.segment(input)?.into_data_async().await?;
        let values = logits.try_to_vec::<f32>().context("f32")?;
        seconds = start.elapsed().as_secs_f64();
        ensure!(values.iter().all(|value| value.is_finite()), "not finite");
    }
    Ok(seconds)
}
