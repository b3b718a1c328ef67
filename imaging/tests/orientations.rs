//! The asymmetric phantom in all 48 orientations: read, canonicalise, resample, write, read.

mod support;

use imaging::{
    Affine, Grid, LabelMap, Orientation, RasPoint, Volume, VoxelIndex, nifti, reorient, resample,
};
use support::{File, oblique};

const DIMS: [usize; 3] = [4, 6, 9];

/// Every voxel's own number: no two alike, so that any mix-up shows.
fn canonical(affine: Affine) -> Volume {
    let grid = Grid { dims: DIMS, affine };
    let data = (0..grid.voxel_count()).map(|i| 3.0 + i as f32).collect();
    Volume { grid, data }
}

/// The same phantom stored with other axes, built from the letters alone.
fn stored(phantom: &Volume, letters: [char; 3]) -> Volume {
    let axis_of = |letter| match letter {
        'L' | 'R' => 0,
        'P' | 'A' => 1,
        _ => 2,
    };
    let flipped = |letter| matches!(letter, 'L' | 'P' | 'I');
    let dims = letters.map(|l| DIMS[axis_of(l)]);
    let mut affine = [[0.0; 4]; 3];
    for (row, from) in affine.iter_mut().zip(phantom.grid.affine.0) {
        row[3] = from[3];
        for (column, letter) in letters.into_iter().enumerate() {
            let axis = axis_of(letter);
            row[column] = if flipped(letter) {
                -from[axis]
            } else {
                from[axis]
            };
            if flipped(letter) {
                row[3] += from[axis] * (DIMS[axis] - 1) as f64;
            }
        }
    }
    let grid = Grid {
        dims,
        affine: Affine(affine),
    };
    let value = |offset| {
        let at = grid.index_of(offset).0;
        let mut home = [0; 3];
        for (column, letter) in letters.into_iter().enumerate() {
            let axis = axis_of(letter);
            home[axis] = if flipped(letter) {
                DIMS[axis] - 1 - at[column]
            } else {
                at[column]
            };
        }
        phantom.get(VoxelIndex(home)).expect("inside")
    };
    let data = (0..grid.voxel_count()).map(value).collect();
    Volume { grid, data }
}

/// As a file's bytes, by the test's own header.
fn as_file(volume: &Volume) -> Vec<u8> {
    let mut file = File::small();
    file.dim = vec![3];
    file.dim.extend(volume.grid.dims.map(|n| n as i64));
    file.datatype = 16;
    file.srow = volume.grid.affine.0;
    file.image = volume.data.iter().flat_map(|v| v.to_le_bytes()).collect();
    file.bytes()
}

fn affines() -> [Affine; 2] {
    let upright = Affine::axis_aligned([1.0, 2.0, 0.5], RasPoint([-7.0, 11.0, 5.0]));
    [upright, oblique()]
}

#[test]
fn every_orientation_comes_back_to_the_same_canonical_volume() {
    for affine in affines() {
        let phantom = canonical(affine);
        for orientation in Orientation::all() {
            let letters = orientation.letters();
            let bytes = as_file(&stored(&phantom, letters));
            let series = nifti::read(&bytes).expect("a valid file");
            assert_eq!(series.info.orientation, orientation.to_string());
            let ras = reorient(&series.volume, Orientation::RAS);
            assert_eq!(ras.data, phantom.data, "{orientation}");
            assert!(ras.grid.is_close(&phantom.grid), "{orientation}");
            let back = reorient(&ras, orientation);
            assert_eq!(back.data, series.volume.data, "{orientation}");
            assert!(back.grid.is_close(&series.volume.grid), "{orientation}");
        }
    }
}

#[test]
fn the_whole_way_gives_the_same_scan_from_every_orientation() {
    for affine in affines() {
        let phantom = canonical(affine);
        let target = Grid::covering(&phantom.grid, [0.8; 3]);
        let expected = resample::linear(&phantom, &target);
        for orientation in Orientation::all() {
            let bytes = as_file(&stored(&phantom, orientation.letters()));
            let series = nifti::read(&bytes).expect("a valid file");
            let ras = reorient(&series.volume, Orientation::RAS);
            let resampled = resample::linear(&ras, &target);
            let written = nifti::write_volume(&resampled, None).expect("small");
            let back = nifti::read(&written).expect("our own file");
            assert_eq!(back.info.orientation, "RAS");
            assert!(back.volume.grid.is_close(&target), "{orientation}");
            for (found, expected) in back.volume.data.iter().zip(&expected.data) {
                // Affines went through f32 in the file; positions differ by some 1e-6 of a voxel.
                assert!(
                    (found - expected).abs() < 2e-3,
                    "{orientation}: {found} {expected}"
                );
            }
        }
    }
}

#[test]
fn labels_return_to_the_grid_of_every_orientation_voxel_for_voxel() {
    for affine in affines() {
        let phantom = canonical(affine);
        for orientation in Orientation::all() {
            let native = stored(&phantom, orientation.letters());
            let labels = LabelMap {
                grid: native.grid,
                data: native.data.iter().map(|v| (*v as u32 % 4) as u8).collect(),
            };
            let ras = reorient(&labels, Orientation::RAS);
            let classes: Vec<Volume> = (0..4)
                .map(|class| Volume {
                    grid: ras.grid,
                    data: ras
                        .data
                        .iter()
                        .map(|l| f32::from(u8::from(*l == class)))
                        .collect(),
                })
                .collect();
            let back = resample::labels(&classes, &native.grid);
            assert_eq!(back.data, labels.data, "{orientation}");
            let written =
                nifti::write_labels(&back, &[(1, "core")], "phantom", None).expect("small");
            let read = nifti::read(&written).expect("our own file");
            assert_eq!(read.volume.to_labels().expect("labels").data, labels.data);
            assert!(read.volume.grid.is_close(&native.grid));
        }
    }
}
