//! A header's two forms where they say different things: which one is taken, and what is told of the other.

mod support;

use imaging::{AffineSource, Forms, ItkForm, RasPoint, Series, VoxelPoint, nifti};
use support::File;

fn read(file: &File) -> Series {
    nifti::read(&file.bytes()).expect("valid")
}

fn place(series: &Series, voxel: [f64; 3]) -> [f64; 3] {
    series.volume.grid.affine.apply(VoxelPoint(voxel)).0
}

fn assert_at(found: [f64; 3], expected: [f64; 3]) {
    assert!(
        RasPoint(found).distance_mm(RasPoint(expected)) < 1e-4,
        "{found:?} {expected:?}"
    );
}

/// Both codes 1, and both forms the same: half a turn about y takes x and z to the other side.
fn both() -> File {
    File {
        sform_code: 1,
        qform_code: 1,
        srow: [
            [-2.0, 0.0, 0.0, 10.0],
            [0.0, 3.0, 0.0, -20.0],
            [0.0, 0.0, -4.0, 30.0],
        ],
        quatern: [0.0, 1.0, 0.0],
        qoffset: [10.0, -20.0, 30.0],
        ..File::small()
    }
}

fn in_all_spellings(file: File) -> [File; 4] {
    [
        file.clone(),
        file.clone().big_endian(),
        file.clone().version_2(),
        file.version_2().big_endian(),
    ]
}

#[test]
fn forms_that_agree_leave_nothing_to_say() {
    for file in in_all_spellings(both()) {
        let info = read(&file).info;
        assert_eq!(info.affine_source, AffineSource::Sform);
        assert_eq!(
            info.forms,
            Forms {
                qform_code: 1,
                sform_code: 1,
                itk: ItkForm::Sform,
                pixdim_mm: Some([2.0, 3.0, 4.0]),
                ..Forms::default()
            }
        );
    }
}

#[test]
fn an_sform_that_places_nothing_gives_way_to_a_sound_qform_and_says_why() {
    type Spoil = fn(&mut File);
    let cases: [(Spoil, &str); 4] = [
        (|f| f.srow = [[0.0; 4]; 3], "has a spacing of zero"),
        (
            |f| f.srow.iter_mut().for_each(|row| row[2] = 0.0),
            "has a spacing of zero",
        ),
        (
            |f| {
                f.srow[0] = [1.0, 2.0, 0.0, 0.0];
                f.srow[1] = [2.0, 4.0, 0.0, 0.0];
            },
            "flattens the volume",
        ),
        (
            |f| f.srow[1][1] = f64::NAN,
            "holds a number that is not finite",
        ),
    ];
    for (spoil, words) in cases {
        let mut file = both();
        spoil(&mut file);
        for file in in_all_spellings(file) {
            let series = read(&file);
            let forms = &series.info.forms;
            assert_eq!(series.info.affine_source, AffineSource::Qform, "{words}");
            assert_eq!(forms.sform_unusable.as_deref(), Some(words));
            assert_eq!((forms.differ_mm, forms.shear), (None, None));
            assert_eq!(forms.itk, ItkForm::Qform);
            assert_at(place(&series, [1.0, 1.0, 1.0]), [8.0, -17.0, 26.0]);
        }
        file_without_qform_is_refused(spoil);
    }
}

fn file_without_qform_is_refused(spoil: fn(&mut File)) {
    let mut file = both();
    spoil(&mut file);
    file.qform_code = 0;
    let error = nifti::read(&file.bytes()).expect_err("no form is left");
    assert!(error.to_string().contains("sform"), "{error}");
    file.qform_code = 1;
    file.pixdim[2] = 0.0;
    let error = nifti::read(&file.bytes()).expect_err("neither form is sound");
    assert!(error.to_string().contains("sform"), "{error}");
}

