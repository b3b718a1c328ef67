//! Trilinear resampling against what is known exactly, and against a plain twin.

mod support;

use imaging::{Affine, Grid, Orientation, RasPoint, Volume, VoxelIndex, reorient, resample};
use support::{Random, oblique, painted};

fn random_volume(dims: [usize; 3], affine: Affine, seed: u64) -> Volume {
    let mut random = Random(seed);
    let grid = Grid { dims, affine };
    let data = (0..grid.voxel_count())
        .map(|_| random.unit() as f32)
        .collect();
    Volume { grid, data }
}

/// The definition, voxel by voxel in f64: weights of the eight centres around the position, whose
/// coordinates are clamped to the outermost centres, or 0 beyond the voxels' faces.
fn twin(volume: &Volume, grid: &Grid) -> Vec<f64> {
    let dims = volume.grid.dims;
    let value = |offset: usize| {
        let world = grid.affine.apply(grid.index_of(offset).into());
        let p = volume.grid.affine.voxel_of(world).expect("invertible").0;
        if (0..3).any(|a| p[a] < -0.5 - 1e-6 || p[a] > dims[a] as f64 - 0.5 + 1e-6) {
            return 0.0;
        }
        let p: [f64; 3] = std::array::from_fn(|a| p[a].clamp(0.0, dims[a] as f64 - 1.0));
        let mut sum = 0.0;
        for corner in 0..8 {
            let mut weight = 1.0;
            let mut at = [0; 3];
            for a in 0..3 {
                let low = p[a].floor();
                let upper = corner >> a & 1 == 1;
                weight *= if upper {
                    p[a] - low
                } else {
                    1.0 - (p[a] - low)
                };
                at[a] = (low as usize + usize::from(upper)).min(dims[a] - 1);
            }
            sum += weight * f64::from(volume.get(VoxelIndex(at)).expect("inside"));
        }
        sum
    };
    (0..grid.voxel_count()).map(value).collect()
}

#[test]
fn a_linear_ramp_is_reproduced_wherever_eight_centres_surround_it() {
    let ramp = |p: [f64; 3]| 3.0 * p[0] - 2.0 * p[1] + 0.5 * p[2] + 40.0;
    let source = painted(
        Grid {
            dims: [14, 11, 9],
            affine: oblique(),
        },
        ramp,
    );
    let target = Grid::covering(&source.grid, [0.7; 3]);
    let out = resample::linear(&source, &target);
    let mut compared = 0;
    for (offset, value) in out.data.iter().enumerate() {
        let world = target.affine.apply(target.index_of(offset).into());
        let p = source.grid.affine.voxel_of(world).expect("invertible").0;
        if (0..3).all(|a| p[a] >= 0.0 && p[a] <= source.grid.dims[a] as f64 - 1.0) {
            let expected = ramp(world.0);
            assert!(
                (f64::from(*value) - expected).abs() < 2e-5,
                "{value} {expected}"
            );
            compared += 1;
        }
    }
    assert!(compared > 3000, "{compared}");
}

#[test]
fn it_equals_the_plain_twin_between_any_two_grids() {
    let upright = Affine::axis_aligned([1.1, 0.8, 3.0], RasPoint([-30.0, 15.0, 10.0]));
    let lps = Affine([
        [-1.5, 0.0, 0.0, -20.0],
        [0.0, -1.0, 0.0, 26.0],
        [0.0, 0.0, 2.0, 4.0],
    ]);
    let affines = [upright, oblique(), lps];
    for (i, from) in affines.into_iter().enumerate() {
        let source = random_volume([9, 12, 7], from, i as u64);
        for to in affines {
            let grid = Grid {
                dims: [13, 10, 11],
                affine: to,
            };
            let fast = resample::linear(&source, &grid);
            let plain = twin(&source, &grid);
            assert!(
                plain.iter().filter(|v| **v > 0.0).count() > 20,
                "grids overlap"
            );
            for (place, (fast, plain)) in fast.data.iter().zip(plain).enumerate() {
                assert!((f64::from(*fast) - plain).abs() < 1e-6, "{i} {place}");
            }
        }
    }
}

