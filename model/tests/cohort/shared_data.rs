//! The project's own training data, where it is there: counts, labels and readable segmentations.

use std::path::{Path, PathBuf};

use mts_unet::cohort::{
    CaseRow, LabelTable, Preset, folds, read_mask, read_segmentation, read_truth,
};

fn folder(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data")
        .join(name);
    if !path.is_dir() {
        println!("skipped, not there: {}", path.display());
        return None;
    }
    Some(path)
}

fn dev_cases() -> Option<Vec<CaseRow>> {
    let mut rows = Preset::Brats2021.cases(&folder("dev-cases")?).unwrap();
    let labels = Path::new(env!("CARGO_MANIFEST_DIR")).join("cohorts/dev-cases.csv");
    assert_eq!(LabelTable::read(&labels).unwrap().apply(&mut rows), 9);
    Some(rows)
}

#[test]
fn the_dev_cases_are_complete() {
    let Some(rows) = dev_cases() else { return };
    assert_eq!(rows.len(), 9);
    assert!(
        rows.iter()
            .all(|row| row.sequences.iter().all(Option::is_some))
    );
    assert!(
        rows.iter()
            .all(|row| row.idh_mutant.is_some() && row.grade.is_some())
    );
    let map = read_segmentation(rows[0].seg.as_ref().unwrap()).unwrap();
    assert_eq!(map.data.iter().max(), Some(&3));
}

#[test]
fn every_case_of_the_other_folders_has_what_its_readme_says() {
    if let Some(folder) = folder("brats2013") {
        let rows = Preset::Brats2013.cases(&folder).unwrap();
        assert_eq!(rows.len(), 6);
        for row in &rows {
            assert_eq!(row.sequences.iter().flatten().count(), 2);
            read_segmentation(row.seg.as_ref().unwrap()).unwrap();
        }
    }
    if let Some(folder) = folder("lgg") {
        let rows = Preset::Lgg.cases(&folder).unwrap();
        assert_eq!(rows.len(), 98);
        let complete = |row: &&CaseRow| row.sequences.iter().flatten().count() == 3;
        assert_eq!(rows.iter().filter(complete).count(), 88);
        let known = rows.iter().filter(|row| row.idh_mutant.is_some());
        assert_eq!(known.count(), 94);
        for row in &rows {
            let map = read_segmentation(row.seg.as_ref().unwrap()).unwrap();
            assert!(map.data.contains(&1));
        }
    }
}

#[test]
fn every_experts_mask_lies_where_each_of_its_scans_lies() {
    let presets = [
        ("dev-cases", Preset::Brats2021),
        ("expert-cases", Preset::Brats2021),
        ("brats2013", Preset::Brats2013),
        ("lgg", Preset::Lgg),
    ];
    for (name, preset) in presets {
        let Some(folder) = folder(name) else { continue };
        for row in preset.cases(&folder).unwrap() {
            let seg = row.seg.as_ref().unwrap();
            let mask = read_mask(&seg.path).unwrap();
            let drawn = read_segmentation(seg).unwrap();
            for path in row.sequences.iter().flatten() {
                let scan = read_mask(path).unwrap();
                let truth = read_truth(seg, &mask, &scan).unwrap();
                assert!(truth == drawn, "{}", row.case);
            }
        }
    }
}

#[test]
fn nobody_is_in_two_of_them_and_the_dev_cases_spread_over_the_folds() {
    let (Some(mut rows), Some(lgg)) = (dev_cases(), folder("lgg")) else {
        return;
    };
    let lgg = Preset::Lgg.cases(&lgg).unwrap();
    for row in &lgg {
        assert!(rows.iter().all(|dev| dev.patient != row.patient));
    }
    rows.extend(lgg);
    let folds = folds(&rows, 5);
    for fold in 0..5 {
        let dev = folds[..9].iter().filter(|f| **f == fold).count();
        assert!((1..=3).contains(&dev), "{:?}", &folds[..9]);
    }
}
