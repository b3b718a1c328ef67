//! A case that lacks a sequence, read all the same, and its mirror image too.

use std::time::Duration;

use anyhow::{Result, ensure};
use glioscope_tests::{
    Page, Settings, State, World, browser::with_browser, case, mts, segmentation,
};

use crate::answer::{self, CPU_LIMIT};

const LOADING: Duration = Duration::from_secs(60);

pub(crate) async fn three_scans_and_their_mirror_image_are_read_as_by_mts(
    world: &World,
) -> Result<()> {
    let scans = case::sample(&world.programs)?;
    let files = [&scans.flair, &scans.t1, &scans.t1ce].map(Clone::clone);
    let server = world.serve()?;
    let url = format!("{}?device=cpu", server.url());
    let (answer, exported) = with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        page.give(&files).await?;
        page.wait_for::<bool>(
            "the offer to read without",
            "return document.querySelector('[data-testid=read-without]') ? true : null",
            LOADING,
        )
        .await?;
        let offer = page.text("read-without").await?;
        ensure!(offer == "Read without T2", "{offer}");
        page.click("mirror").await?;
        page.click("read-without").await?;
        page.wait(State::Done, CPU_LIMIT).await?;
        let answer = answer::sane(&page).await?;
        let exported = answer::exports(browser, &page).await?;
        let shown = page.all_text().await?;
        ensure!(
            shown.contains("T2 is absent: the network saw zeros in its place."),
            "the page hides that T2 was absent"
        );
        ensure!(
            shown.contains(" \u{b1} "),
            "no volume says how unsure it is"
        );
        // There is no T2 to look at, neither by its button nor by its key.
        let closed = "return [...document.querySelectorAll('.controls button')]
            .filter(b => b.textContent.startsWith('T2') && b.disabled).length";
        ensure!(page.script::<u32>(closed).await? == 1, "T2 is offered");
        page.script::<Option<bool>>(
            "window.dispatchEvent(new KeyboardEvent('keydown', {key: '4'})); return null",
        )
        .await?;
        let pressed = "return [...document.querySelectorAll('.controls [aria-pressed=true]')]
            .filter(b => b.textContent.startsWith('FLAIR')).length";
        ensure!(
            page.script::<u32>(pressed).await? == 1,
            "FLAIR is not shown"
        );
        Ok((answer, exported))
    })
    .await?
    .0;

    let mirrored = &exported.report["mirrored"]["idh"];
    ensure!(mirrored.is_number(), "the report says no spread");
    let out = world.fresh_folder("without")?;
    let mts = mts::predict_mirrored_without_t2(&world.programs, &scans, &out)?;
    segmentation::ensure_same(&exported.segmentation, &mts.segmentation, 0.999)?;
    answer.ensure_like(&mts.report, 1e-3)?;
    let [here, there] = [mirrored, &mts.report["mirrored"]["idh"]].map(serde_json::Value::as_f64);
    ensure!(
        here.zip(there).is_some_and(|(a, b)| (a - b).abs() < 1e-3),
        "spread {here:?} against {there:?}"
    );
    Ok(())
}
