//! Faults injected by `?fault=`: a wrong GPU, a lost one, a dead worker, a dead thread, no memory left.

use std::time::Duration;

use anyhow::{Result, ensure};
use glioscope_tests::{Page, Settings, State, World, browser::with_browser};

use crate::{
    answer::{self, CPU_LIMIT, GPU_LIMIT},
    files::assigned,
    threads,
};

/// Waits for the failure that the fault must bring, and returns its words.
async fn wait_for_failure(page: &Page<'_>, limit: Duration) -> Result<String> {
    let failed = "const s = document.body.dataset.state;
        return s === 'failed' || s === 'done' ? s : null";
    let state: String = page.wait_for("the injected failure", failed, limit).await?;
    ensure!(
        state == "failed",
        "the fault was not noticed: the state is {state}"
    );
    page.wait_for_error(Duration::from_secs(5)).await
}

/// The scans are still there under their names.
async fn nothing_is_lost(page: &Page<'_>) -> Result<()> {
    for sequence in ["flair", "t1", "t1ce", "t2"] {
        let file = assigned(page, sequence).await?;
        ensure!(
            file == format!("{sequence}.nii.gz"),
            "{sequence} is {file:?} after the failure"
        );
    }
    Ok(())
}

/// Reads the sample until the failure is said, and looks that nothing is lost; the words.
async fn read_until_it_fails(page: &Page<'_>, limit: Duration) -> Result<String> {
    page.load_sample().await?;
    page.click("read").await?;
    let words = wait_for_failure(page, limit).await?;
    println!("    {}", words.replace('\n', " "));
    nothing_is_lost(page).await?;
    Ok(words)
}

pub(crate) async fn a_dead_worker_loses_nothing(world: &World) -> Result<()> {
    is_survived(world, "worker").await
}

pub(crate) async fn a_dead_thread_loses_nothing(world: &World) -> Result<()> {
    threads::all_cores()?;
    is_survived(world, "thread").await
}

/// Something of an engine on the CPU dies; the next one has no threads.
async fn is_survived(world: &World, fault: &str) -> Result<()> {
    let server = world.serve()?;
    let url = format!("{}?device=cpu&fault={fault}", server.url());
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        read_until_it_fails(&page, CPU_LIMIT).await?;
        page.click("again").await?;
        page.wait(State::Done, CPU_LIMIT).await?;
        let told = page.text("device").await?;
        ensure!(told.contains("one thread"), "{told}");
        answer::sane(&page).await?;
        Ok(())
    })
    .await?;
    Ok(())
}

pub(crate) async fn no_memory_left_is_said_and_loses_nothing(world: &World) -> Result<()> {
    let server = world.serve()?;
    let url = format!("{}?device=cpu&fault=memory", server.url());
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        let words = read_until_it_fails(&page, CPU_LIMIT).await?;
        ensure!(words.contains("ran out of memory"), "{words}");
        // The same would need the same memory.
        ensure!(!page.shows("again").await?, "the same is offered again");
        Ok(())
    })
    .await?;
    Ok(())
}

pub(crate) async fn a_lost_device_loses_nothing(world: &World) -> Result<()> {
    let server = world.serve()?;
    let url = format!("{}?device=gpu&fault=device-lost", server.url());
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        read_until_it_fails(&page, GPU_LIMIT).await?;
        page.click("use-cpu").await?;
        page.wait(State::Done, CPU_LIMIT).await?;
        ensure!(
            page.attribute("device", "data-device").await? == "cpu",
            "not on the CPU"
        );
        answer::sane(&page).await?;
        Ok(())
    })
    .await?;
    Ok(())
}

pub(crate) async fn a_gpu_that_computes_wrongly_is_refused(world: &World) -> Result<()> {
    let server = world.serve()?;
    // Chosen by hand: left to itself the engine passes software over without testing it.
    let url = format!("{}?device=gpu&fault=self-test", server.url());
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        page.load_sample().await?;
        page.read(GPU_LIMIT).await?;
        let told = page.text("device").await?;
        println!("    {told}");
        ensure!(
            page.attribute("device", "data-device").await? == "cpu",
            "a wrong GPU was used: {told}"
        );
        ensure!(told.contains("self-test"), "it does not say why: {told}");
        answer::sane(&page).await?;
        Ok(())
    })
    .await?;
    Ok(())
}
