//! The sample in the tab: time, main thread, memory of the engine.

use std::time::Duration;

use anyhow::Result;
use glioscope_tests::{Page, Settings, World, browser::with_browser, longtask, probed};

use crate::figures::Figures;

/// On one thread, then on all cores.
pub(crate) async fn on_the_cpu(world: &World, figures: &mut Figures) -> Result<()> {
    for isolation in [Isolation::None, Isolation::Full] {
        on_the_cpu_with(world, figures, isolation).await?;
    }
    Ok(())
}

async fn on_the_cpu_with(world: &World, figures: &mut Figures, isolation: Isolation) -> Result<()> {
    let seen = read(world, "cpu", isolation, Duration::from_secs(600)).await?;
    let threads = match isolation {
        Isolation::None => "one thread",
        Isolation::Full => "all cores",
    };
    figures.add(
        format!("whole sample case, CPU path, {threads}, in the tab"),
        seen.seconds,
        "s",
        Some(20.0),
    );
    let longest = seen.tasks.iter().copied().fold(0.0, f64::max);
    figures.add(
        "main-thread tasks above 50 ms meanwhile",
        seen.tasks.len() as f64,
        "",
        Some(0.0),
    );
    if longest > 0.0 {
        figures.add(
            "longest main-thread task meanwhile",
            longest,
            "ms",
            Some(50.0),
        );
    }
    let mib = seen.heard.wasm as f64 / f64::from(1 << 20);
    figures.add(
        format!("engine's memory.buffer, CPU path, {threads}"),
        mib,
        "MiB",
        Some(1536.0),
    );
    if let Some(seconds) = seen.heard.check_s {
        let name = format!("checks of the sample case, CPU path, {threads}");
        figures.add(name, seconds, "s", Some(0.3));
    }
    prediction(&seen.heard, &format!("CPU path, {threads}"), figures);
    Ok(())
}

/// How far what was told as the segmentation began is from what it took from there.
fn prediction(heard: &probed::Heard, device: &str, figures: &mut Figures) {
    if let (Some(predicted_s), Some(took_s)) = (heard.predicted_s, heard.took_s) {
        let off = 100.0 * (predicted_s / took_s - 1.0).abs();
        let words =
            format!("{device}: {predicted_s:.1} s told to be left, {took_s:.1} s were: off by");
        figures.add(words, off, "%", Some(30.0));
    }
}

/// WebGPU, which on a machine without a GPU is SwiftShader.
pub(crate) async fn on_webgpu(world: &World, figures: &mut Figures) -> Result<()> {
    let seen = read(world, "gpu", Isolation::Full, Duration::from_secs(1500)).await?;
    figures.adapter(seen.device.clone());
    figures.add(
        "whole sample case, WebGPU, in the tab",
        seen.seconds,
        "s",
        None,
    );
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    figures.add(
        "engine's memory.buffer, WebGPU",
        mib(seen.heard.wasm),
        "MiB",
        Some(1536.0),
    );
    figures.add(
        "GPU buffers reserved at most",
        mib(seen.heard.gpu_most),
        "MiB",
        None,
    );
    figures.add(
        "GPU buffers reserved at the end",
        mib(seen.heard.gpu_now),
        "MiB",
        None,
    );
    prediction(&seen.heard, "WebGPU", figures);
    Ok(())
}

struct Seen {
    seconds: f64,
    tasks: Vec<f64>,
    heard: probed::Heard,
    device: String,
}

/// Whether the page may have an engine with threads.
#[derive(Clone, Copy)]
enum Isolation {
    None,
    Full,
}

async fn read(world: &World, device: &str, isolation: Isolation, limit: Duration) -> Result<Seen> {
    let folder = probed::copy(world)?;
    let server = match isolation {
        Isolation::None => world.serve_without_isolation(&folder),
        Isolation::Full => world.serve_at(&folder, "/"),
    }?;
    let url = format!("{}?device={device}", server.url());
    let (seen, _) = with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        probed::listen(&page).await?;
        page.load_sample().await?;
        longtask::watch(&page).await?;
        let seconds = page.read(limit).await?.as_secs_f64();
        Ok(Seen {
            seconds,
            tasks: longtask::seen(&page).await?,
            heard: probed::heard(&page).await?,
            device: page.text("device").await?,
        })
    })
    .await?;
    Ok(seen)
}
