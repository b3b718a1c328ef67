//! The folder works wherever a static host puts it.

use anyhow::{Result, ensure};
use glioscope_tests::{Page, Settings, World, browser::with_browser};

use crate::answer::{self, CPU_LIMIT};

pub(crate) async fn the_page_reads_from_below_a_path(world: &World) -> Result<()> {
    let server = world.serve_at(&world.programs.page, "/some/where/")?;
    let url = format!("{}?device=cpu", server.url());
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        page.load_sample().await?;
        page.read(CPU_LIMIT).await?;
        answer::sane(&page).await?;
        Ok(())
    })
    .await?;
    for served in server.served() {
        // The browser asks for /favicon.ico by itself where a page names no icon; ours names one.
        ensure!(
            served.url.starts_with("/some/where/"),
            "asked outside its folder: {served:?}"
        );
        ensure!(served.status == 200, "{served:?}");
    }
    Ok(())
}
