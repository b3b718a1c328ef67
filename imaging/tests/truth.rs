//! Experts' masks as people have them: which are read, which are refused, and in what words.

mod support;

use imaging::truth::{self, Detected, Kind, Scheme, Share, TruthError};
use imaging::{Affine, Grid, LabelMap, Orientation, RasPoint, Volume, VoxelIndex, nifti, reorient};
use support::File;

const DIMS: [usize; 3] = [24, 28, 16];

/// As BraTS has it: LPS, the first voxel at 0, 239, 0 of patient space.
const LPS: Affine = Affine([
    [-1.0, 0.0, 0.0, 0.0],
    [0.0, -1.0, 0.0, 27.0],
    [0.0, 0.0, 1.0, 0.0],
]);

/// How far a voxel is from the middle, 1 at the faces; no symmetry beyond that.
fn radius([x, y, z]: [usize; 3], centre: [f64; 3], half: [f64; 3]) -> f64 {
    let place = [x as f64, y as f64, z as f64];
    let square = |axis: usize| ((place[axis] - centre[axis]) / half[axis]).powi(2);
    (0..3).map(square).sum::<f64>().sqrt()
}

fn image(grid: Grid, value: impl Fn([usize; 3]) -> f32) -> Volume {
    let data = (0..grid.voxel_count()).map(|offset| value(grid.index_of(offset).0));
    Volume {
        grid,
        data: data.collect(),
    }
}

/// A stripped brain with a value of its own in each voxel.
fn scan() -> Volume {
    let grid = Grid {
        dims: DIMS,
        affine: LPS,
    };
    image(grid, |at| {
        let inside = radius(at, [12.0, 13.0, 8.0], [10.0, 12.0, 7.0]) < 1.0;
        let value = 100.0 + (at[0] + 3 * at[1] + 7 * at[2]) as f32;
        if inside { value } else { 0.0 }
    })
}

/// Labels 1, 2 and 3, off the middle on every axis.
fn drawn() -> LabelMap {
    let grid = scan().grid;
    let labels = image(grid, |at| {
        match radius(at, [8.0, 16.0, 9.0], [5.0, 6.0, 4.0]) {
            r if r < 0.35 => 1.0,
            r if r < 0.6 => 3.0,
            r if r < 1.0 => 2.0,
            _ => 0.0,
        }
    });
    let labels = labels.to_labels().expect("whole");
    for label in 0..4 {
        assert!(labels.data.contains(&label));
    }
    labels
}

fn as_values(labels: &LabelMap) -> Volume {
    Volume {
        grid: labels.grid,
        data: labels.data.iter().map(|l| f32::from(*l)).collect(),
    }
}

fn changed(change: impl Fn(f32) -> f32) -> Volume {
    let mut mask = as_values(&drawn());
    for value in &mut mask.data {
        *value = change(*value);
    }
    mask
}

fn read(mask: &Volume) -> Result<LabelMap, TruthError> {
    truth::read(mask, Scheme::Brats2023, &scan())
}

/// The error, which names what was found and how to mend it.
fn refused(mask: &Volume, scheme: Scheme) -> TruthError {
    let error = truth::read(mask, scheme, &scan()).expect_err("no such mask");
    println!("{error}\n    {}", error.mend());
    assert!(!error.mend().is_empty());
    error
}

/// A file of little-endian numbers of a NIfTI type.
fn stored(datatype: i16, slope: f64, image: Vec<u8>) -> Volume {
    let grid = scan().grid;
    let [nx, ny, nz] = grid.dims.map(|n| n as i64);
    let file = File {
        dim: vec![3, nx, ny, nz],
        datatype,
        slope,
        pixdim: [1.0; 8],
        srow: grid.affine.0,
        image,
        ..File::small()
    };
    nifti::read(&file.bytes()).expect("a valid file").volume
}

#[test]
fn the_mask_itself_is_read_as_it_is() {
    assert_eq!(read(&as_values(&drawn())), Ok(drawn()));
}

