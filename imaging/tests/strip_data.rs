//! Stripping scans of people, where the development data is there, against masks made by others.

mod support;

use imaging::register::{self, Options};
use imaging::{Affine, Mask, Orientation, RasPoint, Volume, brain, nifti, reorient};
use std::fs;
use std::path::Path;

fn canonical(path: &Path) -> Volume {
    let bytes = fs::read(path).expect("a readable scan");
    let series = nifti::read(&bytes).expect("a valid scan");
    reorient(&series.volume, Orientation::RAS)
}

fn dice(mask: &Mask, expected: &Volume) -> f64 {
    let (mut both, mut sum) = (0, 0);
    for (a, b) in mask.data.iter().zip(expected.data.iter().map(|v| *v > 0.5)) {
        both += usize::from(*a && b);
        sum += usize::from(*a) + usize::from(b);
    }
    2.0 * both as f64 / sum as f64
}

fn assert_agrees(name: &str, scan: &Path, mask: &Path, least: f64) {
    let stripped = brain::strip(&[&canonical(scan)]).expect("a brain");
    let dice = dice(&stripped, &canonical(mask));
    println!("{name}: Dice {dice:.3}, {:.0} mL", stripped.volume_ml());
    assert!(dice >= least, "{name}: {dice}");
}

#[test]
fn thick_slices_of_one_sequence_agree_with_hd_bet() {
    let Some(shared) = support::shared() else {
        return;
    };
    let folder = shared.join("sample/TCGA-FG-6692/native");
    for (name, least) in [("t1", 0.95), ("t1c", 0.88), ("fla", 0.94), ("t2", 0.93)] {
        let scan = folder.join(format!("{name}.nii.gz"));
        let mask = folder.join(format!("hdbet_mask_{name}.nii.gz"));
        assert_agrees(name, &scan, &mask, least);
    }
}

#[test]
fn the_average_head_agrees_with_its_mask() {
    let Some(shared) = support::shared() else {
        return;
    };
    let folder = shared.join("atlas/icbm152");
    let scan = folder.join("mni_icbm152_t1.nii.gz");
    let mask = folder.join("mni_icbm152_t1_brain_mask.nii.gz");
    assert_agrees("icbm152", &scan, &mask, 0.96);
}

/// A scalp on a scalp holds an affine move fast that starts from the wrong size.
#[test]
fn an_average_head_finds_itself_in_another_size() {
    let Some(shared) = support::shared() else {
        return;
    };
    let head = canonical(&shared.join("atlas/icbm152/mni_icbm152_t1.nii.gz"));
    // The same head, smaller and flatter, elsewhere and turned about z.
    let (sin, cos) = 0.1_f64.sin_cos();
    let small = Affine([
        [0.86 * cos, -0.82 * sin, 0.0, 20.0],
        [0.86 * sin, 0.82 * cos, 0.0, -35.0],
        [0.0, 0.03, 0.7, 12.0],
    ]);
    let mut patient = head.clone();
    patient.grid.affine = small.compose(&head.grid.affine);
    let options = Options {
        finest_mm: 2.0,
        ..Options::default()
    };
    let found = register::affine(&head, &patient, &options).transform;
    let back = found.compose(&small);
    for corner in [
        [0.0, 0.0, 0.0],
        [60.0, -70.0, 40.0],
        [-50.0, 60.0, -30.0],
        [10.0, -90.0, 70.0],
    ] {
        let away =
            RasPoint(corner).distance_mm(RasPoint(back.apply(imaging::VoxelPoint(corner)).0));
        println!("{corner:?}: {away:.2} mm");
        assert!(away < 1.5, "{corner:?}: {away}");
    }
}
