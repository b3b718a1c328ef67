//! Files given by the input, under all sorts of names.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, Result, ensure};
use glioscope_tests::{
    Page, Settings, State, World, browser::with_browser, case, raw_nifti, segmentation,
};
use serde_json::json;

use crate::answer::{self, CPU_LIMIT};

const LOADING: Duration = Duration::from_secs(60);

/// The file that stands for a sequence; empty while none does.
pub(crate) async fn assigned(page: &Page<'_>, sequence: &str) -> Result<String> {
    let script = "const s = document.querySelector(`[data-testid=assign-${arguments[0]}]`);
        return s.value === '' ? '' : s.selectedOptions[0].textContent.trim()";
    page.script_with(script, vec![json!(sequence)]).await
}

/// Chooses the option whose words hold `file`, as a person does.
async fn assign(page: &Page<'_>, sequence: &str, file: &str) -> Result<()> {
    let select = page.hook(&format!("assign-{sequence}")).await?;
    let options = select.find_all(thirtyfour::By::Tag("option")).await?;
    for option in options {
        if option.text().await?.contains(file) {
            return option.click().await.context("choosing");
        }
    }
    anyhow::bail!("assign-{sequence} does not offer {file}")
}

pub(crate) async fn loaded(page: &Page<'_>, count: usize) -> Result<()> {
    let script = format!(
        "const s = document.querySelector('[data-testid=assign-t1]');
        return s && [...s.options].filter(o => o.value !== '').length === {count} ? true : null"
    );
    page.wait_for::<bool>(&format!("{count} scans"), &script, LOADING)
        .await?;
    page.wait(State::Loaded, LOADING).await?;
    Ok(())
}

/// The pictures tell them apart, which is said. Also that the choice is what is read: the answer is that of `mts` given
/// the same choice.
pub(crate) async fn names_that_say_nothing_are_told_apart_by_their_pictures(
    world: &World,
) -> Result<()> {
    let folder = world.fresh_folder("names")?;
    let names = ["b.nii.gz", "d.nii.gz", "a.nii.gz", "c.nii.gz"];
    let scans = case::sample(&world.programs)?.renamed(&folder, names)?;
    let server = world.serve()?;
    let url = format!("{}?device=cpu", server.url());
    let (exported, _) = with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        page.give(&scans.paths()).await?;
        page.wait_until_readable(LOADING).await?;
        let said = page
            .wait_until_said("how the pictures look", LOADING)
            .await?;
        println!("    {said}");
        for (sequence, name) in case::NAMES.iter().zip(names) {
            let found = assigned(&page, sequence).await?;
            ensure!(found.contains(name), "{sequence} is {found:?}, not {name}");
        }
        // A person may know better, and then again.
        assign(&page, "t1", names[3]).await?;
        assign(&page, "t1", names[1]).await?;
        page.read(CPU_LIMIT).await?;
        answer::sane(&page).await?;
        answer::exports(browser, &page).await
    })
    .await?;
    let mts = world.predicted_sample()?;
    let words = segmentation::ensure_same(&exported.segmentation, &mts.segmentation, 0.999)?;
    println!("    against mts on the CPU: {words}");
    Ok(())
}

pub(crate) async fn telling_names_are_guessed_and_can_be_swapped(world: &World) -> Result<()> {
    let folder = world.fresh_folder("names")?;
    // In one of the common ways of each, none the same as the sequence's own name here.
    let names = [
        "Pat_0_t2f.nii.gz",
        "Pat_0_t1n.nii.gz",
        "Pat_0_T1Gd.nii.gz",
        "Pat_0_t2w.nii.gz",
    ];
    let scans = case::sample(&world.programs)?.renamed(&folder, names)?;
    let server = world.serve()?;
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &server.url()).await?;
        page.give(&scans.paths()).await?;
        page.wait_until_readable(LOADING).await?;
        for (sequence, name) in case::NAMES.iter().zip(names) {
            let found = assigned(&page, sequence).await?;
            ensure!(found.contains(name), "{sequence} is {found:?}, not {name}");
        }
        // Correcting one mistake corrects both.
        assign(&page, "t1", names[3]).await?;
        let swapped = [assigned(&page, "t1").await?, assigned(&page, "t2").await?];
        ensure!(
            swapped[0].contains(names[3]) && swapped[1].contains(names[1]),
            "{swapped:?}"
        );
        ensure!(
            page.hook("read").await?.is_enabled().await?,
            "a swap left a gap"
        );
        Ok(())
    })
    .await?;
    Ok(())
}

pub(crate) async fn a_header_and_its_image_are_one_scan(world: &World) -> Result<()> {
    let folder = world.fresh_folder("pair")?;
    let scans = case::sample(&world.programs)?;
    let pair = case::as_pair(&scans.t2, &folder.join("case_t2"))?;
    let mut files: Vec<PathBuf> = vec![scans.flair, scans.t1, scans.t1ce.clone()];
    files.extend(pair);
    let server = world.serve()?;
    let url = format!("{}?device=cpu", server.url());
    let (exported, _) = with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        page.give(&files).await?;
        loaded(&page, 4).await?;
        let t2 = assigned(&page, "t2").await?;
        ensure!(
            t2.contains("case_t2.hdr") && t2.contains("case_t2.img"),
            "T2 is {t2:?}"
        );
        page.read(CPU_LIMIT).await?;
        answer::exports(browser, &page).await
    })
    .await?;
    // The very same voxels, so the very same labels.
    let mts = raw_nifti::read(&world.predicted_sample()?.segmentation)?;
    let written = raw_nifti::read(&exported.segmentation)?;
    segmentation::ensure_same_grid(&written, &mts)?;
    segmentation::ensure_same(
        &exported.segmentation,
        &world.predicted_sample()?.segmentation,
        0.999,
    )?;
    Ok(())
}
