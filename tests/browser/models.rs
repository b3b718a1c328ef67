//! The models panel: other models are added, converted, kept and removed; nothing else is disturbed.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use glioscope_tests::{
    Page, Settings, State, World, browser::with_browser, case, mts, segmentation,
};
use serde_json::{Value, json};
use thirtyfour::By;

use crate::answer::{self, CPU_LIMIT};
use crate::checkpoint;
use crate::files::assigned;
use crate::layout::fits;
use crate::private::nothing_is_stored;

const LOADING: Duration = Duration::from_secs(120);

const CONVERTED: &str = "MONAI's Swin UNETR for BraTS 2021, feature size 12";

async fn open_panel(page: &Page<'_>) -> Result<()> {
    let summary = By::Css("[data-testid=models] summary");
    page.browser.driver.find(summary).await?.click().await?;
    Ok(())
}

/// Gives a file by the panel's own button.
async fn add_model(page: &Page<'_>, file: &Path) -> Result<()> {
    let input = page.hook("model-files").await?;
    input.send_keys(file.display().to_string()).await?;
    Ok(())
}

async fn words_of(page: &Page<'_>, hook: &str) -> Result<String> {
    let script = format!(
        "const e = document.querySelector('[data-testid={hook}]');
        return e && e.checkVisibility() && e.innerText.trim() ? e.innerText : null"
    );
    page.wait_for(hook, &script, LOADING).await
}

/// What the panel says of the model at this place.
async fn entry(page: &Page<'_>, at: usize) -> Result<String> {
    let script =
        "return document.querySelectorAll('[data-testid=model]')[arguments[0]]?.innerText ?? ''";
    page.script_with(script, vec![json!(at)]).await
}

/// Waits until the entry says so: the page hears of what is stored a moment after it is.
async fn entry_becomes(page: &Page<'_>, at: usize, wanted: fn(&str) -> bool) -> Result<()> {
    for _ in 0..100 {
        if wanted(&entry(page, at).await?) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("the entry still says {:?}", entry(page, at).await?)
}

async fn ensure_chosen(page: &Page<'_>, wanted: &str) -> Result<()> {
    let chosen = page.text("model-chosen").await?;
    ensure!(chosen == wanted, "{chosen} reads, not {wanted}");
    Ok(())
}

/// Drops a file as a person does, on what the selector finds.
async fn drop_on(page: &Page<'_>, selector: &str, name: &str) -> Result<()> {
    let script = "const [selector, name] = arguments;
        const data = new DataTransfer();
        data.items.add(new File(['neither a scan nor a model'], name));
        const event = new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
        document.querySelector(selector).dispatchEvent(event); return true";
    page.script_with::<bool>(script, vec![json!(selector), json!(name)])
        .await?;
    Ok(())
}

/// The names of the files in the origin's private storage. The page may remove a folder while it is listed;
/// then it is listed once more.
async fn kept(page: &Page<'_>) -> Result<Vec<String>> {
    page.wait_for(
        "the list of what is stored",
        "return (async () => {
            const names = [];
            try {
                for await (const [name, folder] of (await navigator.storage.getDirectory()).entries())
                    for await (const file of folder.keys()) names.push(`${name}/${file}`);
            } catch (error) {
                if (error.name === 'NotFoundError') return null;
                throw error;
            }
            return names;
        })()",
        Duration::from_secs(10),
    )
    .await
}

