//! The benchmark: what a visitor's own device takes for the network and its kernels.

use std::time::Duration;

use anyhow::{Result, ensure};
use glioscope_tests::{Page, Settings, World, browser::with_browser};

use crate::answer::CPU_LIMIT;
use crate::layout::fits;
use crate::private::nothing_is_stored;
use crate::threads;

/// What was measured, a line each.
async fn rows(page: &Page<'_>) -> Result<Vec<String>> {
    let text = page.text("benchmark-text").await?;
    let lines = text.lines().filter(|line| line.contains("(first run "));
    Ok(lines.map(str::to_owned).collect())
}

async fn until_status(page: &Page<'_>, wanted: &str) -> Result<()> {
    let script = format!(
        "return document.querySelector('[data-testid=benchmark-status]')?.innerText.includes('{wanted}')
            ? true : null"
    );
    page.wait_for::<bool>(wanted, &script, CPU_LIMIT).await?;
    Ok(())
}

pub(crate) async fn the_device_is_measured_and_can_be_left_alone(world: &World) -> Result<()> {
    let server = world.serve()?;
    let url = format!("{}?device=cpu", server.url());
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        page.click("benchmark").await?;
        page.click("benchmark-start").await?;
        until_status(&page, "1 of 6").await?;
        page.click("benchmark-start").await?;
        until_status(&page, "Stopped").await?;
        let stopped = rows(&page).await?.len();
        ensure!((1..6).contains(&stopped), "{stopped} rows after cancelling");
        // Nothing goes on behind the page's back.
        tokio::time::sleep(Duration::from_secs(2)).await;
        ensure!(rows(&page).await?.len() == stopped, "it was not stopped");

        page.click("benchmark-start").await?;
        until_status(&page, "Done").await?;
        let rows = rows(&page).await?;
        println!("    {}", rows.join("\n    "));
        ensure!(rows.len() == 6, "{rows:?}");
        for (row, rate) in rows
            .iter()
            .zip(["GFLOP/s", "GFLOP/s", "GFLOP/s", "GB/s", "GFLOP/s"])
        {
            ensure!(row.contains(rate), "no {rate} in {row}");
        }
        let text = page.text("benchmark-text").await?;
        let device = threads::all_cores().unwrap_or_else(|_| "CPU, one thread".into());
        for wanted in [
            &*format!("Device: {device}"),
            "Browser: ",
            "Memory: engine ",
            " MiB",
        ] {
            ensure!(text.contains(wanted), "no {wanted} in {text}");
        }
        fits(browser, &page, "benchmark").await?;
        nothing_is_stored(&page).await?;

        // The way back, and a case can be read as ever.
        let back = thirtyfour::By::LinkText("Back");
        browser.driver.find(back).await?.click().await?;
        page.load_sample().await
    })
    .await?;
    Ok(())
}
