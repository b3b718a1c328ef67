//! Stripping a head that is known: ellipsoids, bright scalp, dark bone, a face and a neck.

mod support;

use imaging::brain::{self, StripFault, StripQuality};
use imaging::{Affine, Grid, ImagingError, Mask, RasPoint, Volume};
use support::painted;

/// The brain's half axes in mm: left-right, back-front, down-up.
const BRAIN_MM: [f64; 3] = [66.0, 84.0, 62.0];

/// Distance from the brain's surface in mm along the ray from its middle, negative inside. The left
/// half is a little narrower.
fn outside_mm(p: [f64; 3]) -> f64 {
    let half = [
        if p[0] < 0.0 { 62.0 } else { BRAIN_MM[0] },
        BRAIN_MM[1],
        BRAIN_MM[2],
    ];
    let scaled = (0..3).map(|i| (p[i] / half[i]).powi(2)).sum::<f64>().sqrt();
    let distance = p.iter().map(|v| v * v).sum::<f64>().sqrt();
    distance * (1.0 - 1.0 / scaled.max(1e-6))
}

fn distance(p: [f64; 3], q: [f64; 3]) -> f64 {
    (0..3).map(|i| (p[i] - q[i]).powi(2)).sum::<f64>().sqrt()
}

/// A tumour under the right surface.
fn in_tumour(p: [f64; 3]) -> bool {
    distance(p, [48.0, 10.0, 20.0]) < 16.0 && outside_mm(p) < 0.0
}

/// What a sequence shows: brain, CSF, bone, fat, muscle, tumour.
struct Look {
    brain: f64,
    csf: f64,
    bone: f64,
    fat: f64,
    muscle: f64,
    tumour: f64,
}

const T1: Look = Look {
    brain: 100.0,
    csf: 30.0,
    bone: 12.0,
    fat: 260.0,
    muscle: 80.0,
    tumour: 70.0,
};

const FLAIR: Look = Look {
    brain: 80.0,
    csf: 15.0,
    bone: 8.0,
    fat: 150.0,
    muscle: 50.0,
    tumour: 190.0,
};

fn head(grid: Grid, look: &Look) -> Volume {
    painted(grid, |p| {
        let out = outside_mm(p);
        // The coil is stronger on one side.
        let bias = 1.0 + 0.002 * p[0] - 0.001 * p[2];
        let eye = [-1.0, 1.0]
            .iter()
            .any(|side| distance(p, [side * 32.0, 78.0, -48.0]) < 13.0);
        let neck = p[0].hypot(p[1] + 20.0) < 55.0 && p[2] < -60.0;
        let face = p[0].abs() < 55.0 && (20.0..100.0).contains(&p[1]) && p[2] < -45.0;
        let value = if in_tumour(p) {
            look.tumour
        } else if out < 0.0 {
            look.brain
        } else if out < 3.0 {
            look.csf
        } else if out < 9.0 {
            look.bone
        } else if eye {
            look.csf
        } else if out < 15.0 {
            look.fat
        } else if neck || face {
            look.muscle
        } else {
            2.0
        };
        value * bias
    })
}

/// An upright grid that reaches `half_mm` from the middle.
fn upright(spacing: [f64; 3], half_mm: [f64; 3]) -> Grid {
    Grid {
        dims: [0, 1, 2].map(|i| (2.0 * half_mm[i] / spacing[i]) as usize),
        affine: Affine::axis_aligned(spacing, RasPoint(half_mm.map(|h| -h))),
    }
}

/// The same voxels numbered from left to right's other end, back to front's too, slices first.
fn slices_first(grid: &Grid) -> Grid {
    let [nx, ny, nz] = grid.dims;
    let m = grid.affine.0;
    let last = |row: [f64; 4]| row[3] + row[0] * (nx - 1) as f64 + row[1] * (ny - 1) as f64;
    Grid {
        dims: [nz, nx, ny],
        affine: Affine(m.map(|row| [row[2], -row[0], -row[1], last(row)])),
    }
}

fn assert_finds_the_brain(grid: Grid, looks: &[&Look]) {
    let scans: Vec<Volume> = looks.iter().map(|look| head(grid, look)).collect();
    let mask = brain::strip(&scans.iter().collect::<Vec<_>>()).expect("a brain");
    assert_eq!(mask.grid, grid);
    let (mut both, mut sum, mut lost) = (0, 0, 0);
    for (offset, found) in mask.data.iter().enumerate() {
        let p = grid.affine.apply(grid.index_of(offset).into()).0;
        let inside = outside_mm(p) < 0.0;
        both += usize::from(*found && inside);
        sum += usize::from(*found) + usize::from(inside);
        lost += usize::from(in_tumour(p) && !*found);
    }
    let dice = 2.0 * both as f64 / sum as f64;
    let lost_ml = lost as f64 * grid.voxel_volume_ml();
    let quality = StripQuality::of(&mask);
    println!("Dice {dice:.3}, {lost_ml:.2} mL of tumour lost, {quality:?}");
    assert!(dice > 0.93, "{dice}");
    assert!(lost_ml < 0.5, "{lost_ml}");
    assert_eq!(quality.fault(), None);
}

