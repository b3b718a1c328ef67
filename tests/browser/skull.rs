//! Raw scans, with the skull on.

use std::time::Duration;

use anyhow::{Result, ensure};
use glioscope_tests::{Page, Settings, State, World, browser::with_browser, case::Scans};

use crate::{Skipped, answer::CPU_LIMIT, doubtful};

pub(crate) async fn the_page_asks_and_reads_on_when_told_to(world: &World) -> Result<()> {
    let folder = world
        .programs
        .shared_data()
        .join("sample/TCGA-FG-6692/native");
    let Ok(scans) = Scans::in_folder(&folder, ["fla", "t1", "t1c", "t2"]) else {
        return Err(Skipped("no raw scans beside the clone".into()).into());
    };
    let server = world.serve()?;
    let url = format!("{}?device=cpu", server.url());
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        page.give(&scans.paths()).await?;
        page.wait_until_readable(CPU_LIMIT).await?;
        page.click("read").await?;
        let words = page.wait_for_error(CPU_LIMIT).await?;
        println!("    {}", words.replace('\n', " "));
        ensure!(
            words.to_lowercase().contains("skull"),
            "it does not ask about the skull: {words}"
        );
        ensure!(
            page.state().await? != Some(State::Done),
            "it read on without asking"
        );
        page.click("insist").await?;
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
