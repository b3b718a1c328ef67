//! The sample from the first screen to the exported files, on both devices.

use anyhow::{Result, ensure};
use glioscope_tests::{
    Page, Settings, State, World, browser::with_browser, case, raw_nifti, segmentation,
};

use crate::answer::{self, CPU_LIMIT, GPU_LIMIT};

pub(crate) async fn on_the_cpu_it_answers_as_mts_does(world: &World) -> Result<()> {
    reads(world, "cpu", CPU_LIMIT).await
}

pub(crate) async fn on_webgpu_it_answers_as_mts_does(world: &World) -> Result<()> {
    reads(world, "gpu", GPU_LIMIT).await
}

async fn reads(world: &World, device: &str, limit: std::time::Duration) -> Result<()> {
    let server = world.serve()?;
    let url = format!("{}?device={device}", server.url());
    let (found, _) = with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        page.load_sample().await?;
        ensure!(
            page.all_text().await?.contains("CC BY 3.0"),
            "the sample's source is not named"
        );
        page.click("read").await?;
        page.wait(State::Reading, std::time::Duration::from_secs(5))
            .await?;
        for hook in ["progress", "cancel", "device"] {
            ensure!(page.shows(hook).await?, "no {hook} while reading");
        }
        let seconds = page.wait(State::Done, limit).await?.as_secs_f64();
        let told = page.text("device").await?;
        println!("    {seconds:.1} s from Read to the answer. {told}");
        let kind = page.attribute("device", "data-device").await?;
        ensure!(kind == device, "it ran on {kind}: {told}");
        let answer = answer::sane(&page).await?;
        let exported = answer::exports(browser, &page).await?;
        answer::ensure_honest(&page, &exported.report).await?;
        Ok((answer, exported))
    })
    .await?;
    let (answer, exported) = found;

    answer.ensure_like(&exported.report, 1e-6)?;
    let report = exported.report.to_string();
    ensure!(
        report.contains("Not a medical device"),
        "the report lacks the disclaimer"
    );
    ensure!(
        !report.contains(".nii"),
        "the report names a file: {report}"
    );

    let written = raw_nifti::read(&exported.segmentation)?;
    let t1ce = raw_nifti::read(&case::sample(&world.programs)?.t1ce)?;
    segmentation::ensure_same_grid(&written, &t1ce)?;
    ensure!(
        written.datatype == 2 && written.sform_code > 0,
        "not uint8 with an sform"
    );
    ensure!(
        written.image.iter().all(|label| *label <= 3),
        "labels above 3"
    );
    ensure!(
        written.says("Not a medical device"),
        "the segmentation lacks the disclaimer"
    );

    let mts = world.predicted_sample()?;
    let words = segmentation::ensure_same(&exported.segmentation, &mts.segmentation, 0.999)?;
    println!("    against mts on the CPU: {words}");
    answer.ensure_like(&mts.report, 1e-3)
}
