//! What people do wrong: each is said in plain words, and nothing that was loaded is lost.

use std::time::Duration;

use anyhow::{Result, ensure};
use glioscope_tests::{Page, Settings, State, World, browser::with_browser, case};

use crate::files::assigned;

const LOADING: Duration = Duration::from_secs(60);

async fn read_is_closed(page: &Page<'_>) -> Result<()> {
    ensure!(
        !page.hook("read").await?.is_enabled().await?,
        "Read is offered all the same"
    );
    ensure!(
        page.state().await? == Some(State::Loaded),
        "the state is {:?}",
        page.state().await?
    );
    Ok(())
}

pub(crate) async fn a_broken_file_is_refused_and_the_others_stay(world: &World) -> Result<()> {
    let folder = world.fresh_folder("broken")?;
    let scans = case::sample(&world.programs)?;
    let broken = folder.join("t1ce.nii.gz");
    case::cut_off(&scans.t1ce, &broken)?;
    let files = [scans.flair, scans.t1, broken, scans.t2];
    let server = world.serve()?;
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &server.url()).await?;
        page.give(&files).await?;
        let words = page.wait_for_error(LOADING).await?;
        ensure!(words.contains("t1ce.nii.gz"), "which file? {words}");
        page.wait_for::<bool>(
            "three scans",
            "const s = document.querySelector('[data-testid=assign-t1]');
            return s && [...s.options].filter(o => o.value !== '').length === 3 ? true : null",
            LOADING,
        )
        .await?;
        read_is_closed(&page).await?;
        for kept in ["flair", "t1", "t2"] {
            ensure!(
                assigned(&page, kept).await?.contains(kept),
                "{kept} was lost"
            );
        }
        ensure!(
            assigned(&page, "t1ce").await?.is_empty(),
            "the broken file stands for T1ce"
        );
        // The whole file mends it.
        page.give(&[scans.t1ce]).await?;
        page.wait_until_readable(LOADING).await?;
        ensure!(page.error().await?.is_none(), "the error outlives its mend");
        Ok(())
    })
    .await?;
    Ok(())
}

pub(crate) async fn three_scans_say_which_is_missing(world: &World) -> Result<()> {
    let scans = case::sample(&world.programs)?;
    let files = [scans.flair, scans.t1, scans.t1ce];
    let server = world.serve()?;
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &server.url()).await?;
        page.give(&files).await?;
        let words = page.wait_for_error(LOADING).await?;
        ensure!(words.contains("T2") && words.contains("missing"), "{words}");
        ensure!(!words.contains("T1ce"), "T1ce is there: {words}");
        read_is_closed(&page).await?;
        page.give(&[scans.t2]).await?;
        page.wait_until_readable(LOADING).await
    })
    .await?;
    Ok(())
}

pub(crate) async fn the_same_file_twice_is_refused(world: &World) -> Result<()> {
    let folder = world.fresh_folder("twice")?;
    let scans = case::sample(&world.programs)?;
    // The same voxels under the name of another sequence: only the content gives it away.
    let twin = folder.join("t2.nii.gz");
    std::fs::copy(&scans.flair, &twin)?;
    let files = [scans.flair, scans.t1, scans.t1ce, twin];
    let server = world.serve()?;
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &server.url()).await?;
        page.give(&files).await?;
        let words = page.wait_for_error(LOADING).await?;
        ensure!(
            words.contains("twice") && words.contains("t2.nii.gz"),
            "{words}"
        );
        read_is_closed(&page).await?;
        for kept in ["flair", "t1", "t1ce"] {
            ensure!(
                assigned(&page, kept).await?.contains(kept),
                "{kept} was lost"
            );
        }
        Ok(())
    })
    .await?;
    Ok(())
}

pub(crate) async fn forty_unusable_files_get_one_line(world: &World) -> Result<()> {
    let folder = world.fresh_folder("forty")?;
    let scans = case::sample(&world.programs)?;
    let mut files = vec![scans.flair];
    for number in 0..40 {
        let file = folder.join(format!("{number:02}.jpg"));
        std::fs::write(
            &file,
            format!("picture {number}, of which nobody can read a scan"),
        )?;
        files.push(file);
    }
    let server = world.serve()?;
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &server.url()).await?;
        page.give(&files).await?;
        let said = "const e = document.querySelector('[data-testid=error]');
            return e && e.innerText.includes('40 files cannot be used') ? e.innerText : null";
        let words: String = page.wait_for("one line for forty", said, LOADING).await?;
        println!("    {}", words.replace('\n', " "));
        ensure!(
            words.contains("00.jpg") && !words.contains("17.jpg"),
            "{words}"
        );
        let each = "document.querySelector('[data-testid=error] details').open = true;
            return document.querySelectorAll('[data-testid=error] li').length";
        ensure!(
            page.script::<u32>(each).await? == 40,
            "the details are not forty"
        );
        ensure!(
            assigned(&page, "flair").await?.contains("flair"),
            "the scan among them was lost"
        );
        Ok(())
    })
    .await?;
    Ok(())
}