const HALF_MM: [f64; 3] = [95.0, 115.0, 90.0];

#[test]
fn it_finds_the_brain_of_a_phantom_in_small_voxels() {
    assert_finds_the_brain(upright([1.5; 3], HALF_MM), &[&T1]);
    assert_finds_the_brain(upright([2.0; 3], HALF_MM), &[&FLAIR]);
}

#[test]
fn thick_slices_and_their_order_do_not_matter() {
    let thick = upright([1.75, 1.75, 7.0], HALF_MM);
    assert_finds_the_brain(thick, &[&T1, &FLAIR]);
    assert_finds_the_brain(slices_first(&thick), &[&T1, &FLAIR]);
}

#[test]
fn it_needs_volumes_on_one_grid_and_something_in_them() {
    let grid = upright([8.0; 3], HALF_MM);
    assert_eq!(brain::strip(&[]), Err(ImagingError::NoVolume));
    let empty = Volume::filled(grid, 0.0);
    assert_eq!(brain::strip(&[&empty]), Err(ImagingError::NoBrain));
    let other = Volume::filled(upright([9.0; 3], HALF_MM), 0.0);
    let mismatch = brain::strip(&[&empty, &other]);
    assert!(matches!(mismatch, Err(ImagingError::GridMismatch { .. })));
}

/// Scans that show no head are not given the average head's brain.
#[test]
fn several_scans_of_something_else_have_no_brain_or_a_fault() {
    let grid = upright([3.0; 3], HALF_MM);
    let filled = |value: &dyn Fn([f64; 3], f32) -> f32| {
        let mut random = 7_u32;
        let mut volume = Volume::filled(grid, 0.0);
        for (offset, to) in volume.data.iter_mut().enumerate() {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let p = grid.affine.apply(grid.index_of(offset).into()).0;
            *to = value(p, (random >> 8) as f32 / (1 << 24) as f32);
        }
        volume
    };
    let noise = filled(&|_, random| 50.0 + 100.0 * random);
    let other = filled(&|_, random| 200.0 * random * random);
    let leg = |bright: f32| {
        filled(&|[x, y, _], random| {
            let mm = x.hypot(y);
            let marrow = if mm < 12.0 { bright } else { 100.0 };
            let bone = if (12.0..20.0).contains(&mm) {
                10.0
            } else {
                marrow
            };
            if mm < 70.0 {
                bone + 5.0 * random
            } else {
                3.0 * random
            }
        })
    };
    let (leg, same) = (leg(150.0), leg(60.0));
    for scans in [[&noise, &other], [&leg, &same]] {
        match brain::strip(&scans) {
            Err(error) => assert_eq!(error, ImagingError::NoBrain),
            Ok(mask) => {
                let quality = StripQuality::of(&mask);
                assert!(quality.fault().is_some(), "{quality:?}");
            }
        }
    }
}

#[test]
fn quality_names_what_is_wrong_with_a_mask() {
    let grid = upright([2.0; 3], HALF_MM);
    let mask = |inside: &dyn Fn([f64; 3]) -> bool| Mask {
        grid,
        data: (0..grid.voxel_count())
            .map(|offset| inside(grid.affine.apply(grid.index_of(offset).into()).0))
            .collect(),
    };
    let fault = |inside: &dyn Fn([f64; 3]) -> bool| StripQuality::of(&mask(inside)).fault();
    assert_eq!(fault(&|p| outside_mm(p) < 0.0), None);
    assert!(matches!(
        fault(&|p| outside_mm(p) < -35.0),
        Some(StripFault::Volume(_))
    ));
    assert!(matches!(
        fault(&|p| outside_mm(p) < 40.0),
        Some(StripFault::Volume(_))
    ));
    let shifted = |p: [f64; 3]| outside_mm([p[0] - 60.0, p[1], p[2]]) < 0.0;
    assert!(matches!(fault(&shifted), Some(StripFault::Cut(_))));
    let sponge = |p: [f64; 3]| outside_mm(p) < 0.0 && (p[0] + p[1]).rem_euclid(12.0) < 8.0;
    assert!(matches!(fault(&sponge), Some(StripFault::Compactness(_))));
    let long = |p: [f64; 3]| outside_mm([p[0] * 1.3, p[1] * 0.8, p[2]]) < 0.0;
    assert!(matches!(fault(&long), Some(StripFault::LengthByWidth(_))));
}