#[test]
fn labels_that_a_scale_moved_a_little_are_labels() {
    for scale in [0.999, 1.000_000_1, 1.01, 0.99] {
        assert_eq!(read(&changed(|v| v * scale)), Ok(drawn()), "{scale}");
    }
}

#[test]
fn integers_with_a_slope_that_hits_no_label_are_labels() {
    // 1, 2 and 3 come back as 0.988, 2.012 and 3.0.
    let slope = 12.0 / 255.0 * 0.75;
    let labels = drawn();
    let image = labels
        .data
        .iter()
        .map(|l| (f64::from(*l) / slope).round() as u8);
    let mask = stored(2, slope, image.collect());
    assert!(mask.data.iter().any(|v| (v - 0.988).abs() < 1e-3));
    assert_eq!(read(&mask).map(|map| map.data), Ok(drawn().data));
}

#[test]
fn floats_with_a_slope_next_to_one_are_labels() {
    let labels = drawn();
    let image = labels.data.iter().flat_map(|l| f32::from(*l).to_le_bytes());
    let mask = stored(16, 1.000_000_1, image.collect());
    assert_eq!(read(&mask).map(|map| map.data), Ok(drawn().data));
}

#[test]
fn what_is_no_number_is_background() {
    let (brain, labels) = (scan(), drawn());
    let value = |(label, scan): (&u8, &f32)| {
        let value = if *scan == 0.0 {
            f32::NAN
        } else {
            f32::from(*label)
        };
        value.to_le_bytes()
    };
    let image = labels.data.iter().zip(&brain.data).flat_map(value);
    let mask = stored(16, 1.0, image.collect());
    assert_eq!(read(&mask).map(|map| map.data), Ok(labels.data));
}

#[test]
fn a_label_that_was_not_announced_is_refused_with_what_was() {
    let mask = changed(|v| if v == 3.0 { 4.0 } else { v });
    let words = refused(&mask, Scheme::Brats2023).to_string();
    assert_eq!(
        words,
        "found the labels 1, 2 and 4, expected 0 to 3 (brats2023)"
    );
    assert_eq!(truth::read(&mask, Scheme::Brats2021, &scan()), Ok(drawn()));
    let words = refused(&as_values(&drawn()), Scheme::Brats2021).to_string();
    assert!(
        words.contains("expected 0, 1, 2 and 4 (brats2021)"),
        "{words}"
    );
}

#[test]
fn three_and_four_together_are_refused_until_the_scheme_is_said() {
    // A cavity of 4 inside the core.
    let mut mask = as_values(&drawn());
    let core: Vec<usize> = (0..mask.data.len())
        .filter(|&i| mask.data[i] == 1.0)
        .collect();
    for &offset in &core[..core.len() / 2] {
        mask.data[offset] = 4.0;
    }
    for scheme in [Scheme::Brats2021, Scheme::Brats2023] {
        let error = refused(&mask, scheme);
        assert_eq!(error, TruthError::ThreeAndFour { scheme });
        assert!(error.asks_for_scheme());
    }
    let numbers = truth::numbers(&mask).expect("labels");
    let ask = Detected::Ask(vec![Scheme::Brats2024, Scheme::Brats2015]);
    assert_eq!(truth::detect(&numbers), Ok(ask));

    let meant = |label: [u8; 5]| {
        let data = numbers
            .data
            .iter()
            .map(|number| label[usize::from(*number)]);
        data.collect::<Vec<_>>()
    };
    let after_treatment = truth::read(&mask, Scheme::Brats2024, &scan()).expect("said");
    assert_eq!(after_treatment.data, meant([0, 1, 2, 3, 0]));
    let old = truth::read(&mask, Scheme::Brats2015, &scan()).expect("said");
    assert_eq!(old.data, meant([0, 1, 2, 1, 3]));
}

