//! Four scans that lie on four different grids.

use anyhow::{Result, ensure};
use glioscope_tests::{
    Page, Settings, World, browser::with_browser, case, mts, raw_nifti, segmentation,
};

use crate::answer::{self, CPU_LIMIT};

pub(crate) async fn four_different_grids_give_a_segmentation_on_the_t1ce(
    world: &World,
) -> Result<()> {
    let folder = world.fresh_folder("grids")?;
    let scans = case::on_different_grids(&case::sample(&world.programs)?, &folder)?;
    let mut shapes: Vec<[i16; 3]> = Vec::new();
    for path in scans.paths() {
        shapes.push(raw_nifti::read(&path)?.dims);
    }
    shapes.dedup();
    ensure!(shapes.len() == 4, "the grids are not different: {shapes:?}");

    let server = world.serve()?;
    let url = format!("{}?device=cpu", server.url());
    let (exported, _) = with_browser(world, Settings::default(), async |browser| {
        let page = Page::open(browser, &url).await?;
        page.give(&scans.paths()).await?;
        page.wait_until_readable(CPU_LIMIT).await?;
        page.read(CPU_LIMIT).await?;
        answer::sane(&page).await?;
        answer::exports(browser, &page).await
    })
    .await?;

    let written = raw_nifti::read(&exported.segmentation)?;
    segmentation::ensure_same_grid(&written, &raw_nifti::read(&scans.t1ce)?)?;
    let native = mts::predict(&world.programs, &scans, &world.fresh_folder("mts")?)?;
    let words = segmentation::ensure_same(&exported.segmentation, &native.segmentation, 0.999)?;
    println!("    against mts on the CPU: {words}");
    Ok(())
}
