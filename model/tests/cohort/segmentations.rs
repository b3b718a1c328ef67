//! Label schemes.

use std::path::PathBuf;

use imaging::{Affine, Grid, Volume, nifti};
use mts_unet::cohort::{CohortError, SegFile, SegScheme, read_mask, read_segmentation, read_truth};

fn file(folder: &tempfile::TempDir, labels: [f32; 4]) -> PathBuf {
    let volume = Volume {
        grid: Grid {
            dims: [4, 1, 1],
            affine: Affine::IDENTITY,
        },
        data: labels.to_vec(),
    };
    let path = folder.path().join("seg.nii.gz");
    std::fs::write(&path, nifti::write_volume(&volume, None).unwrap()).unwrap();
    path
}

fn labels(values: [f32; 4], scheme: SegScheme) -> Result<Vec<u8>, CohortError> {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, values);
    read_segmentation(&SegFile { path, scheme }).map(|map| map.data)
}

#[test]
fn every_scheme_becomes_the_projects_labels() {
    let older = labels([0.0, 1.0, 2.0, 4.0], SegScheme::Brats2021);
    assert_eq!(older.unwrap(), [0, 1, 2, 3]);
    let newer = labels([0.0, 1.0, 2.0, 3.0], SegScheme::Brats2023);
    assert_eq!(newer.unwrap(), [0, 1, 2, 3]);
    let cavity = labels([4.0, 1.0, 2.0, 3.0], SegScheme::Brats2024);
    assert_eq!(cavity.unwrap(), [0, 1, 2, 3]);
    let oldest = labels([0.0, 3.0, 2.0, 4.0], SegScheme::Brats2015);
    assert_eq!(oldest.unwrap(), [0, 1, 2, 3]);
    let scaled = labels([0.0, 0.999, 2.012, 2.997], SegScheme::Brats2023);
    assert_eq!(scaled.unwrap(), [0, 1, 2, 3]);
    let whole = labels([0.0, 1.0, 255.0, 2.0], SegScheme::WtOnly);
    assert_eq!(whole.unwrap(), [0, 1, 1, 1]);
    assert!(!SegScheme::WtOnly.tells_parts());
}

#[test]
fn a_label_of_another_scheme_is_refused() {
    let error = labels([0.0, 1.0, 2.0, 3.0], SegScheme::Brats2021).unwrap_err();
    let words = error.to_string();
    assert!(
        words.starts_with("found the labels 1, 2 and 3, expected 0, 1, 2 and 4 (brats2021)"),
        "{words}"
    );
    assert!(error.mend().contains("seg_scheme"));
    assert!(labels([0.0, 1.0, 2.0, 4.0], SegScheme::Brats2023).is_err());
    assert!(labels([0.0, 0.5, 2.0, 4.0], SegScheme::Brats2021).is_err());
}

#[test]
fn three_and_four_are_refused_until_the_manifest_says_which() {
    for scheme in [SegScheme::Brats2021, SegScheme::Brats2023] {
        let error = labels([0.0, 1.0, 3.0, 4.0], scheme).unwrap_err();
        let words = error.to_string();
        assert!(words.starts_with("found both 3 and 4"), "{words}");
        let mend = error.mend();
        for word in ["seg_scheme", "brats2024", "resection cavity", "brats2015"] {
            assert!(mend.contains(word), "{mend}");
        }
    }
}

#[test]
fn a_mask_is_read_beside_its_scan_and_named_where_it_lies_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let seg = SegFile {
        path: file(&folder, [0.0, 1.0, 2.0, 4.0]),
        scheme: SegScheme::Brats2021,
    };
    let mask = read_mask(&seg.path).unwrap();
    let mut scan = mask.clone();
    scan.data = vec![0.0, 7.0, 8.0, 9.0];
    let labels = read_truth(&seg, &mask, &scan).unwrap();
    assert_eq!(labels.data, [0, 1, 2, 3]);
    scan.grid.affine.0[0][3] = 3.0;
    let error = read_truth(&seg, &mask, &scan).unwrap_err();
    let words = error.to_string();
    assert!(
        words.starts_with("the mask lies in another place"),
        "{words}"
    );
    assert!(words.ends_with("seg.nii.gz"), "{words}");
    assert!(error.mend().contains("geometry"));
}

#[test]
fn a_missing_file_is_named() {
    let seg = SegFile {
        path: "nowhere/seg.nii.gz".into(),
        scheme: SegScheme::WtOnly,
    };
    let words = read_segmentation(&seg).unwrap_err().to_string();
    assert!(words.ends_with("nowhere/seg.nii.gz"), "{words}");
}
