//! The engine with threads: where the page is isolated, and nowhere else.

use std::time::Duration;

use anyhow::{Result, ensure};
use glioscope_tests::{
    Page, Settings, World,
    browser::{Browser, with_browser},
    mts::Predicted,
    segmentation,
};
use xtask::{files::replace_folder, server::Server};

use crate::{
    Skipped,
    answer::{self, CPU_LIMIT},
};

const ONE: &str = "CPU, one thread";

/// What the page says of a reading on all cores that it uses.
pub(crate) fn all_cores() -> Result<String> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    ensure!(
        cores > 1,
        Skipped("this machine has one core, so that no engine with threads is started".into())
    );
    Ok(format!("CPU, {} threads", cores.min(8)))
}

pub(crate) async fn an_isolated_page_answers_as_one_thread_does(world: &World) -> Result<()> {
    let on_all = all_cores()?;
    let server = world.serve()?;
    let many = read_sample(world, &server, &on_all).await?;
    ensure!(fetched(&server, "engine_threads_bg.wasm"), "another engine");
    let server = world.serve_without_isolation(&world.programs.page)?;
    let one = read_sample(world, &server, ONE).await?;
    ensure!(
        !fetched(&server, "engine_threads"),
        "an engine was fetched that this page cannot have"
    );
    let words = segmentation::ensure_same(&many.segmentation, &one.segmentation, 0.999)?;
    println!("    {on_all} against one thread: {words}");
    Ok(())
}

pub(crate) async fn what_does_not_start_is_replaced_unseen(world: &World) -> Result<()> {
    all_cores()?;
    let folder = world.fresh_folder("without-threads")?;
    replace_folder(&world.programs.page, &folder)?;
    std::fs::remove_file(folder.join("engine_threads_bg.wasm"))?;
    let server = world.serve_at(&folder, "/")?;
    read_sample(world, &server, ONE).await?;
    ensure!(
        fetched(&server, "engine_threads_bg.wasm"),
        "nobody tried to start it"
    );
    Ok(())
}

pub(crate) async fn cancelling_ends_every_worker(world: &World) -> Result<()> {
    let all: usize = all_cores()?
        .chars()
        .filter(char::is_ascii_digit)
        .collect::<String>()
        .parse()?;
    let server = world.serve()?;
    let url = format!("{}?device=cpu", server.url());
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        let count = "window.workers = { started: 0, ended: 0 };
            const { terminate } = Worker.prototype;
            Worker.prototype.terminate = function () { workers.ended += 1; return terminate.call(this); };
            window.Worker = class extends Worker {
                constructor(...given) { super(...given); workers.started += 1; }
            };
            return null";
        page.script::<()>(count).await?;
        page.load_sample().await?;
        page.click("read").await?;
        let segmenting = "return document.body.innerText.includes('Segmenting') ? true : null";
        page.wait_for::<bool>("the network's turn", segmenting, CPU_LIMIT)
            .await?;
        let workers = || page.script::<[usize; 2]>("return [workers.started, workers.ended]");
        ensure!(workers().await? == [all, 0], "{:?}", workers().await?);
        page.click("cancel").await?;
        ensure!(workers().await?[1] == all, "{:?}", workers().await?);
        // The next engine starts, and reads with all of its own.
        page.wait_until_readable(Duration::from_secs(5)).await?;
        page.read(CPU_LIMIT).await?;
        ensure!(workers().await? == [2 * all, all], "{:?}", workers().await?);
        Ok(())
    })
    .await?;
    Ok(())
}

/// Reads the sample on the CPU, which must say `device`, without a word of anything that went wrong.
async fn read_sample(world: &World, server: &Server, device: &str) -> Result<Predicted> {
    let url = format!("{}?device=cpu", server.url());
    let read = async |browser: &Browser| {
        let page = Page::open(browser, &url).await?;
        page.load_sample().await?;
        ensure!(page.error().await?.is_none(), "{:?}", page.error().await?);
        let seconds = page.read(CPU_LIMIT).await?.as_secs_f64();
        let told = page.text("device").await?;
        println!("    {seconds:.1} s from Read to the answer. {told}");
        ensure!(told.contains(device), "not {device}: {told}");
        answer::sane(&page).await?;
        answer::exports(browser, &page).await
    };
    Ok(with_browser(world, Settings::default(), read).await?.0)
}

fn fetched(server: &Server, name: &str) -> bool {
    server.served().iter().any(|one| one.url.contains(name))
}
