//! One case: its scans read, its answers beside the truth.

use std::collections::BTreeMap;

use imaging::brain;
use imaging::truth::onto;
use imaging::{LabelMap, Orientation, Sequence, Series, Volume, reorient};
use mts_unet::ModelError;
use mts_unet::cohort::{CaseRow, read_mask, read_truth};
use mts_unet::evaluation::CaseResult;
use mts_unet::metrics::{Region, RegionScore};
use mts_unet::network::config::Segmentation;
use mts_unet::pipeline::{Answers, Case, Options, Reader};
use mts_unet::progress::Silent;

use super::picture::{self, Picture};
use crate::{Failure, scan};

/// What is the same for every case.
#[derive(Clone, Copy)]
pub(super) struct How<'a> {
    /// Sequences that the model is not given.
    pub(super) dropped: &'a [Sequence],
    /// Read on although the skull is on.
    pub(super) insist: bool,
    /// Take off a skull that is on.
    pub(super) strip: bool,
    /// Read the mirror image too.
    pub(super) mirror: bool,
    /// Draw a picture too.
    pub(super) picture: bool,
}

pub(super) async fn case(
    reader: &Reader,
    row: &CaseRow,
    how: How<'_>,
) -> Result<(CaseResult, Option<Picture>), Failure> {
    let mut series: [Option<Series>; 4] = Default::default();
    for sequence in Sequence::ALL {
        if let Some(path) = row.sequence(sequence)
            && !how.dropped.contains(&sequence)
        {
            series[sequence.channel()] = Some(scan::open(path)?);
        }
    }
    if how.strip {
        strip(&mut series)?;
    }
    let mask = row.seg.as_ref().map(|seg| read_mask(&seg.path));
    let mask = mask.transpose()?;
    let space = space(&series, mask.as_ref());
    let truth = match (&row.seg, &mask, scan_in(&series, space)) {
        (Some(seg), Some(mask), Some(scan)) => Some(read_truth(seg, mask, &scan.volume)?),
        _ => None,
    };
    drop(mask);
    let options = Options {
        // What was stripped may still fill its picture, or end where that ends.
        as_they_are: how.insist || how.strip,
        space,
        mirror: how.mirror,
        answers: Answers::Always,
    };
    let given = Case::new(series.each_ref().map(Option::as_ref));
    let reading = reader.read_case(given, options, &mut Silent).await?;

    let mut regions = BTreeMap::new();
    let mut drawn = None;
    if let (Some(truth), Some(seg)) = (&truth, &row.seg) {
        let found = onto(&reading.labels, &truth.grid);
        if how.picture {
            drawn = picture::of_case(&series, truth, &found);
        }
        // A region that the expert or the network does not tell apart cannot be scored.
        let parts = seg.scheme.tells_parts()
            && reader.manifest().network.segmentation != Segmentation::Softmax2;
        for region in Region::ALL {
            if region == Region::Wt || parts {
                regions.insert(region, score(region, &found, truth)?);
            }
        }
    }
    Ok((CaseResult::new(row, &reading.report, regions), drawn))
}

/// Makes everything 0 that is not brain, where the skull is on.
fn strip(series: &mut [Option<Series>; 4]) -> Result<(), Failure> {
    let there = || series.iter().flatten().map(|series| &series.volume);
    let turned: Vec<Volume> = there()
        .map(|volume| reorient(volume, Orientation::RAS))
        .collect();
    let turned: Vec<&Volume> = turned.iter().collect();
    let (found, verdict) = brain::find(&turned).map_err(ModelError::from)?;
    if !verdict.is_on() {
        return Ok(());
    }
    for series in series.iter_mut().flatten() {
        let mask = reorient(&found, Orientation::of(&series.volume.grid.affine));
        let voxels = series.volume.data.iter_mut().zip(&mask.data);
        voxels
            .filter(|(_, inside)| !**inside)
            .for_each(|(voxel, _)| *voxel = 0.0);
    }
    Ok(())
}

fn score(region: Region, found: &LabelMap, truth: &LabelMap) -> Result<RegionScore, Failure> {
    Ok(region.score(found, truth).map_err(ModelError::from)?)
}

/// A scan on the mask's own grid, so that what is found need not be resampled again; the T1ce where there
/// is none.
fn space(series: &[Option<Series>; 4], mask: Option<&Volume>) -> Sequence {
    let on_its_grid = |sequence: &Sequence| {
        let scan = series[sequence.channel()].as_ref();
        let grids = scan.zip(mask).map(|(s, m)| (s.volume.grid, m.grid));
        grids.is_some_and(|(scan, mask)| scan.is_close(&mask))
    };
    let mut all = Sequence::ALL.into_iter();
    all.find(on_its_grid).unwrap_or(Sequence::T1ce)
}

/// This scan, or one that is there.
fn scan_in(series: &[Option<Series>; 4], space: Sequence) -> Option<&Series> {
    let scan = series[space.channel()].as_ref();
    scan.or_else(|| series.iter().flatten().next())
}
