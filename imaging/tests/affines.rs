//! Where a volume lies: sform before qform before neither, signs, units, and affines that are none.

mod support;

use imaging::{AffineSource, ImagingError, LengthUnit, RasPoint, Series, VoxelPoint, nifti};
use support::{File, oblique};

fn read(file: &File) -> Series {
    nifti::read(&file.bytes()).expect("valid")
}

fn place(series: &Series, voxel: [f64; 3]) -> RasPoint {
    series.volume.grid.affine.apply(VoxelPoint(voxel))
}

fn assert_near(found: RasPoint, expected: [f64; 3]) {
    let distance = found.distance_mm(RasPoint(expected));
    assert!(distance < 1e-4, "{found:?} {expected:?}");
}

/// A qform turned by 120° about (1, 1, 1): x goes to y, y to z, z to x.
fn turned() -> File {
    let mut file = File::small();
    file.sform_code = 0;
    file.qform_code = 1;
    file.quatern = [0.5; 3];
    file.qoffset = [-10.0, 20.0, 5.0];
    file
}

#[test]
fn sform_goes_before_qform_and_qform_before_neither() {
    let mut file = turned();
    file.sform_code = 2;
    let series = read(&file);
    assert_eq!(series.info.affine_source, AffineSource::Sform);
    assert_near(place(&series, [1.0, 1.0, 1.0]), [8.0, -17.0, 34.0]);
    file.sform_code = 0;
    let series = read(&file);
    assert_eq!(series.info.affine_source, AffineSource::Qform);
    assert_near(place(&series, [1.0, 0.0, 0.0]), [-10.0, 22.0, 5.0]);
    assert_near(place(&series, [0.0, 1.0, 0.0]), [-10.0, 20.0, 8.0]);
    assert_near(place(&series, [0.0, 0.0, 1.0]), [-6.0, 20.0, 5.0]);
    file.qform_code = 0;
    let series = read(&file);
    assert_eq!(series.info.affine_source, AffineSource::Neither);
    assert_near(place(&series, [1.0, 1.0, 1.0]), [2.0, 3.0, 4.0]);
    assert_near(place(&series, [0.0; 3]), [0.0; 3]);
}

#[test]
fn a_qfac_of_minus_one_flips_z_and_zero_does_not() {
    for (qfac, z) in [(-1.0, -4.0), (1.0, 4.0), (0.0, 4.0)] {
        for version in [1, 2] {
            let mut file = turned();
            if version == 2 {
                file = file.version_2();
            }
            file.pixdim[0] = qfac;
            let series = read(&file);
            assert_near(place(&series, [0.0, 0.0, 1.0]), [-10.0 + z, 20.0, 5.0]);
        }
    }
}

#[test]
fn an_oblique_qform_and_the_same_sform_agree() {
    // The turn of `oblique()` as a quaternion: half its angle about its axis.
    let half = 0.37_f64 / 2.0;
    let axis = [2.0 / 7.0, -3.0 / 7.0, 6.0 / 7.0];
    let mut file = File::small().version_2();
    file.sform_code = 0;
    file.qform_code = 1;
    file.quatern = axis.map(|v| v * half.sin());
    file.qoffset = oblique().0.map(|row| row[3]);
    file.pixdim = [1.0, 0.9, 1.2, 2.5, 1.0, 1.0, 1.0, 1.0];
    let series = read(&file);
    let expected = oblique().apply(VoxelPoint([2.0, 3.0, 4.0]));
    assert_near(place(&series, [2.0, 3.0, 4.0]), expected.0);
    assert_eq!(series.info.orientation, "RAS");
}

#[test]
fn a_half_turn_whose_quaternion_was_rounded_up_is_still_a_turn() {
    let mut file = turned();
    file.quatern = [0.0, 1.000_001, 0.0];
    let series = read(&file);
    assert_near(place(&series, [1.0, 1.0, 1.0]), [-12.0, 23.0, 1.0]);
}

#[test]
fn lengths_in_metres_and_micrometres_become_millimetres() {
    for (units, unit, factor) in [
        (1 | 8, LengthUnit::Metre, 1000.0),
        (2 | 8, LengthUnit::Millimetre, 1.0),
        (3, LengthUnit::Micrometre, 0.001),
        (0, LengthUnit::Unknown, 1.0),
    ] {
        let mut file = File::small();
        file.units = units;
        let series = read(&file);
        assert_eq!(series.info.length_unit, unit);
        let spacing = series.info.spacing_mm;
        assert!((spacing[1] - 3.0 * factor).abs() < 1e-9 * factor);
        assert_near(
            place(&series, [0.0; 3]),
            [10.0, -20.0, 30.0].map(|v| v * factor),
        );
    }
}

#[test]
fn the_sign_of_a_spacing_means_nothing() {
    let mut file = turned();
    file.pixdim[1] = -2.0;
    assert_near(place(&read(&file), [1.0, 0.0, 0.0]), [-10.0, 22.0, 5.0]);
}

#[test]
fn an_affine_that_is_none_is_refused_by_its_field() {
    type Spoil = fn(&mut File);
    let spoil: [(Spoil, &str); 8] = [
        (|f| f.srow[1][1] = f64::NAN, "sform"),
        (|f| f.srow[0][3] = f64::INFINITY, "sform"),
        (|f| f.srow[2] = [0.0; 4], "spacing of zero"),
        (|f| f.srow[2] = f.srow[1], "spacing of zero"),
        (|f| f.srow[2] = [-2.0, 3.0, 0.0, 1.0], "sform"),
        (
            |f| {
                f.sform_code = 0;
                f.pixdim[2] = 0.0;
            },
            "pixdim",
        ),
        (
            |f| {
                *f = turned();
                f.pixdim[3] = 0.0;
            },
            "qform",
        ),
        (
            |f| {
                *f = turned();
                f.quatern[2] = f64::NAN;
            },
            "qform",
        ),
    ];
    for (number, (spoil, words)) in spoil.into_iter().enumerate() {
        let mut file = File::small();
        spoil(&mut file);
        let error = nifti::read(&file.bytes()).expect_err("no affine");
        assert!(
            matches!(error, ImagingError::Affine { .. }),
            "{number}: {error}"
        );
        assert!(error.to_string().contains(words), "{number}: {error}");
    }
    let mut flat = File::small();
    flat.srow = [
        [1.0, 2.0, 0.0, 0.0],
        [2.0, 4.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.0],
    ];
    let error = nifti::read(&flat.bytes()).expect_err("flat");
    assert!(error.to_string().contains("flattens"), "{error}");
}

#[test]
fn nonsense_in_fields_that_are_not_used_does_no_harm() {
    let mut file = File::small();
    file.qform_code = 1;
    file.quatern = [f64::NAN; 3];
    file.pixdim = [f64::NAN; 8];
    assert_eq!(read(&file).info.affine_source, AffineSource::Sform);
}

#[test]
fn a_single_slice_without_a_third_spacing_is_one_millimetre_thick() {
    let mut file = File::small();
    file.sform_code = 0;
    file.dim = vec![2, 12, 5];
    file.pixdim[3] = 0.0;
    let series = read(&file);
    assert_eq!(series.info.spacing_mm, [2.0, 3.0, 1.0]);
}