#[test]
fn a_volume_on_its_own_grid_is_itself() {
    for affine in [
        oblique(),
        Affine::axis_aligned([0.3, 0.7, 1.9], RasPoint([1.0, 2.0, 3.0])),
    ] {
        let v = random_volume([7, 8, 9], affine, 3);
        assert_eq!(resample::linear(&v, &v.grid), v);
        for orientation in Orientation::all() {
            let turned = reorient(&v, orientation);
            assert_eq!(
                resample::linear(&v, &turned.grid).data,
                turned.data,
                "{orientation}"
            );
        }
    }
}

#[test]
fn beyond_the_outermost_voxels_there_is_nothing_and_within_them_their_value() {
    let v = Volume::filled(
        Grid {
            dims: [4, 4, 1],
            affine: Affine::axis_aligned([1.0, 1.0, 6.0], RasPoint([0.0; 3])),
        },
        5.0,
    );
    let column = Grid {
        dims: [1, 1, 9],
        affine: Affine::axis_aligned([1.0; 3], RasPoint([1.0, 1.0, -4.0])),
    };
    // The slice is 6 mm thick: -3 to 3.
    let expected = [0.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 0.0];
    assert_eq!(resample::linear(&v, &column).data, expected);
}

#[test]
fn every_way_of_asking_gives_the_same_values() {
    let source = random_volume([9, 8, 7], oblique(), 5);
    let grid = Grid::covering(&source.grid, [1.3; 3]);
    let expected = resample::linear(&source, &grid).data;
    let mut into = vec![9.0; expected.len()];
    resample::linear_into(&source, &grid, &mut into);
    assert_eq!(into, expected);
    let mut each = Vec::new();
    resample::linear_each(&source, &grid, |place, value| {
        assert_eq!(place, each.len());
        each.push(value);
    });
    assert_eq!(each, expected);
}

#[test]
fn labels_go_to_the_most_probable_class_and_background_wins_outside() {
    let grid = Grid {
        dims: [6, 5, 4],
        affine: oblique(),
    };
    let classes: Vec<Volume> = (0..4)
        .map(|c| random_volume(grid.dims, grid.affine, 10 + c))
        .collect();
    let mut target = Grid::covering(&grid, [0.9; 3]);
    // A margin of a few voxels, certainly outside.
    target = target.window([-3, -3, -3], target.dims.map(|n| n + 6));
    let labels = resample::labels(&classes, &target);
    let plain: Vec<Vec<f64>> = classes.iter().map(|c| twin(c, &target)).collect();
    let mut seen = [0; 4];
    for (place, label) in labels.data.iter().enumerate() {
        let p: Vec<f64> = plain.iter().map(|c| c[place]).collect();
        let best = p.iter().copied().fold(0.0, f64::max);
        assert!(
            p[usize::from(*label)] >= best - 1e-6,
            "{place}: {label} {p:?}"
        );
        if best == 0.0 {
            assert_eq!(*label, 0, "outside");
        } else {
            seen[usize::from(*label)] += 1;
        }
    }
    assert!(seen.iter().all(|n| *n > 10), "{seen:?}");
    assert_eq!(labels.data[0], 0);
}

#[test]
fn between_two_classes_no_third_one_appears() {
    let grid = Grid {
        dims: [10, 3, 3],
        affine: Affine::IDENTITY,
    };
    let side = |left: bool| painted(grid, move |p| f64::from(u8::from((p[0] < 4.5) == left)));
    let nobody = Volume::filled(grid, 0.0);
    let classes = [side(true), nobody.clone(), nobody, side(false)];
    let fine = Grid::covering(&grid, [0.25; 3]);
    let labels = resample::labels(&classes, &fine);
    assert!(labels.data.iter().all(|l| matches!(l, 0 | 3)));
    assert_eq!(
        labels.data.iter().filter(|l| **l == 3).count() * 2,
        labels.data.len()
    );
}
