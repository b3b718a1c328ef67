//! A browser without a GPU.

use anyhow::{Result, ensure};
use glioscope_tests::{Gpu, Page, Settings, World, browser::with_browser};
use serde_json::json;

use crate::{
    answer::{self, CPU_LIMIT},
    threads,
};

pub(crate) async fn without_an_adapter_the_cpu_reads_and_the_page_says_why(
    world: &World,
) -> Result<()> {
    let server = world.serve()?;
    let settings = Settings {
        gpu: Gpu::None,
        ..Settings::default()
    };
    with_browser(world, settings, async |browser| {
        // Nothing in the address: the engine has to find out by itself.
        let page = Page::open(browser, &server.url()).await?;
        // The test's own ground: this browser has no adapter to offer.
        let adapter: Option<bool> = page
            .script("return navigator.gpu ? navigator.gpu.requestAdapter().then(a => a ? true : null) : null")
            .await?;
        ensure!(adapter.is_none(), "this browser has an adapter, so nothing is tested");
        page.load_sample().await?;
        page.read(CPU_LIMIT).await?;
        let told = page.text("device").await?;
        println!("    {told}");
        ensure!(page.attribute("device", "data-device").await? == "cpu", "{told}");
        ensure!(told.contains("threads") || threads::all_cores().is_err(), "{told}");
        let said = told.to_lowercase();
        ensure!(said.contains("adapter") || said.contains("webgpu"), "it does not say why: {told}");
        answer::sane(&page).await?;
        Ok(())
    })
    .await?;
    Ok(())
}

/// An adapter that cannot be used at all: the page starts the engine with threads, not the ordinary one on one thread.
pub(crate) async fn an_adapter_without_timestamps_is_known_before_the_engine_starts(
    world: &World,
) -> Result<()> {
    threads::all_cores()?;
    let server = world.serve()?;
    with_browser(world, Settings::default(), async |browser| {
        let poor = "const adapter = {
                features: new Set(['shader-f16']), limits: {}, info: { vendor: 'poor', architecture: 'old' },
            };
            Object.defineProperty(navigator, 'gpu', { value: { requestAdapter: async () => adapter } });";
        browser
            .devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": poor }))
            .await?;
        let page = Page::open(browser, &server.url()).await?;
        page.load_sample().await?;
        page.read(CPU_LIMIT).await?;
        let told = page.text("device").await?;
        println!("    {told}");
        ensure!(told.contains("threads"), "{told}");
        ensure!(told.contains("timestamp-query") && told.contains("poor"), "it does not say why: {told}");
        let ordinary = server.served().iter().any(|one| one.url.contains("engine_bg.wasm"));
        ensure!(!ordinary, "the ordinary engine was fetched too");
        answer::sane(&page).await?;
        Ok(())
    })
    .await?;
    Ok(())
}
