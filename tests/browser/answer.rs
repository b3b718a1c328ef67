//! What every answer must be, whoever computed it, and how long a reading may take here.

use std::{path::PathBuf, time::Duration};

use anyhow::{Result, ensure};
use glioscope_tests::{Page, browser::Browser, mts::Predicted};
use serde_json::Value;

/// A reading on the CPU path; the figure is 20 s, the rest is for a machine that does other things.
pub(crate) const CPU_LIMIT: Duration = Duration::from_secs(300);
/// A reading on a GPU made of software.
pub(crate) const GPU_LIMIT: Duration = Duration::from_secs(25 * 60);

/// The numbers of the page's hooks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub(crate) idh: f64,
    pub(crate) codeletion: f64,
    pub(crate) grades: [f64; 3],
    /// Whole tumour, core, enhancing.
    pub(crate) ml: [f64; 3],
}

/// Reads the hooks and checks what must hold of any answer of the shipped bundle.
pub(crate) async fn sane(page: &Page<'_>) -> Result<Answer> {
    let p = "data-probability";
    let answer = Answer {
        idh: page.number("idh", p).await?,
        codeletion: page.number("codeletion", p).await?,
        grades: [
            page.number("grade", "data-probability-2").await?,
            page.number("grade", "data-probability-3").await?,
            page.number("grade", "data-probability-4").await?,
        ],
        ml: [
            page.number("volume-wt", "data-ml").await?,
            page.number("volume-tc", "data-ml").await?,
            page.number("volume-et", "data-ml").await?,
        ],
    };
    let Answer {
        idh,
        codeletion,
        grades,
        ml,
    } = answer;
    for probability in [idh, codeletion].into_iter().chain(grades) {
        ensure!((0.0..=1.0).contains(&probability), "{answer:?}");
    }
    ensure!(
        (grades.iter().sum::<f64>() - 1.0).abs() < 1e-4,
        "grades do not sum to 1: {answer:?}"
    );
    ensure!(
        ml[0] > 0.0 && ml[0] >= ml[1] && ml[1] >= ml[2] && ml[2] >= 0.0,
        "{answer:?}"
    );

    let shown = page.all_text().await?;
    let disclaimer = "Research and teaching only. Not a medical device.";
    ensure!(
        shown.contains(disclaimer),
        "the page does not say \"{disclaimer}\""
    );
    Ok(answer)
}

/// The page says that the weights are untrained where the report does, and only there.
pub(crate) async fn ensure_honest(page: &Page<'_>, report: &Value) -> Result<()> {
    let words = "untrained weights: the path works, the answer means nothing";
    let trained = report["bundle"]["trained"].as_bool();
    ensure!(
        trained.is_some() && Some(page.all_text().await?.contains(words)) == trained.map(|t| !t),
        "trained: {trained:?}, but the page says otherwise"
    );
    Ok(())
}

impl Answer {
    /// Compares with a report, the page's own export or that of `mts`.
    pub(crate) fn ensure_like(&self, report: &Value, tolerance: f64) -> Result<()> {
        let pairs = [
            ("idh", self.idh, &report["idh"]["mutant"]),
            (
                "1p/19q",
                self.codeletion,
                &report["codeletion_1p19q"]["codeleted"],
            ),
            ("grade 2", self.grades[0], &report["grade"]["2"]),
            ("grade 3", self.grades[1], &report["grade"]["3"]),
            ("grade 4", self.grades[2], &report["grade"]["4"]),
        ];
        for (name, shown, reported) in pairs {
            let other = reported.as_f64().unwrap_or(f64::NAN);
            ensure!(
                (shown - other).abs() <= tolerance,
                "{name}: {shown} against {reported}"
            );
        }
        for (name, shown) in ["wt", "tc", "et"].into_iter().zip(self.ml) {
            let reported = &report["volumes_ml"][name];
            let other = reported.as_f64().unwrap_or(f64::NAN);
            // As far as a Dice of 0.999 lets two volumes part.
            let apart = (shown - other).abs();
            ensure!(
                apart <= 2e-3 * shown.max(1.0),
                "{name}: {shown} mL against {reported}"
            );
        }
        Ok(())
    }
}

/// Presses both export buttons; the segmentation's file and the report.
pub(crate) async fn exports(browser: &Browser, page: &Page<'_>) -> Result<Predicted> {
    let segmentation = export(browser, page, "export-segmentation").await?;
    let report = export(browser, page, "export-report").await?;
    let names = [&segmentation, &report].map(|path| path.file_name().unwrap_or_default());
    ensure!(
        names == ["segmentation.nii.gz", "report.json"],
        "exported as {names:?}"
    );
    let report = serde_json::from_slice(&std::fs::read(report)?)?;
    Ok(Predicted {
        segmentation,
        report,
    })
}

pub(crate) async fn export(browser: &Browser, page: &Page<'_>, button: &str) -> Result<PathBuf> {
    let before = browser.downloaded()?;
    page.click(button).await?;
    browser.download(&before).await
}
