//! Nothing leaves the tab, and nothing of a scan stays behind.

use anyhow::{Context, Result, ensure};
use glioscope_tests::{
    Page, Settings, State, World,
    browser::{Browser, with_browser},
    case, profile,
};
use serde_json::Value;

use crate::answer::{self, CPU_LIMIT, GPU_LIMIT};

/// Part of every file name given, and of nothing else.
const PATIENT: &str = "Zaphod-Beeblebrox-7731";

/// What any storage of the origin holds; every number must be 0.
const STORED: &str = "return (async () => {
    const names = async folder => { let n = 0; for await (const _ of folder.keys()) n += 1; return n; };
    return {
        localStorage: localStorage.length,
        sessionStorage: sessionStorage.length,
        cookies: document.cookie.length,
        indexedDB: (await indexedDB.databases()).length,
        caches: (await caches.keys()).length,
        files: await names(await navigator.storage.getDirectory()),
        used: (await navigator.storage.estimate()).usage,
        serviceWorkers: (await navigator.serviceWorker.getRegistrations()).length,
    };
})()";

pub(crate) async fn the_first_screen_fetches_no_engine(world: &World) -> Result<()> {
    let server = world.serve()?;
    let ((), remains) = with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &server.url()).await?;
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        let before: Vec<String> = server.served().into_iter().map(|s| s.url).collect();
        println!("    first screen: {}", before.join(" "));
        ensure!(
            before.iter().any(|url| url.contains("page")),
            "nothing was fetched: {before:?}"
        );
        let engines = |all: &[String]| {
            let heavy = |url: &&String| {
                ["engine", "models/", "samples/"]
                    .iter()
                    .any(|w| url.contains(w))
            };
            all.iter().filter(heavy).cloned().collect::<Vec<_>>()
        };
        ensure!(
            engines(&before).is_empty(),
            "fetched already: {:?}",
            engines(&before)
        );
        // The names looked for are the right ones: choosing a scan fetches the engine.
        page.load_sample().await?;
        let after: Vec<String> = server.served().into_iter().map(|s| s.url).collect();
        ensure!(
            engines(&after).iter().any(|url| url.contains("engine")),
            "no engine in {after:?}"
        );
        Ok(())
    })
    .await?;
    only_own(&server.url(), &remains.net_log)
}

/// Fails on any request that did not go to the page's own origin, whoever made it.
fn only_own(url: &str, log: &glioscope_tests::net_log::NetLog) -> Result<()> {
    let origin = origin_of(url)?;
    ensure!(!log.requests.is_empty(), "the log recorded nothing");
    let foreign = log.foreign(&origin);
    ensure!(
        foreign.is_empty(),
        "requests to elsewhere than {origin}: {foreign:?}"
    );
    Ok(())
}

fn origin_of(url: &str) -> Result<String> {
    let (scheme, rest) = url.split_once("://").context("an address has a scheme")?;
    Ok(format!(
        "{scheme}://{}",
        rest.split('/').next().unwrap_or_default()
    ))
}

pub(crate) async fn nothing_is_stored(page: &Page<'_>) -> Result<()> {
    let stored: Value = page.script(STORED).await?;
    let full = stored
        .as_object()
        .context("an object")?
        .values()
        .any(|n| n.as_u64() != Some(0));
    ensure!(!full, "stored: {stored}");
    Ok(())
}

async fn no_violation(browser: &Browser) -> Result<()> {
    let console = browser.console().await?;
    let refused: Vec<&String> = console
        .iter()
        .filter(|line| line.contains("Content Security Policy"))
        .collect();
    ensure!(refused.is_empty(), "against the policy: {refused:?}");
    let errors: Vec<&String> = console
        .iter()
        .filter(|line| line.starts_with("SEVERE"))
        .collect();
    ensure!(errors.is_empty(), "on the console: {errors:?}");
    Ok(())
}

pub(crate) async fn a_whole_run_stays_on_its_own_host_and_leaves_no_trace(
    world: &World,
) -> Result<()> {
    let folder = world.fresh_folder("private")?;
    let names = case::NAMES.map(|name| format!("{PATIENT}_{name}.nii.gz"));
    let scans =
        case::sample(&world.programs)?.renamed(&folder, names.each_ref().map(String::as_str))?;
    let server = world.serve()?;
    let (exported, remains) = with_browser(world, Settings::default(), async |browser| {
        // The device is the engine's own choice, so that the self-test's requests would be seen.
        let page = Page::open(browser, &format!("{}?device=cpu", server.url())).await?;
        page.give(&scans.paths()).await?;
        page.wait_until_readable(CPU_LIMIT).await?;
        page.read(CPU_LIMIT).await?;
        let exported = answer::exports(browser, &page).await?;
        nothing_is_stored(&page).await?;
        no_violation(browser).await?;
        Ok(exported)
    })
    .await?;

    only_own(&server.url(), &remains.net_log)?;
    for served in server.served() {
        ensure!(
            matches!(served.method.as_str(), "GET" | "HEAD"),
            "{served:?}"
        );
        ensure!(
            !served.url.contains(PATIENT),
            "a file's name was sent: {served:?}"
        );
        ensure!(served.status == 200, "{served:?}");
    }
    println!(
        "    {} requests, all to the page's own host",
        server.served().len()
    );
    let traces = profile::files_with(&remains.profile, PATIENT)?;
    ensure!(traces.is_empty(), "a file's name is left in {traces:?}");
    let report = exported.report.to_string();
    ensure!(
        !report.contains(PATIENT),
        "a file's name is in the report: {report}"
    );
    Ok(())
}

pub(crate) async fn a_second_reading_works_offline(world: &World) -> Result<()> {
    let server = world.serve()?;
    let url = format!("{}?device=cpu", server.url());
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        page.load_sample().await?;
        page.read(CPU_LIMIT).await?;
        let first = answer::sane(&page).await?;
        // Twice offline: the browser refuses, and there is nobody to ask.
        browser.go_offline().await?;
        drop(server);
        let reached: bool = page
            .script("return fetch('index.html').then(() => true, () => false)")
            .await?;
        ensure!(!reached, "the page still reaches its host");
        back_to_the_scans(&page).await?;
        page.read(GPU_LIMIT).await.context("reading offline")?;
        let second = answer::sane(&page).await?;
        ensure!(
            first.idh == second.idh && first.ml == second.ml,
            "{first:?}, {second:?}"
        );
        answer::exports(browser, &page).await?;
        Ok(())
    })
    .await?;
    Ok(())
}

/// From the answer back to the choice of scans, by the button of that name.
async fn back_to_the_scans(page: &Page<'_>) -> Result<()> {
    let button = thirtyfour::By::XPath("//button[normalize-space()='Change scans']");
    page.browser.driver.find(button).await?.click().await?;
    page.wait(State::Loaded, std::time::Duration::from_secs(5))
        .await?;
    Ok(())
}
