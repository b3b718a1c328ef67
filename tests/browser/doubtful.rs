//! Wrong cases: the answer stands under a banner that says why not to rely on it.

use std::{path::PathBuf, time::Duration};

use anyhow::{Result, ensure};
use glioscope_tests::{
    Page, Settings, State, World,
    browser::{Browser, with_browser},
    case,
    case::Scans,
};

use crate::{
    answer::{self, CPU_LIMIT},
    cases::another_patient,
    layout,
};

const LOADING: Duration = Duration::from_secs(60);

/// The banner's words.
pub(crate) async fn reasons(page: &Page<'_>) -> Result<String> {
    ensure!(page.shows("doubtful").await?, "no banner over the answer");
    let words = page.text("doubtful").await?;
    println!("    {}", words.replace('\n', " "));
    Ok(words)
}

/// No probability is shown, and the page says so.
pub(crate) async fn no_head_answers(page: &Page<'_>) -> Result<()> {
    let probabilities =
        "return document.querySelectorAll('[data-probability], [data-probability-2]').length";
    ensure!(
        page.script::<u32>(probabilities).await? == 0,
        "a head answers"
    );
    let words = page.text("no-answer").await?;
    ensure!(words.contains("No answer"), "{words}");
    Ok(())
}

/// Loads these files and reads them.
async fn read<'a>(browser: &'a Browser, url: &str, files: &[PathBuf]) -> Result<Page<'a>> {
    let page = Page::open(browser, url).await?;
    page.give(files).await?;
    page.wait_until_readable(LOADING).await?;
    page.read(CPU_LIMIT).await?;
    Ok(page)
}

/// Reads a wrong case: the banner must hold one of the words, in lower case, and no head answers.
async fn doubted(world: &World, scans: &Scans, words: &[&str]) -> Result<()> {
    let server = world.serve()?;
    let url = format!("{}?device=cpu", server.url());
    with_browser(world, Settings::default(), async |browser| {
        let page = read(browser, &url, &scans.paths()).await?;
        let said = reasons(&page).await?;
        let lower = said.to_lowercase();
        ensure!(
            words.iter().any(|word| lower.contains(word)),
            "none of {words:?}: {said}"
        );
        no_head_answers(&page).await?;
        let report = answer::exports(browser, &page).await?.report;
        for head in ["idh", "codeletion_1p19q", "grade"] {
            ensure!(report.get(head).is_none(), "the report answers {head}");
        }
        ensure!(
            report["withheld"].is_array(),
            "the report does not say why: {report}"
        );
        Ok(())
    })
    .await?;
    Ok(())
}

/// FLAIR under T1's name and the other way about; the exchange mends it.
pub(crate) async fn exchanged_scans_are_doubted_and_offered_back(world: &World) -> Result<()> {
    let folder = world.fresh_folder("exchanged")?;
    let sample = case::sample(&world.programs)?;
    let scans = sample.renamed(
        &folder,
        ["t1.nii.gz", "flair.nii.gz", "t1ce.nii.gz", "t2.nii.gz"],
    )?;
    let server = world.serve()?;
    let url = format!("{}?device=cpu", server.url());
    with_browser(world, Settings::default(), async |browser| {
        let page = read(browser, &url, &scans.paths()).await?;
        let said = reasons(&page).await?;
        ensure!(
            said.contains("exchanged") && said.contains("FLAIR") && said.contains("T1"),
            "{said}"
        );
        no_head_answers(&page).await?;
        layout::fits(browser, &page, "doubtful").await?;
        let script = "const b = document.querySelector('[data-testid^=exchange-]');
            if (!b) return null;
            b.click();
            return b.innerText";
        let offer: String = page.wait_for("the exchange", script, LOADING).await?;
        ensure!(
            offer.starts_with("Exchange ") && offer.ends_with(" and read again"),
            "{offer}"
        );
        page.wait(State::Reading, Duration::from_secs(5)).await?;
        page.wait(State::Done, CPU_LIMIT).await?;
        ensure!(
            !page.shows("doubtful").await?,
            "still doubtful: {}",
            reasons(&page).await?
        );
        answer::sane(&page).await?;
        Ok(())
    })
    .await?;
    Ok(())
}

/// It is laid back onto the others, which is said, and the answer stands.
pub(crate) async fn a_moved_t2_is_registered_and_said(world: &World) -> Result<()> {
    let mut scans = case::sample(&world.programs)?;
    let file = world.fresh_folder("moved")?.join("t2.nii.gz");
    case::moved(&scans.t2, &file, 15.0)?;
    scans.t2 = file;
    let server = world.serve()?;
    let url = format!("{}?device=cpu", server.url());
    with_browser(world, Settings::default(), async |browser| {
        let page = read(browser, &url, &scans.paths()).await?;
        let said = page.text("preparation").await?;
        println!("    {}", said.replace('\n', " "));
        ensure!(said.contains("T2 lay 15 mm off T1ce"), "{said}");
        ensure!(
            !page.shows("doubtful").await?,
            "doubtful: {}",
            reasons(&page).await?
        );
        answer::sane(&page).await?;
        // As they are, the case is doubtful and says why.
        page.click("as-they-are").await?;
        page.wait(State::Reading, Duration::from_secs(5)).await?;
        page.wait(State::Done, CPU_LIMIT).await?;
        let said = reasons(&page).await?;
        ensure!(said.contains("T2") && said.contains("apart"), "{said}");
        no_head_answers(&page).await
    })
    .await?;
    Ok(())
}

/// It is read as absent, and said by name; whether the rest is doubtful is the pipeline's to say.
pub(crate) async fn a_t1ce_of_zeros_is_named(world: &World) -> Result<()> {
    let mut scans = case::sample(&world.programs)?;
    let file = world.fresh_folder("zeros")?.join("t1ce.nii.gz");
    case::emptied(&scans.t1ce, &file)?;
    scans.t1ce = file;
    let server = world.serve()?;
    let url = format!("{}?device=cpu", server.url());
    with_browser(world, Settings::default(), async |browser| {
        let page = read(browser, &url, &scans.paths()).await?;
        let shown = page.all_text().await?;
        let said = shown.lines().find(|line| line.contains("T1ce is empty"));
        ensure!(
            said.is_some(),
            "the page does not say that T1ce is empty: {shown}"
        );
        Ok(())
    })
    .await?;
    Ok(())
}

pub(crate) async fn another_patients_t2_is_doubted(world: &World) -> Result<()> {
    let mut scans = case::sample(&world.programs)?;
    scans.t2 = another_patient(world)?.t2;
    doubted(
        world,
        &scans,
        &["patient", "overlap", "registered", "aligned"],
    )
    .await
}
