//! Raw scans as the scanner left them: the skull on, four grids, the head moved between series.

use std::{fs, time::Duration};

use anyhow::{Result, ensure};
use glioscope_tests::{
    Page, Settings, State, World,
    browser::{Browser, with_browser},
};
use imaging::{Series, nifti};

use crate::{
    answer::{self, CPU_LIMIT},
    archive, doubtful,
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
        other_files_lie_where_their_scan_lies(browser, &page, world, answer.ml[0]).await?;

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

/// The answer in the T2's own voxels, and the four on one grid.
async fn other_files_lie_where_their_scan_lies(
    browser: &Browser,
    page: &Page<'_>,
    world: &World,
    whole_ml: f64,
) -> Result<()> {
    let choose = "document.querySelector('[data-testid=more-exports]').open = true;
        const space = document.querySelector('[data-testid=export-space]');
        space.value = 't2';
        space.dispatchEvent(new Event('change'));
        return true";
    page.script::<bool>(choose).await?;
    browser.picture("more-exports").await?;
    let saved = async |button: &str, name: &str| -> Result<Series> {
        let file = fs::read(answer::export(browser, page, button).await?)?;
        let file = match archive::is_zip(&file) {
            true => archive::stored(&file, name)?,
            false => file,
        };
        Ok(nifti::read(&file)?)
    };
    let raw = world.programs.page.join("samples/TCGA-FG-6692/t2.nii.gz");
    let t2 = nifti::read(&fs::read(raw)?)?;

    let labels = saved("export-segmentation", "").await?;
    ensure!(
        labels.volume.grid == t2.volume.grid,
        "{:?}",
        labels.volume.grid
    );
    let voxel_ml = t2.volume.grid.voxel_volume_ml();
    let ml = labels.volume.data.iter().filter(|v| **v > 0.0).count() as f64 * voxel_ml;
    ensure!(
        (ml / whole_ml - 1.0).abs() < 0.1,
        "{ml} mL in T2's voxels, {whole_ml} in T1ce's"
    );
    let whole = saved("export-probabilities", "probability-wt-t2.nii.gz").await?;
    ensure!(
        whole.volume.grid == t2.volume.grid,
        "{:?}",
        whole.volume.grid
    );
    let likely = whole.volume.data.iter().filter(|p| **p > 0.5).count() as f64 * voxel_ml;
    ensure!(
        (likely / ml - 1.0).abs() < 0.1,
        "{likely} mL by probability, {ml} by label"
    );

    let brain = saved("export-prepared", "brain.nii.gz").await?;
    let ml = brain.volume.data.iter().filter(|v| **v > 0.0).count() as f64
        * brain.volume.grid.voxel_volume_ml();
    ensure!((1300.0..1800.0).contains(&ml), "a brain of {ml} mL");
    Ok(())
}
