//! Folders, dropped and chosen.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Result, ensure};
use glioscope_tests::{Page, Settings, World, browser::with_browser, case, case::NAMES};

use crate::files::assigned;

const LOADING: Duration = Duration::from_secs(60);

/// The sample's scans in a folder of this name.
fn patient(world: &World, parent: &Path, name: &str) -> Result<PathBuf> {
    let folder = parent.join(name);
    fs::create_dir_all(&folder)?;
    let names = NAMES.map(|name| format!("{name}.nii.gz"));
    case::sample(&world.programs)?.renamed(&folder, names.each_ref().map(String::as_str))?;
    Ok(folder)
}

pub(crate) async fn a_dropped_folder_is_read_as_its_files(world: &World) -> Result<()> {
    let parent = world.fresh_folder("dropped")?;
    let folder = patient(world, &parent, "Case 7")?;
    fs::create_dir_all(folder.join("notes"))?;
    for other in ["report.txt", "notes/t1.json", ".DS_Store", "._t1.nii.gz"] {
        fs::write(folder.join(other), "nothing")?;
    }
    let server = world.serve()?;
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &server.url()).await?;
        page.drop_files(&[folder]).await?;
        page.wait_until_readable(LOADING).await?;
        for sequence in NAMES {
            let found = assigned(&page, sequence).await?;
            ensure!(
                found == format!("{sequence}.nii.gz in Case 7"),
                "{sequence} is {found:?}"
            );
        }
        let said = page.wait_until_said("passed over", LOADING).await?;
        ensure!(said.contains("2 other files were passed over."), "{said}");
        ensure!(page.error().await?.is_none(), "{:?}", page.error().await?);
        crate::layout::fits(browser, &page, "folder").await
    })
    .await?;
    Ok(())
}

pub(crate) async fn a_folder_is_chosen_and_of_two_cases_one_is_taken(world: &World) -> Result<()> {
    let parent = world.fresh_folder("two")?.join("ward");
    for name in ["a", "b"] {
        patient(world, &parent, name)?;
    }
    let empty = world.fresh_folder("none")?.join("papers");
    fs::create_dir_all(&empty)?;
    fs::write(empty.join("1.pdf"), "nothing")?;
    let server = world.serve()?;
    with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &server.url()).await?;
        page.give_folder(&empty).await?;
        let said = page
            .wait_until_said("no scan in this folder", LOADING)
            .await?;
        ensure!(said.contains("DICOM is read"), "no mend: {said}");
        page.give_folder(&parent).await?;
        page.wait_until_readable(LOADING).await?;
        let said = page.wait_until_said("2 cases", LOADING).await?;
        ensure!(said.contains("ward/a was taken"), "{said}");
        let found = assigned(&page, "t2").await?;
        ensure!(found.ends_with("in ward/a"), "T2 is {found:?}");
        ensure!(!page.shows("unused").await?, "the other case came too");
        Ok(())
    })
    .await?;
    Ok(())
}
