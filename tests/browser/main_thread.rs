//! The page stays usable while the engine works.

use anyhow::{Result, ensure};
use glioscope_tests::{Page, Settings, World, browser::with_browser, longtask};

use crate::answer::CPU_LIMIT;

pub(crate) async fn stays_free_while_the_engine_reads(world: &World) -> Result<()> {
    let server = world.serve()?;
    let url = format!("{}?device=cpu", server.url());
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        page.load_sample().await?;
        longtask::watch(&page).await?;
        page.read(CPU_LIMIT).await?;
        let tasks = longtask::seen(&page).await?;
        println!("    {}", longtask::words(&tasks));
        ensure!(tasks.is_empty(), "{}", longtask::words(&tasks));
        // The watch itself can fail: it must see a task that is made long on purpose.
        longtask::watch(&page).await?;
        longtask::make_one(&page, 80.0).await?;
        let seen = longtask::seen(&page).await?;
        ensure!(
            seen.iter().any(|ms| *ms >= 75.0),
            "the watch missed a task of 80 ms: {seen:?}"
        );
        Ok(())
    })
    .await?;
    Ok(())
}
