//! Nothing is cut off and everything can be touched, on a desk and on a phone.

use anyhow::{Context, Result, ensure};
use glioscope_tests::{
    Page, Settings, World,
    browser::{Browser, with_browser},
};

use crate::answer::CPU_LIMIT;

const DESK: [u32; 2] = [1280, 800];
const PHONE: [u32; 2] = [390, 844];

/// Controls that a finger would miss, with their sizes: what is drawn smaller than 44 px either way.
/// A checkbox or the hidden file input is touched by its label.
const SMALL: &str = "const all = [...document.querySelectorAll('button, select, label.button, label:has(input)')];
    return all.filter(e => e.checkVisibility()).map(e => [e, e.getBoundingClientRect()])
        .filter(([, r]) => r.width < 43.5 || r.height < 43.5)
        .map(([e, r]) => `${e.innerText.trim() || e.id}: ${r.width.toFixed(0)} × ${r.height.toFixed(0)}`)";

/// Elements that reach beyond the right edge.
const WIDE: &str = "const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll('body *')]
        .filter(e => e.checkVisibility() && e.getBoundingClientRect().right > width + 0.5)
        .map(e => `${e.tagName}.${e.className} to ${e.getBoundingClientRect().right.toFixed(0)} of ${width}`)";

/// Checks one state at both sizes, and leaves a picture of each.
pub(crate) async fn fits(browser: &Browser, page: &Page<'_>, state: &str) -> Result<()> {
    for (name, size, phone) in [("desk", DESK, false), ("phone", PHONE, true)] {
        browser.resize(size, phone).await?;
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        browser.picture(&format!("{state}-{name}")).await?;
        let at = format!("{state}, {} × {}", size[0], size[1]);
        let width: u32 = page.script("return window.innerWidth").await?;
        ensure!(width == size[0], "{at}: the page is {width} wide");
        let scrolls: bool = page
            .script("const d = document.documentElement; return d.scrollWidth > d.clientWidth")
            .await?;
        let wide: Vec<String> = page.script(WIDE).await?;
        ensure!(!scrolls, "{at} scrolls sideways: {wide:?}");
        if phone {
            let small: Vec<String> = page.script(SMALL).await?;
            ensure!(small.is_empty(), "{at}: too small to touch: {small:?}");
        }
        let words = page.all_text().await?;
        ensure!(
            words.contains("Not a medical device"),
            "{at}: no disclaimer"
        );
    }
    browser.resize(DESK, false).await
}

pub(crate) async fn the_first_screen_fits_a_desk_and_a_phone(world: &World) -> Result<()> {
    let server = world.serve()?;
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &server.url()).await?;
        fits(browser, &page, "empty").await
    })
    .await?;
    Ok(())
}

pub(crate) async fn loaded_and_done_fit_a_desk_and_a_phone(world: &World) -> Result<()> {
    let server = world.serve()?;
    let url = format!("{}?device=cpu", server.url());
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        page.load_sample().await?;
        fits(browser, &page, "loaded").await?;
        page.click("read").await?;
        page.wait(glioscope_tests::State::Reading, CPU_LIMIT)
            .await?;
        fits(browser, &page, "reading").await?;
        page.wait(glioscope_tests::State::Done, CPU_LIMIT)
            .await
            .context("reading")?;
        fits(browser, &page, "done").await
    })
    .await?;
    Ok(())
}