#[test]
fn a_qform_that_places_nothing_changes_nothing_and_is_told() {
    let cases: [fn(&mut File); 3] = [
        |f| f.pixdim[2] = 0.0,
        |f| f.quatern = [f64::NAN; 3],
        |f| f.qoffset[0] = f64::INFINITY,
    ];
    for spoil in cases {
        let mut file = both();
        spoil(&mut file);
        let series = read(&file);
        assert_eq!(series.info.affine_source, AffineSource::Sform);
        assert!(series.info.forms.qform_unusable.is_some());
        assert_eq!(series.info.forms.sform_unusable, None);
        assert_at(place(&series, [1.0, 1.0, 1.0]), [8.0, -17.0, 26.0]);
    }
}

#[test]
fn forms_that_differ_say_by_how_many_mm_at_the_worst_corner() {
    // The qform's z axis is one millimetre a slice longer: 4 mm over five slices. By 3 mm to the side.
    let mut file = both();
    file.pixdim[3] = 5.0;
    file.qoffset[0] = 13.0;
    let series = read(&file);
    let differ = series.info.forms.differ_mm.expect("they differ");
    assert!((differ - 5.0).abs() < 1e-6, "{differ}");
    assert_eq!(series.info.affine_source, AffineSource::Sform);
    assert_eq!(series.info.forms.pixdim_mm, Some([2.0, 3.0, 5.0]));

    // A tenth of the smallest spacing, 2 mm, is rounding; anything more is not.
    for (off, told) in [(0.19, false), (0.21, true)] {
        let mut file = both();
        file.qoffset[1] += off;
        assert_eq!(read(&file).info.forms.differ_mm.is_some(), told, "{off}");
    }
    // A form without a code says nothing.
    let mut file = both();
    file.qoffset[1] += 50.0;
    file.qform_code = 0;
    assert_eq!(read(&file).info.forms.differ_mm, None);
}

#[test]
fn the_difference_of_forms_in_metres_is_told_in_mm() {
    let mut file = both();
    file.units = 1;
    file.qoffset[1] += 0.5;
    let differ = read(&file).info.forms.differ_mm.expect("they differ");
    assert!((differ - 500.0).abs() < 1e-3, "{differ}");
}

#[test]
fn a_shear_is_told_from_where_itk_opens_nothing() {
    for (cosine, told) in [(8e-5, false), (2e-4, true), (0.002, true)] {
        let mut file = both().version_2();
        file.srow[0][1] = 3.0 * cosine;
        let forms = read(&file).info.forms;
        assert_eq!(forms.shear.is_some(), told, "{cosine}");
        if let Some(shear) = forms.shear {
            assert!((shear - cosine).abs() < 1e-5, "{shear} {cosine}");
        }
        let takes = if told { ItkForm::Qform } else { ItkForm::Sform };
        assert_eq!(forms.itk, takes);
        file.qform_code = 0;
        let takes = if told {
            ItkForm::Refused
        } else {
            ItkForm::Sform
        };
        assert_eq!(read(&file).info.forms.itk, takes);
    }
}

#[test]
fn itk_takes_the_qform_unless_the_sforms_code_is_1() {
    // As SimpleITK 2.5 placed a file of each pair of codes.
    for (q, s, takes) in [
        (0, 0, ItkForm::Neither),
        (0, 1, ItkForm::Sform),
        (0, 2, ItkForm::Sform),
        (0, 3, ItkForm::Sform),
        (1, 0, ItkForm::Qform),
        (1, 1, ItkForm::Sform),
        (1, 2, ItkForm::Qform),
        (2, 1, ItkForm::Sform),
        (2, 2, ItkForm::Qform),
        (3, 3, ItkForm::Qform),
    ] {
        let mut file = both();
        (file.qform_code, file.sform_code) = (q, s);
        assert_eq!(read(&file).info.forms.itk, takes, "{q} {s}");
    }
}

#[test]
fn facts_survive_json_whatever_the_header_holds() {
    let mut file = both();
    file.pixdim = [f64::NAN; 8];
    file.quatern = [f64::NAN; 3];
    let info = read(&file).info;
    assert_eq!(info.forms.pixdim_mm, None);
    let json = serde_json::to_string(&info).expect("written");
    assert_eq!(
        serde_json::from_str::<imaging::SeriesInfo>(&json).expect("read"),
        info
    );
}