async fn keeps(page: &Page<'_>, count: usize) -> Result<Vec<String>> {
    for _ in 0..100 {
        let found = kept(page).await?;
        if found.len() == count {
            return Ok(found);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("{:?} are kept, not {count}", kept(page).await?)
}

/// Adds a checkpoint by the panel, which is open, and says whose it is.
async fn convert(page: &Page<'_>, checkpoint: &Path) -> Result<()> {
    add_model(page, checkpoint).await?;
    words_of(page, "model-kind").await?;
    page.click("kind-brainsegfounder").await?;
    page.click("convert").await?;
    words_of(page, "model-said").await?;
    Ok(())
}

/// The tick that keeps a model.
async fn tick_keep(page: &Page<'_>) -> Result<()> {
    ensure!(
        !page.hook("keep-model").await?.is_selected().await?,
        "it is ticked already"
    );
    page.click("keep-model").await?;
    page.wait_for::<bool>(
        "the model to be kept",
        "return document.body.innerText.includes('Kept on this device') ? true : null",
        LOADING,
    )
    .await?;
    Ok(())
}

pub(crate) async fn a_foreign_checkpoint_is_converted_and_reads_as_by_mts(
    world: &World,
) -> Result<()> {
    let folder = world.fresh_folder("models")?;
    let checkpoint = folder.join("model.pt");
    checkpoint::write(&world.programs.bundle()?, &checkpoint)?;
    let broken = folder.join("broken.pth");
    case::cut_off(&checkpoint, &broken)?;
    let scans = case::half_as_long(&case::sample(&world.programs)?, &folder)?;
    let server = world.serve()?;
    let url = format!("{}?device=cpu", server.url());
    let (exported, _) = with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        // Beside the scans and in one go: each goes its own way.
        let mut files = scans.paths().to_vec();
        files.push(checkpoint.clone());
        page.give(&files).await?;
        words_of(&page, "model-kind").await?;
        page.wait_until_readable(LOADING).await?;
        ensure_chosen(&page, "demo")
            .await
            .context("not yet told whose it is")?;
        fits(browser, &page, "model-kind").await?;
        ensure!(
            !page.hook("convert").await?.is_enabled().await?,
            "a kind is taken for granted"
        );
        page.click("kind-monai-brats21").await?;
        page.click("convert").await?;
        let said = words_of(&page, "model-said").await?;
        ensure!(said.contains(CONVERTED), "{said}");
        ensure_chosen(&page, CONVERTED).await?;
        open_panel(&page).await?;
        let words = entry(&page, 1).await?;
        for wanted in [
            "as stated by its owner",
            "predicts no subtype",
            "in this tab alone",
        ] {
            ensure!(words.contains(wanted), "no \"{wanted}\" in {words}");
        }
        fits(browser, &page, "models").await?;

        add_model(&page, &broken).await?;
        let error = words_of(&page, "model-error").await?;
        ensure!(
            error.contains("broken.pth") && error.contains("again"),
            "{error}"
        );
        ensure_chosen(&page, CONVERTED).await?;
        for sequence in case::NAMES {
            ensure!(
                assigned(&page, sequence).await?.contains(sequence),
                "{sequence} was lost"
            );
        }
        nothing_is_stored(&page).await?;

        page.read(CPU_LIMIT).await?;
        for head in ["idh", "codeletion", "grade"] {
            ensure!(!page.shows(head).await?, "a card for {head}");
        }
        let absent = page.text("not-offered").await?;
        ensure!(absent.contains("IDH, 1p/19q, WHO grade"), "{absent}");
        fits(browser, &page, "segments-only").await?;
        let exported = answer::exports(browser, &page).await?;
        nothing_is_stored(&page).await?;
        Ok(exported)
    })
    .await?;
    ensure!(exported.report["idh"].is_null(), "{}", exported.report);
    ensure!(
        exported.report["bundle"]["licence"] == "as stated by its owner",
        "{}",
        exported.report
    );

    let bundle = folder.join("model.mts.safetensors");
    mts::convert(&world.programs, &checkpoint, "monai-brats21", 96, &bundle)?;
    let mts = mts::predict_with(&world.programs, &scans, &bundle, &folder)?;
    ensure!(
        exported.report["bundle"]["sha256"] == mts.report["bundle"]["sha256"],
        "other weights than mts converts"
    );
    ensure!(
        mts.report["volumes_ml"]["wt"].as_f64() > Some(1.0),
        "the test's network finds nothing: {}",
        mts.report
    );
    let words = segmentation::ensure_same(&exported.segmentation, &mts.segmentation, 0.999)?;
    println!("    against mts on the CPU: {words}");
    Ok(())
}

/// The order of the sequences, and that nobody knows the merging: the trial offers the one that the network
/// was trained with.
pub(crate) async fn a_network_of_ones_own_is_asked_for_its_order_and_tried(
    world: &World,
) -> Result<()> {
    let folder = world.fresh_folder("own")?;
    let checkpoint = folder.join("mine.pt");
    checkpoint::write(&world.programs.bundle()?, &checkpoint)?;
    let server = world.serve()?;
    let url = format!("{}?device=cpu", server.url());
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        open_panel(&page).await?;
        add_model(&page, &checkpoint).await?;
        words_of(&page, "model-kind").await?;
        page.click("kind-own").await?;
        ensure!(
            !page.hook("convert").await?.is_enabled().await?,
            "an order is taken for granted"
        );
        // The order in which the checkpoint was written.
        for (place, sequence) in ["flair", "t1ce", "t1", "t2"].iter().enumerate() {
            let option = format!("[data-testid=order-{place}] option[value={sequence}]");
            browser.driver.find(By::Css(option)).await?.click().await?;
        }
        fits(browser, &page, "model-own").await?;
        page.click("convert").await?;
        let offered = words_of(&page, "model-merging").await?;
        ensure!(offered.matches("Dice").count() == 3, "{offered}");
        ensure!(
            page.hook("offered-v2").await?.is_selected().await?,
            "not the order of its training: {offered}"
        );
        fits(browser, &page, "model-merging").await?;
        page.click("convert").await?;
        let said = words_of(&page, "model-said").await?;
        ensure!(
            said.contains("is ready") && said.contains("merging v2"),
            "{said}"
        );
        Ok(())
    })
    .await?;
    Ok(())
}

