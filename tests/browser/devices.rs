//! A browser without a GPU.

use anyhow::{Result, ensure};
use glioscope_tests::{Gpu, Page, Settings, World, browser::with_browser};

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