#[test]
fn a_scheme_is_detected_where_the_numbers_tell_it() {
    let of = |numbers: &[u8]| {
        let grid = Grid {
            dims: [numbers.len(), 1, 1],
            affine: Affine::IDENTITY,
        };
        truth::detect(&LabelMap {
            grid,
            data: numbers.to_vec(),
        })
    };
    let known = |scheme| Ok(Detected::Scheme(scheme));
    assert_eq!(of(&[0, 0]), known(Scheme::Brats2023));
    assert_eq!(of(&[0, 1, 2]), known(Scheme::Brats2023));
    assert_eq!(of(&[2, 3]), known(Scheme::Brats2023));
    assert_eq!(of(&[0, 1, 4]), known(Scheme::Brats2021));
    assert_eq!(of(&[0, 255]), known(Scheme::WtOnly));
    let ask = Detected::Ask(vec![Scheme::WtOnly, Scheme::Brats2023]);
    assert_eq!(of(&[0, 1]), Ok(ask));
    assert!(matches!(of(&[0, 1, 2, 7]), Err(TruthError::Foreign { .. })));
    let many: Vec<u8> = (0..40).collect();
    assert_eq!(of(&many), Err(TruthError::ManyValues { count: 39 }));
}

#[test]
fn grey_values_of_a_picture_are_refused_by_their_numbers() {
    let error = refused(&changed(|v| 85.0 * v), Scheme::Brats2023);
    assert!(error.to_string().contains("85, 170 and 255"), "{error}");
    assert!(error.mend().contains("grey values"));
    assert!(!error.asks_for_scheme());
}

#[test]
fn what_is_no_map_of_labels_is_refused_by_what_it_is() {
    let kind = |mask: &Volume| match refused(mask, Scheme::WtOnly) {
        TruthError::NotLabels { kind, .. } => kind,
        error => panic!("{error}"),
    };
    assert_eq!(kind(&changed(|v| v / 3.0)), Kind::Probabilities);
    assert_eq!(
        kind(&changed(|v| if v == 0.0 { -1.0 } else { v })),
        Kind::Negative
    );
    assert_eq!(
        kind(&changed(|v| if v == 2.0 { 2.5 } else { v })),
        Kind::Between
    );
    assert_eq!(kind(&changed(|v| 500.0 * v)), Kind::Large);
    // A scan of whole numbers is no whole tumour.
    let mut eight_bits = scan();
    for value in &mut eight_bits.data {
        *value = value.min(255.0);
    }
    let scan_as_mask = refused(&eight_bits, Scheme::WtOnly);
    assert!(matches!(scan_as_mask, TruthError::ManyValues { .. }));
}

#[test]
fn a_channel_a_class_is_refused_as_such() {
    let file = File {
        dim: vec![4, 3, 4, 5, 3],
        image: vec![0; 180],
        ..File::small()
    };
    let error = TruthError::from(nifti::read(&file.bytes()).expect_err("three volumes"));
    assert_eq!(error, TruthError::Channels { volumes: 3 });
    assert!(error.to_string().contains("one-hot"), "{error}");
}

#[test]
fn a_mask_without_its_affine_is_refused_by_its_place() {
    let away = |affine: Affine, map: &LabelMap| {
        let mut mask = as_values(map);
        mask.grid.affine = affine;
        refused(&mask, Scheme::Brats2023)
    };
    let error = away(Affine::IDENTITY, &drawn());
    assert!(matches!(
        error,
        TruthError::Apart {
            share: Share::Tumour,
            ..
        }
    ));
    assert!(error.to_string().contains("another place"), "{error}");
    // The tumour still lies in the scan, but hardly half of the boxes is shared.
    assert!(matches!(
        away(
            Affine::axis_aligned([1.0; 3], RasPoint([-20.0, -12.0, 0.0])),
            &drawn()
        ),
        TruthError::Apart {
            share: Share::SameVoxels,
            ..
        }
    ));
    // No tumour to look at.
    let empty = LabelMap::filled(scan().grid, 0);
    assert!(matches!(
        away(Affine::IDENTITY, &empty),
        TruthError::Apart { .. }
    ));
}

