//! Every number type in both byte orders and both versions, and how stored numbers become values.

mod support;

use imaging::{ByteOrder, ImagingError, nifti};
use support::File;

/// A type's code, its name, and how it stores a number, least significant byte first.
type Kind = (i16, &'static str, fn(i32) -> Vec<u8>);

const KINDS: [Kind; 10] = [
    (2, "uint8", |v| (v as u8).to_le_bytes().to_vec()),
    (4, "int16", |v| (v as i16).to_le_bytes().to_vec()),
    (8, "int32", |v| v.to_le_bytes().to_vec()),
    (16, "float32", |v| (v as f32).to_le_bytes().to_vec()),
    (64, "float64", |v| f64::from(v).to_le_bytes().to_vec()),
    (256, "int8", |v| (v as i8).to_le_bytes().to_vec()),
    (512, "uint16", |v| (v as u16).to_le_bytes().to_vec()),
    (768, "uint32", |v| (v as u32).to_le_bytes().to_vec()),
    (1024, "int64", |v| i64::from(v).to_le_bytes().to_vec()),
    (1280, "uint64", |v| (v as u64).to_le_bytes().to_vec()),
];

/// Values that the type holds and that use its sign and its second byte where it has them.
fn samples(name: &str) -> Vec<i32> {
    let wide = match name {
        "uint8" => [200, 255, 3],
        "int8" => [-128, -7, 100],
        "uint16" | "uint32" | "uint64" => [40_000, 258, 1],
        _ => [-30_000, 258, -1],
    };
    (0..60).map(|i| wide[i % 3] / (1 + i as i32 / 3)).collect()
}

#[test]
fn every_type_reads_in_both_orders_and_versions() {
    for (code, name, store) in KINDS {
        for order in [ByteOrder::Little, ByteOrder::Big] {
            for version in [1, 2] {
                let mut file = File::small();
                if version == 2 {
                    file = file.version_2();
                }
                file.order = order;
                file.datatype = code;
                file.slope = 2.0;
                file.intercept = -5.0;
                let values = samples(name);
                file.image.clear();
                for value in &values {
                    let mut number = store(*value);
                    if order == ByteOrder::Big {
                        number.reverse();
                    }
                    file.image.extend(number);
                }
                let series = nifti::read(&file.bytes()).expect(name);
                let expected: Vec<f32> = values.iter().map(|v| 2.0 * *v as f32 - 5.0).collect();
                assert_eq!(series.volume.data, expected, "{name} {order:?} {version}");
                let info = &series.info;
                assert_eq!(info.datatype, name);
                assert_eq!((info.byte_order, info.nifti_version), (order, version));
                assert_eq!((info.slope, info.intercept), (2.0, -5.0));
            }
        }
    }
}

#[test]
fn both_versions_of_a_file_are_the_same_volume() {
    let one = nifti::read(&File::small().bytes()).expect("valid");
    let two = nifti::read(&File::small().version_2().bytes()).expect("valid");
    let big = nifti::read(&File::small().version_2().big_endian().bytes()).expect("valid");
    assert_eq!(one.volume, two.volume);
    assert_eq!(one.volume, big.volume);
}

#[test]
fn a_slope_that_scales_nothing_leaves_stored_values() {
    for slope in [0.0, f64::NAN, f64::INFINITY] {
        for (mut file, intercept) in [
            (File::small(), 100.0),
            (File::small(), f64::NAN),
            (File::small().version_2(), 100.0),
            (File::small().version_2(), f64::NAN),
        ] {
            (file.slope, file.intercept) = (slope, intercept);
            let series = nifti::read(&file.bytes()).expect("valid");
            assert_eq!(series.volume.data[..3], [0.0, 1.0, 2.0], "{slope}");
            assert_eq!((series.info.slope, series.info.intercept), (1.0, 0.0));
        }
    }
}

#[test]
fn an_intercept_that_is_no_number_is_none_and_the_slope_still_counts() {
    for intercept in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for file in [File::small(), File::small().version_2()] {
            let mut file = file;
            (file.slope, file.intercept) = (0.5, intercept);
            let series = nifti::read(&file.bytes()).expect("valid");
            assert_eq!(series.volume.data[..3], [0.0, 0.5, 1.0], "{intercept}");
            assert_eq!((series.info.slope, series.info.intercept), (0.5, 0.0));
        }
    }
}

#[test]
fn the_range_of_stored_numbers_is_told_before_scaling() {
    let mut file = File::small();
    (file.slope, file.intercept) = (2.0, 100.0);
    let range = |file: &File| nifti::read(&file.bytes()).expect("valid").info.stored_range;
    assert_eq!(range(&file), Some([0.0, 59.0]));
    file.datatype = 4;
    file.image = (0..60)
        .flat_map(|i| [i16::MIN, 7, i16::MAX][i % 3].to_le_bytes())
        .collect();
    assert_eq!(range(&file), Some([-32768.0, 32767.0]));
    file.datatype = 16;
    let finite = [f32::NAN, -2.5, f32::INFINITY, 9.0, f32::NEG_INFINITY];
    file.image = (0..60).flat_map(|i| finite[i % 5].to_le_bytes()).collect();
    assert_eq!(range(&file), Some([-2.5, 9.0]));
    file.image = f32::NAN.to_le_bytes().repeat(60);
    assert_eq!(range(&file), None);
}

#[test]
fn a_tiny_slope_on_large_integers_keeps_its_digits() {
    let mut file = File::small();
    file.datatype = 8;
    file.slope = 2.3e-10;
    file.image = (0..60i32)
        .flat_map(|i| (i * 36_000_000).to_le_bytes())
        .collect();
    let series = nifti::read(&file.bytes()).expect("valid");
    for (i, value) in series.volume.data.iter().enumerate() {
        let expected = i as f64 * 36e6 * f64::from(2.3e-10_f32);
        assert!((f64::from(*value) - expected).abs() <= 1e-7 * expected.abs());
    }
}

#[test]
fn voxels_that_are_not_finite_become_zero_and_are_counted() {
    let mut file = File::small();
    file.datatype = 64;
    let mut values: Vec<f64> = (0..60).map(f64::from).collect();
    values[7] = f64::NAN;
    values[8] = f64::INFINITY;
    values[9] = f64::NEG_INFINITY;
    // Finite as f64, but not as f32.
    values[10] = 1e300;
    file.image = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let series = nifti::read(&file.bytes()).expect("valid");
    assert_eq!(series.info.non_finite_voxels, 4);
    assert_eq!(series.volume.data[6..12], [6.0, 0.0, 0.0, 0.0, 0.0, 11.0]);
}

#[test]
fn types_that_are_no_real_number_are_refused_by_name() {
    for (code, name) in [
        (1, "binary"),
        (32, "complex64"),
        (128, "RGB24"),
        (1536, "float128"),
        (1792, "complex128"),
        (2048, "complex256"),
        (2304, "RGBA32"),
    ] {
        let mut file = File::small();
        file.datatype = code;
        let error = nifti::read(&file.bytes()).expect_err(name);
        assert!(matches!(error, ImagingError::Datatype { .. }), "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
    for code in [0, 3, -4, 255] {
        let mut file = File::small();
        file.datatype = code;
        let error = nifti::read(&file.bytes()).expect_err("unknown code");
        assert!(
            error.to_string().contains(&format!("datatype is {code}")),
            "{error}"
        );
    }
}
