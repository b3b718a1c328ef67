//! Folders as a scanner or an archive gives them.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Result, ensure};
use glioscope_tests::{
    Page, Settings, World,
    browser::with_browser,
    case,
    dicom::{Words, series},
};

use crate::{
    answer::{self, CPU_LIMIT},
    archive,
    files::assigned,
};

const LOADING: Duration = Duration::from_secs(120);

/// In the order of [`case::NAMES`], and their times.
const SERIES: [(&str, [u32; 3]); 4] = [
    ("t2_tirm_tra_dark-fluid", [9000, 120, 2500]),
    ("t1_se_tra", [550, 9, 0]),
    ("t1_se_tra_km", [550, 9, 0]),
    ("t2_tse_tra", [4500, 98, 0]),
];

/// The sample as one examination, slices of 3 mm, beside a localiser and papers.
fn study(world: &World, folder: &Path, patient: &str, date: &str) -> Result<PathBuf> {
    let scans = case::sample(&world.programs)?.paths();
    for (number, (scan, (description, times_ms))) in scans.iter().zip(SERIES).enumerate() {
        let words = Words {
            patient,
            date,
            number: number as u32 + 2,
            description,
            times_ms,
        };
        series(
            scan,
            3,
            words,
            &folder.join(format!("{}-{number}", &date[6..])),
        )?;
    }
    let words = Words {
        patient,
        date,
        number: 1,
        description: "localizer",
        times_ms: [8, 4, 0],
    };
    series(
        &scans[1],
        60,
        words,
        &folder.join(format!("{}-loc", &date[6..])),
    )?;
    fs::write(folder.join("DICOMDIR"), "nothing")?;
    fs::write(folder.join("README"), "a disc of a hospital")?;
    Ok(folder.to_owned())
}

pub(crate) async fn a_folder_of_dicom_is_read_like_mts_reads_it(world: &World) -> Result<()> {
    let folder = study(
        world,
        &world.fresh_folder("dicom")?.join("disc"),
        "A1",
        "20200131",
    )?;
    let server = world.serve()?;
    let url = format!("{}?device=cpu", server.url());
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        page.drop_files(&[folder]).await?;
        page.wait_until_readable(LOADING).await?;
        for (sequence, (description, _)) in case::NAMES.into_iter().zip(SERIES) {
            let found = assigned(&page, sequence).await?;
            ensure!(
                found.starts_with(&format!("{description}, axial, 52 slices")),
                "{sequence} is {found:?}"
            );
        }
        let said = page.wait_until_said("DICOM series", LOADING).await?;
        ensure!(
            said.contains("5 DICOM series") && said.contains("2 other files were passed over."),
            "{said}"
        );
        let text = page.all_text().await?;
        ensure!(
            !text.contains("Doe") && !text.contains("A1") && !text.contains("2020"),
            "{text}"
        );
        browser.picture("dicom-listed").await?;
        page.read(CPU_LIMIT).await?;
        let answer = answer::sane(&page).await?;
        // The same patient's NIfTI files, slices of 1 mm.
        ensure!((20.0..33.0).contains(&answer.ml[0]), "{answer:?}");
        Ok(())
    })
    .await?;
    Ok(())
}

pub(crate) async fn of_two_dates_in_an_archive_one_is_chosen(world: &World) -> Result<()> {
    let place = world.fresh_folder("dates")?;
    let folder = place.join("disc");
    study(world, &folder, "A1", "20200131")?;
    study(world, &folder, "A1", "20200601")?;
    let (whole, half) = (place.join("disc.zip"), place.join("half.zip"));
    archive::zip(&folder, &whole)?;
    let bytes = fs::read(&whole)?;
    fs::write(&half, &bytes[..bytes.len() / 2])?;
    let server = world.serve()?;
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &server.url()).await?;
        page.drop_files(&[half]).await?;
        let error = page.wait_for_error(LOADING).await?;
        ensure!(
            error.contains("archive is damaged") && error.contains("half.zip"),
            "{error}"
        );
        page.drop_files(&[whole]).await?;
        let said = page.wait_until_said("2 examinations", LOADING).await?;
        ensure!(
            said.contains("10 DICOM series") && said.contains("Choose one"),
            "{said}"
        );
        let listed = page.text("examinations").await?;
        ensure!(listed.contains("examination 2, 122 days later"), "{listed}");
        page.click("examination-1").await?;
        page.wait_until_readable(LOADING).await?;
        browser.picture("dicom-dates").await?;
        Ok(())
    })
    .await?;
    Ok(())
}
