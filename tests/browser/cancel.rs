//! Cancelling.

use std::time::Duration;

use anyhow::{Result, ensure};
use glioscope_tests::{Page, Settings, State, World, browser::with_browser};
use web_time::Instant;

use crate::answer::{self, CPU_LIMIT};

pub(crate) async fn stops_at_once_and_reads_again(world: &World) -> Result<()> {
    let server = world.serve()?;
    let url = format!("{}?device=cpu", server.url());
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        page.load_sample().await?;
        page.click("read").await?;
        // In the midst of the network, where no thread looks up by itself.
        let segmenting = "return document.body.innerText.includes('Segmenting') ? true : null";
        page.wait_for::<bool>("the network's turn", segmenting, CPU_LIMIT)
            .await?;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let start = Instant::now();
        page.click("cancel").await?;
        page.wait(State::Loaded, Duration::from_secs(10)).await?;
        let took = start.elapsed();
        println!("    cancelled in {:.2} s", took.as_secs_f64());
        ensure!(took < Duration::from_secs(1), "cancelling took {took:?}");
        ensure!(page.error().await?.is_none(), "cancelling is no error");
        page.wait_until_readable(Duration::from_secs(5)).await?;
        page.read(CPU_LIMIT).await?;
        answer::sane(&page).await?;
        Ok(())
    })
    .await?;
    Ok(())
}
