//! The first screen and the engine: time until it can be used, bytes over the wire.

use anyhow::{Result, ensure};
use glioscope_tests::{Page, Settings, World, browser::with_browser, median};
use serde_json::json;
use xtask::server::Served;

use crate::figures::Figures;

/// Notes when the sample's button appears, in ms after the navigation began.
const WATCH: &str = "new MutationObserver((_, watch) => {
    if (!document.querySelector('[data-testid=sample]')) return;
    window.interactiveAt = performance.now();
    watch.disconnect();
}).observe(document, { childList: true, subtree: true });";

/// Three cold starts, each in a browser of its own.
pub(crate) async fn measure(world: &World, figures: &mut Figures) -> Result<()> {
    let mut seconds = Vec::new();
    let mut bytes = None;
    for _ in 0..3 {
        let server = world.serve()?;
        let (ms, _) = with_browser(world, Settings::default(), async |browser| {
            let script = json!({ "source": WATCH });
            browser
                .devtools("Page.addScriptToEvaluateOnNewDocument", script)
                .await?;
            let page = Page::open(browser, &server.url()).await?;
            let noted = "return window.interactiveAt ?? null";
            let limit = std::time::Duration::from_secs(5);
            let ms: f64 = page.wait_for("the note", noted, limit).await?;
            let first = server.served();
            page.load_sample().await?;
            bytes = Some((first, server.served()));
            Ok(ms)
        })
        .await?;
        seconds.push(ms / 1000.0);
    }
    figures.add(
        "first screen interactive, from localhost",
        median(seconds),
        "s",
        Some(1.0),
    );
    if let Some((first, all)) = bytes {
        packed(&all)?;
        figures.add(
            "first screen transferred (brotli)",
            kilobytes(&first, |_| true),
            "KB",
            Some(300.0),
        );
        let engine = kilobytes(&all, |url| url.contains("engine"));
        figures.add("engine transferred (brotli)", engine, "KB", Some(4000.0));
    }
    Ok(())
}

/// The figures are of packed files: a folder without them would be measured as if it were slow.
fn packed(served: &[Served]) -> Result<()> {
    let plain: Vec<&Served> = served
        .iter()
        .filter(|one| one.url.ends_with(".wasm") && one.encoding != "br")
        .collect();
    ensure!(
        plain.is_empty(),
        "not packed, measure what `cargo xtask dist` writes: {plain:?}"
    );
    Ok(())
}

fn kilobytes(served: &[Served], of: impl Fn(&str) -> bool) -> f64 {
    let bytes: u64 = served
        .iter()
        .filter(|one| of(&one.url))
        .map(|one| one.body_bytes)
        .sum();
    bytes as f64 / 1e3
}
