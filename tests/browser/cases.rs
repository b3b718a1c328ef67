//! What makes a case: four scans of one patient, and nothing that is no scan.

use std::{path::PathBuf, time::Duration};

use anyhow::{Result, ensure};
use glioscope_tests::{
    Page, Settings, State, World, browser::with_browser, case, case::NAMES, case::Scans,
};

use crate::{
    Skipped,
    answer::CPU_LIMIT,
    files::{assigned, loaded},
};

const LOADING: Duration = Duration::from_secs(60);

/// The scans of another patient, in the same space.
pub(crate) fn another_patient(world: &World) -> Result<Scans> {
    let folder = world
        .programs
        .shared_data()
        .join("sample/TCGA-FG-6692/atlas-space");
    match Scans::in_folder(&folder, ["fla", "t1", "t1c", "t2"]) {
        Ok(scans) => Ok(scans),
        Err(_) => Err(Skipped("no scans of a second patient beside the clone".into()).into()),
    }
}

/// By its name, and by its voxels under the name of a sequence.
pub(crate) async fn a_segmentation_among_three_scans_is_not_made_the_fourth(
    world: &World,
) -> Result<()> {
    let folder = world.fresh_folder("mask")?;
    let scans = case::sample(&world.programs)?;
    let server = world.serve()?;
    for name in ["case_seg.nii.gz", "t2.nii.gz", "x.nii.gz"] {
        let mask = folder.join(name);
        case::labelled(&scans.flair, &mask)?;
        let files: Vec<PathBuf> = [&scans.flair, &scans.t1, &scans.t1ce, &mask]
            .map(Clone::clone)
            .into();
        with_browser(world, Settings::default(), async |browser| {
            let page = Page::open(browser, &server.url()).await?;
            page.give(&files).await?;
            loaded(&page, 4).await?;
            let words = page.wait_for_error(LOADING).await?;
            ensure!(
                words.contains("3 of 4 scans loaded: T2 is missing"),
                "{name}: {words}"
            );
            let t2 = assigned(&page, "t2").await?;
            ensure!(t2.is_empty(), "{name} was made the T2: {t2}");
            let unused = page.text("unused").await?;
            ensure!(
                unused.contains(name) && unused.contains("a mask or segmentation"),
                "{name}: {unused}"
            );
            ensure!(
                !page.hook("read").await?.is_enabled().await?,
                "{name}: Read is offered"
            );
            page.give(std::slice::from_ref(&scans.t2)).await?;
            page.wait_until_readable(LOADING).await
        })
        .await?;
        std::fs::remove_file(&mask)?;
    }
    Ok(())
}

/// Under a name that tells nothing: the picture does.
pub(crate) async fn another_patients_t2_does_not_complete_a_case(world: &World) -> Result<()> {
    let scans = case::sample(&world.programs)?;
    let other = another_patient(world)?;
    let server = world.serve()?;
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &server.url()).await?;
        page.give(&[scans.flair, scans.t1, scans.t1ce]).await?;
        loaded(&page, 3).await?;
        page.give(std::slice::from_ref(&other.t2)).await?;
        let words = "not taken as the T2 of the open case";
        let said = page.wait_until_said(words, LOADING).await?;
        println!("    {}", said.replace('\n', " "));
        ensure!(assigned(&page, "t2").await?.is_empty(), "it stands for T2");
        // The patient's own fits.
        page.give(std::slice::from_ref(&scans.t2)).await?;
        page.wait_until_readable(LOADING).await
    })
    .await?;
    Ok(())
}

pub(crate) async fn another_patients_name_begins_a_new_case(world: &World) -> Result<()> {
    let folder = world.fresh_folder("names")?;
    let scans = case::sample(&world.programs)?;
    let names = NAMES.map(|name| format!("BraTS_00003_{name}.nii.gz"));
    let ours = scans.renamed(&folder, names.each_ref().map(String::as_str))?;
    let other = folder.join("BraTS_00004_t2.nii.gz");
    std::fs::copy(&ours.t2, &other)?;
    let more = ["t1", "flair"].map(|name| folder.join(format!("BraTS_00004_{name}.nii.gz")));
    for (from, to) in [&ours.t1, &ours.flair].into_iter().zip(&more) {
        std::fs::copy(from, to)?;
    }
    let server = world.serve()?;
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &server.url()).await?;
        page.give(&[ours.flair.clone(), ours.t1.clone(), ours.t1ce.clone()])
            .await?;
        loaded(&page, 3).await?;
        page.give(&[other]).await?;
        let said = page
            .wait_until_said("A new case was started", LOADING)
            .await?;
        println!("    {}", said.replace('\n', " "));
        loaded(&page, 1).await?;
        // The same patient's scans join what is open.
        page.give(&more).await?;
        let said = page
            .wait_until_said("added to the open case", LOADING)
            .await?;
        ensure!(said.contains("These 2 scans"), "{said}");
        loaded(&page, 3).await
    })
    .await?;
    Ok(())
}

pub(crate) async fn what_comes_after_an_answer_joins_or_begins_as_said(
    world: &World,
) -> Result<()> {
    let scans = case::sample(&world.programs)?;
    let other = another_patient(world)?;
    let server = world.serve()?;
    let url = format!("{}?device=cpu", server.url());
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        page.give(&scans.paths()).await?;
        page.wait_until_readable(LOADING).await?;
        page.read(CPU_LIMIT).await?;

        // One scan: the case stays, and the scan waits beside it.
        page.give(std::slice::from_ref(&other.t2)).await?;
        page.wait_until_said("added to the open case", LOADING)
            .await?;
        loaded(&page, 5).await?;
        let t2 = assigned(&page, "t2").await?;
        let unused = page.text("unused").await?;
        ensure!(
            t2 == "t2.nii.gz" && unused.contains("Use as T2"),
            "T2 is {t2}; {unused}"
        );
        // It was another patient's after all.
        page.click("begin").await?;
        page.wait_until_said("A new case was started", LOADING)
            .await?;
        loaded(&page, 1).await?;
        ensure!(
            page.state().await? == Some(State::Loaded),
            "{:?}",
            page.state().await?
        );

        // Four upon the answer of another: nothing of that stays.
        page.give(&scans.paths()).await?;
        page.wait_until_readable(LOADING).await?;
        page.read(CPU_LIMIT).await?;
        page.give(&other.paths()).await?;
        let said = page
            .wait_until_said("A new case was started", LOADING)
            .await?;
        ensure!(said.contains("these 4 scans"), "{said}");
        page.wait_until_readable(LOADING).await?;
        loaded(&page, 4).await?;
        let flair = assigned(&page, "flair").await?;
        ensure!(flair == "fla.nii.gz", "FLAIR is {flair}");
        Ok(())
    })
    .await?;
    Ok(())
}
