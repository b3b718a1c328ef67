//! Raw scans as the scanner left them: the skull on, four grids, the head moved between series.

use std::time::Duration;

use anyhow::{Result, ensure};
use glioscope_tests::{Page, Settings, State, World, browser::with_browser};

use crate::{
    answer::{self, CPU_LIMIT},
    doubtful,
};

pub(crate) async fn raw_scans_are_prepared_and_each_step_is_said(world: &World) -> Result<()> {
    let server = world.serve()?;
    let url = format!("{}?device=cpu", server.url());
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        page.click("raw-sample").await?;
        page.wait_until_readable(CPU_LIMIT).await?;
        page.read(CPU_LIMIT).await?;
        let said = page.text("preparation").await?;
        println!("    {}", said.replace('\n', " "));
        for sequence in ["FLAIR", "T1", "T2"] {
            let moved = format!("{sequence} lay ");
            ensure!(said.contains(&moved), "{sequence} was not moved: {said}");
        }
        ensure!(said.contains("The skull was taken off"), "{said}");
        let answer = answer::sane(&page).await?;
        // Five programs agree on 30.2 mL of the same tumour, prepared by others.
        ensure!((15.0..60.0).contains(&answer.ml[0]), "{answer:?}");
        browser.picture("raw-prepared").await?;

        page.click("as-they-are").await?;
        page.wait(State::Reading, Duration::from_secs(5)).await?;
        page.wait(State::Done, CPU_LIMIT).await?;
        let words = doubtful::reasons(&page).await?;
        ensure!(words.to_lowercase().contains("skull"), "{words}");
        doubtful::no_head_answers(&page).await?;
        Ok(())
    })
    .await?;
    Ok(())
}
