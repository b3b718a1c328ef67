//! Scans of people, where the development data is there: masks of the right size, skulls noticed.

mod support;

use imaging::{Orientation, Volume, brain, measure, nifti, reorient};
use std::fs;
use std::path::Path;

fn canonical(path: &Path) -> Volume {
    let bytes = fs::read(path).expect("a readable scan");
    let series = nifti::read(&bytes).expect("a valid scan");
    reorient(&series.volume, Orientation::RAS)
}

fn scans(folder: &Path, names: &[String]) -> Vec<Volume> {
    names
        .iter()
        .map(|name| canonical(&folder.join(name)))
        .collect()
}

/// Brains of adults take 1100 to 1700 mL.
fn assert_stripped_brain(name: &str, volumes: &[Volume]) {
    let mask = brain::mask(&volumes.iter().collect::<Vec<_>>()).expect("a brain");
    let verdict = brain::skull(&mask);
    println!("{name}: {:.0} mL, {verdict}", mask.volume_ml());
    assert!((1100.0..1700.0).contains(&mask.volume_ml()), "{name}");
    assert!(!verdict.is_on(), "{name}: {verdict}");
}

#[test]
fn stripped_scans_have_a_brain_of_plausible_size_and_no_skull() {
    let Some(shared) = support::shared() else {
        return;
    };
    for case in ["TCGA-FG-6692", "TCGA-DU-7294"] {
        let folder = shared.join("sample").join(case).join("atlas-space");
        let names = ["fla", "t1", "t1c", "t2"].map(|s| format!("{s}.nii.gz"));
        assert_stripped_brain(case, &scans(&folder, &names));
    }
    // 00003, 00006 and 01476 run out of the lowest slice.
    for number in [
        "00003", "00005", "00006", "00008", "01476", "01477", "01478", "01480", "01485",
    ] {
        let case = &format!("BraTS2021_{number}");
        let folder = shared.join("dev-cases").join(case);
        let names = ["flair", "t1", "t1ce", "t2"].map(|s| format!("{case}_{s}.nii.gz"));
        assert_stripped_brain(case, &scans(&folder, &names));
    }
}

#[test]
fn raw_scans_are_seen_to_have_the_skull_on() {
    let Some(shared) = support::shared() else {
        return;
    };
    let folder = shared.join("sample/TCGA-FG-6692/native");
    for name in ["fla", "t1", "t1c", "t2"] {
        let scan = canonical(&folder.join(format!("{name}.nii.gz")));
        let verdict = brain::skull(&brain::mask(&[&scan]).expect("a head"));
        println!("{name}: {verdict}");
        assert!(verdict.is_on(), "{name}");
    }
}

#[test]
fn a_segmentation_has_nested_regions_of_plausible_size() {
    let Some(shared) = support::shared() else {
        return;
    };
    let path = shared.join("sample/TCGA-FG-6692/atlas-space/seg_consensus.nii.gz");
    let labels = canonical(&path).to_labels().expect("labels");
    let volumes = measure::TumourVolumes::of(&labels);
    println!("{volumes:?}");
    assert!(volumes.et <= volumes.tc && volumes.tc <= volumes.wt);
    assert!((5.0..300.0).contains(&volumes.wt));
}