#[test]
fn a_mask_whose_tumour_lies_in_the_air_around_the_brain_is_refused() {
    let mut mask = LabelMap::filled(
        Grid {
            dims: [6, 6, 6],
            affine: LPS,
        },
        0,
    );
    mask.data[0..40].fill(2);
    let error = refused(&as_values(&mask), Scheme::Brats2023);
    assert!(matches!(
        error,
        TruthError::Apart {
            share: Share::Shown,
            ..
        }
    ));
    // Air that isn't one value tells nothing.
    let mut noisy = scan();
    for (i, value) in noisy.data.iter_mut().enumerate() {
        *value += (i % 5) as f32;
    }
    assert!(truth::read(&as_values(&mask), Scheme::Brats2023, &noisy).is_ok());
}

#[test]
fn an_empty_mask_says_that_there_is_no_tumour() {
    let empty = LabelMap::filled(scan().grid, 0);
    assert_eq!(read(&as_values(&empty)), Ok(empty));
}

#[test]
fn a_mask_in_any_orientation_or_mirrored_storage_gives_the_same_labels() {
    for orientation in Orientation::all() {
        let turned = reorient(&as_values(&drawn()), orientation);
        let found = read(&turned).expect("the same place");
        assert!(found.grid.is_close(&turned.grid), "{orientation}");
        assert_eq!(truth::onto(&found, &scan().grid), drawn(), "{orientation}");
    }
}

#[test]
fn a_mask_of_a_part_of_the_scan_is_background_in_the_rest() {
    let part = drawn().window([2, 9, 4], [14, 15, 11], 0);
    let found = read(&as_values(&part)).expect("a part");
    assert_eq!(found.grid.dims, DIMS);
    assert!(found.grid.is_close(&scan().grid));
    assert_eq!(found.data, drawn().data);
    // Turned as well: still every voxel of the scan, and no other place.
    let turned = reorient(
        &as_values(&part),
        Orientation::all().nth(17).expect("48 of them"),
    );
    let found = read(&turned).expect("a part");
    assert_eq!(truth::onto(&found, &scan().grid), drawn());
}

#[test]
fn a_mask_larger_than_the_scan_keeps_its_own_voxels() {
    let larger = drawn().window([-3, -2, -4], [30, 32, 24], 0);
    let found = read(&as_values(&larger)).expect("covers the scan");
    assert_eq!(found, larger);
    assert_eq!(truth::onto(&found, &scan().grid), drawn());
}

#[test]
fn a_finer_mask_keeps_its_voxels_and_its_volume_on_the_scans_grid() {
    // Two by two by two voxels for each of the scan's, centred on the same places.
    let fine = Grid {
        dims: DIMS.map(|n| 2 * n),
        affine: Affine([
            [-0.5, 0.0, 0.0, 0.25],
            [0.0, -0.5, 0.0, 27.25],
            [0.0, 0.0, 0.5, -0.25],
        ]),
    };
    let coarse = drawn();
    let mask = image(fine, |at| {
        f32::from(coarse.get(VoxelIndex(at.map(|i| i / 2))).expect("inside"))
    });
    let found = read(&mask).expect("the same space");
    assert_eq!(found.grid, fine);
    // Each of the scan's voxels lies between eight of one label.
    assert_eq!(truth::onto(&found, &scan().grid), coarse);
}

#[test]
fn every_scheme_is_found_by_its_name_and_has_words() {
    for scheme in Scheme::ALL {
        assert_eq!(scheme.key().parse(), Ok(scheme));
        assert_eq!(scheme.label(0), Some(0));
        assert!(!scheme.meaning().is_empty());
        assert_eq!(scheme.tells_parts(), scheme != Scheme::WtOnly);
    }
    assert_eq!("brats".parse::<Scheme>(), Err(()));
    assert_eq!(Scheme::WtOnly.label(255), Some(1));
    assert_eq!(Scheme::Brats2021.label(3), None);
}
