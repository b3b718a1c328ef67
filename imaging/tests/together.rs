//! The brain of the raw sample: registered, stripped from all four series together, and brought back to each series' own
//! grid, against the masks that HD-BET made there.

mod support;

use std::fs;
use std::path::Path;

use imaging::register::{self, Options, placed};
use imaging::{Grid, Mask, Orientation, Volume, brain, nifti, reorient, resample};

/// Of each, and of their mean.
const LEAST_DICE: f64 = 0.95;
const LEAST_MEAN: f64 = 0.96;

fn open(path: &Path) -> Volume {
    let bytes = fs::read(path).expect("a file");
    reorient(
        &nifti::read(&bytes).expect("a scan").volume,
        Orientation::RAS,
    )
}

fn dice(a: &Mask, b: &[f32]) -> f64 {
    let both = a
        .data
        .iter()
        .zip(b)
        .filter(|(a, b)| **a && **b > 0.0)
        .count();
    let all = a.count() + b.iter().filter(|v| **v > 0.0).count();
    2.0 * both as f64 / all as f64
}

#[test]
fn the_brain_of_four_raw_series_is_hd_bets_in_each_of_them() {
    let Some(shared) = support::shared() else {
        return;
    };
    let raw = Path::new(env!("CARGO_MANIFEST_DIR")).join("../www/samples/TCGA-FG-6692");
    let fixed = open(&raw.join("t1ce.nii.gz"));
    let names = [("t1", "t1"), ("flair", "fla"), ("t2", "t2")];
    let moving = names.map(|(name, _)| open(&raw.join(format!("{name}.nii.gz"))));
    let found = moving.each_ref().map(|scan| {
        let found = register::rigid(scan, &fixed, &Options::default());
        assert!(found.is_sure(), "{found:?}");
        found.transform
    });
    let mut scans = vec![fixed.clone()];
    for (scan, transform) in moving.iter().zip(&found) {
        scans.push(resample::linear(&placed(scan, transform), &fixed.grid));
    }
    let brain = brain::strip(&scans.iter().collect::<Vec<_>>()).expect("a brain");
    let quality = brain::StripQuality::of(&brain);
    assert!(quality.fault().is_none(), "{quality:?}");

    let truth = |name: &str| {
        open(&shared.join(format!(
            "sample/TCGA-FG-6692/native/hdbet_mask_{name}.nii.gz"
        )))
    };
    let mut all = vec![("t1c", dice(&brain, &truth("t1c").data))];
    for ((scan, transform), (_, name)) in moving.iter().zip(&found).zip(names) {
        let there = Grid {
            dims: scan.grid.dims,
            affine: transform.inverse().affine().compose(&scan.grid.affine),
        };
        all.push((
            name,
            dice(&resample::mask(&brain, &there), &truth(name).data),
        ));
    }
    println!("{all:.3?}");
    assert!(all.iter().all(|(_, dice)| *dice >= LEAST_DICE), "{all:?}");
    let mean = all.iter().map(|(_, dice)| dice).sum::<f64>() / all.len() as f64;
    assert!(mean >= LEAST_MEAN, "{mean}");
}
