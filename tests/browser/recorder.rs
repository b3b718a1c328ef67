//! The recorders of the privacy tests must themselves be able to fail.

use anyhow::{Context, Result, ensure};
use glioscope_tests::{Settings, World, browser::with_browser, profile};
use std::time::Duration;

/// A page whose policy allows other hosts, and forbids only `data:`.
const LEAKY: &str = "<!doctype html><meta http-equiv=\"Content-Security-Policy\" content=\"default-src * blob: 'unsafe-inline'\"><title>leaky</title><body>";

pub(crate) async fn a_foreign_request_and_a_stored_name_are_noticed(world: &World) -> Result<()> {
    let folder = world.fresh_folder("leaky")?;
    std::fs::write(folder.join("index.html"), LEAKY)?;
    let own = world.serve_at(&folder, "/")?;
    let foreign = world.serve_at(&folder, "/")?;
    let (console, remains) = with_browser(world, Settings::default(), async |browser| {
        browser.driver.goto(own.url()).await?;
        let leak = "const [address, name] = arguments;
            localStorage.setItem('who', name);
            const code = `const end = () => postMessage(1);
                fetch('${address}leak').catch(() => 0).then(() => fetch('data:,x')).then(end, end)`;
            const worker = new Worker(URL.createObjectURL(new Blob([code])));
            return new Promise(done => worker.onmessage = () => setTimeout(() => done(1), 1500))";
        let arguments = vec![foreign.url().into(), "Nemo_Captain".into()];
        browser
            .driver
            .execute(leak, arguments)
            .await
            .context("leaking")?;
        tokio::time::sleep(Duration::from_millis(500)).await;
        browser.console().await
    })
    .await?;
    let origin = own.url().trim_end_matches('/').to_owned();
    let found = remains.net_log.foreign(&origin);
    ensure!(
        found
            .iter()
            .any(|request| request.url == format!("{}leak", foreign.url())),
        "a worker's request to another host was missed among {:?}",
        remains.net_log.requests
    );
    ensure!(
        !profile::files_with(&remains.profile, "Nemo_Captain")?.is_empty(),
        "a name in localStorage was missed"
    );
    ensure!(
        console
            .iter()
            .any(|line| line.contains("worker") && line.contains("Content Security Policy")),
        "a worker's breach of the policy was missed among {console:?}"
    );
    Ok(())
}
