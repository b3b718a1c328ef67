//! The mirror image read beside the scans: against two readings of their own.
#![cfg(feature = "network")]
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "common/ellipsoid.rs"]
mod ellipsoid;

use ellipsoid::{bundle, read, series};
use imaging::{Sequence, Series, VoxelIndex};
use mts_unet::device;
use mts_unet::pipeline::{Reader, Reading};

/// The same head, left for right.
fn mirrored(series: &Series) -> Series {
    let mut out = series.clone();
    let grid = series.volume.grid;
    for offset in 0..out.volume.data.len() {
        let VoxelIndex([x, y, z]) = grid.index_of(offset);
        let from = grid.offset_of(VoxelIndex([grid.dims[0] - 1 - x, y, z]));
        out.volume.data[offset] = series.volume.data[from];
    }
    out
}

fn given(reader: &Reader, all: &[Series; 4], mirror: bool) -> Reading {
    read(reader, all.each_ref().map(Some), mirror).unwrap()
}

#[test]
fn the_answer_is_the_mean_of_both_and_the_spread_half_their_difference() {
    let reader = Reader::new(&bundle(3.0), &device::open_cpu()).unwrap();
    let all = Sequence::ALL.map(|sequence| series(sequence, 3.0));
    let turned = all.each_ref().map(mirrored);
    let (one, other) = (given(&reader, &all, false), given(&reader, &turned, false));
    assert!(one.spread.is_none() && one.report.mirrored.is_none());

    let both = given(&reader, &all, true);
    let mirrored = both.report.mirrored.unwrap();
    let idh = [&one, &other].map(|reading| reading.report.idh.unwrap().mutant);
    assert!(
        (idh[0] - idh[1]).abs() > 1e-4,
        "nothing to tell apart: {idh:?}"
    );
    let mean = 0.5 * (idh[0] + idh[1]);
    assert!((both.report.idh.unwrap().mutant - mean).abs() < 1e-5);
    assert!((mirrored.idh.unwrap() - 0.5 * (idh[0] - idh[1]).abs()).abs() < 1e-5);
    let wt = [&one, &other].map(|reading| reading.report.volumes_ml.wt);
    let half = 0.5 * (wt[0] - wt[1]).abs();
    assert!((mirrored.volumes_ml.wt - half).abs() < 0.2, "{wt:?}");

    let spread = both.spread.unwrap();
    assert_eq!(spread.grid, both.labels.grid);
    let largest = spread.data.iter().copied().fold(0.0, f32::max);
    assert!(
        (0.0..=0.5).contains(&largest) && largest > 1e-3,
        "{largest}"
    );
}

#[test]
fn a_symmetric_head_has_no_spread() {
    let reader = Reader::new(&bundle(3.0), &device::open_cpu()).unwrap();
    let symmetric = |sequence| {
        let one = series(sequence, 3.0);
        let mut mean = mirrored(&one);
        let grid = one.volume.grid;
        for (offset, value) in mean.volume.data.iter_mut().enumerate() {
            // Bands from front to back, so that no two sequences are alike, on a slope from below
            // to above, so that none holds a few values as a mask does.
            let [_, y, z] = grid.index_of(offset).0;
            let band = 1.0 + 0.1 * (y % (3 + sequence.channel())) as f32;
            let slope = 1.0 + 0.003 * z as f32;
            *value = 0.5 * (*value + one.volume.data[offset]) * band * slope;
        }
        mean
    };
    let all = Sequence::ALL.map(symmetric);
    let reading = given(&reader, &all, true);
    // The scan is the same from both sides, so that both forwards are of the same numbers.
    assert!(reading.report.mirrored.unwrap().idh.unwrap() < 1e-6);
    let spread = reading.spread.unwrap();
    let grid = spread.grid;
    for offset in 0..spread.data.len() {
        let VoxelIndex([x, y, z]) = grid.index_of(offset);
        let there = grid.offset_of(VoxelIndex([grid.dims[0] - 1 - x, y, z]));
        assert!((spread.data[offset] - spread.data[there]).abs() < 1e-4);
    }
}

#[test]
fn windows_are_mirrored_with_the_brain_that_they_are_laid_over() {
    // At 2 mm the head is longer than a window.
    let reader = Reader::new(&bundle(2.0), &device::open_cpu()).unwrap();
    let all = Sequence::ALL.map(|sequence| series(sequence, 2.0));
    let turned = all.each_ref().map(mirrored);
    let wt = [&all, &turned].map(|all| given(&reader, all, false).report.volumes_ml.wt);
    assert!((wt[0] - wt[1]).abs() > 0.1, "nothing to tell apart: {wt:?}");
    let found = given(&reader, &all, true)
        .report
        .mirrored
        .unwrap()
        .volumes_ml
        .wt;
    assert!(
        (found - 0.5 * (wt[0] - wt[1]).abs()).abs() < 0.2,
        "{found} of {wt:?}"
    );
}