pub(crate) async fn a_model_is_kept_only_when_ticked_and_until_it_is_removed(
    world: &World,
) -> Result<()> {
    let folder = world.fresh_folder("kept")?;
    let checkpoint = folder.join("Zaphod.pt");
    checkpoint::write(&world.programs.bundle()?, &checkpoint)?;
    let server = world.serve()?;
    let url = server.url();
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        open_panel(&page).await?;
        convert(&page, &checkpoint).await?;
        nothing_is_stored(&page).await?;
        let page = Page::open(browser, &url).await?;
        ensure!(entry(&page, 1).await?.is_empty(), "it was kept unasked");

        open_panel(&page).await?;
        convert(&page, &checkpoint).await?;
        tick_keep(&page).await?;
        let files = keeps(&page, 1).await?;
        ensure!(
            files[0].starts_with("models/") && !files[0].contains("Zaphod"),
            "a file's name is kept: {files:?}"
        );
        nothing_else_is_stored(&page).await?;

        let page = Page::open(browser, &url).await?;
        ensure_chosen(&page, "demo").await?;
        open_panel(&page).await?;
        page.wait_for::<bool>(
            "the kept model",
            "const all = document.querySelectorAll('[data-testid=model]');
            return all[1]?.innerText.includes('kept on this device') ? true : null",
            LOADING,
        )
        .await?;
        let words = entry(&page, 1).await?;
        ensure!(words.contains("BrainSegFounder"), "{words}");
        fits(browser, &page, "models-kept").await?;
        let second = By::Css("[data-testid=model][data-id='1'] .choice");
        browser.driver.find(second).await?.click().await?;
        ensure!(page.text("model-chosen").await?.contains("BrainSegFounder"));

        // Unticking takes it off the device and leaves it in the tab.
        page.click("keep-model").await?;
        keeps(&page, 0).await?;
        entry_becomes(&page, 1, |words| words.contains("in this tab alone")).await?;
        // From there it can still be kept: its bytes did not go with the storage.
        tick_keep(&page).await?;
        keeps(&page, 1).await?;
        page.click("remove-model").await?;
        keeps(&page, 0).await?;
        entry_becomes(&page, 1, str::is_empty).await?;
        ensure_chosen(&page, "demo").await?;
        nothing_is_stored(&page).await
    })
    .await?;
    Ok(())
}

/// But for the private storage, which is looked at by name.
async fn nothing_else_is_stored(page: &Page<'_>) -> Result<()> {
    let stored: Value = page
        .script(
            "return (async () => ({ local: localStorage.length, session: sessionStorage.length,
            cookies: document.cookie.length, databases: (await indexedDB.databases()).length,
            caches: (await caches.keys()).length }))()",
        )
        .await?;
    let all = stored.as_object().context("an object")?;
    ensure!(all.values().all(|n| n.as_u64() == Some(0)), "{stored}");
    Ok(())
}

pub(crate) async fn what_is_no_model_is_refused_in_plain_words(world: &World) -> Result<()> {
    let folder = world.fresh_folder("no-model")?;
    let bundle = world.programs.bundle()?;
    let half = folder.join("half.mts.safetensors");
    case::cut_off(&bundle, &half)?;
    let whole = folder.join("again.mts.safetensors");
    std::fs::copy(&bundle, &whole)?;
    let server = world.serve()?;
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &server.url()).await?;
        page.give(&case::sample(&world.programs)?.paths()).await?;
        page.wait_until_readable(LOADING).await?;
        open_panel(&page).await?;
        add_model(&page, &half).await?;
        let error = words_of(&page, "model-error").await?;
        for wanted in [
            "the bundle is truncated",
            "half.mts.safetensors",
            "download the bundle again",
        ] {
            ensure!(error.contains(wanted), "no \"{wanted}\" in {error}");
        }
        // By its name wherever it falls; on the panel whatever its name.
        for (selector, name) in [("main", "weights.bin"), (".models .small", "weights")] {
            drop_on(&page, selector, name).await?;
            let script = format!(
                "const e = document.querySelector('[data-testid=model-error]');
                return e && e.innerText.includes('{name}.') || e && e.innerText.includes('{name} ')
                    || e && e.innerText.includes('{name}\\n') ? true : null"
            );
            page.wait_for::<bool>(name, &script, LOADING).await?;
            ensure!(page.error().await?.is_none(), "{name} was taken for a scan");
        }
        drop_on(&page, "main", "notes").await?;
        let error = page.wait_for_error(LOADING).await?;
        ensure!(error.contains("notes"), "{error}");

        // The page's own bundle under another name is the page's own.
        add_model(&page, &whole).await?;
        let said = words_of(&page, "model-said").await?;
        ensure!(said.contains("was here already"), "{said}");
        ensure!(entry(&page, 1).await?.is_empty(), "it is listed twice");
        ensure!(page.state().await? == Some(State::Loaded));
        for sequence in case::NAMES {
            ensure!(
                assigned(&page, sequence).await?.contains(sequence),
                "{sequence} was lost"
            );
        }
        Ok(())
    })
    .await?;
    Ok(())
}
