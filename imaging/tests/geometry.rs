//! What is written over a scan's grid says of its place what the scan's own file says, field by field.

#[path = "support/placed.rs"]
mod placed;
mod support;

use flate2::read::GzDecoder;
use imaging::{LabelMap, Series, Volume, nifti};
use placed::files;
use std::io::Read;
use support::File;

/// The fields that place a volume, by byte offset in NIfTI-1: `pixdim`, codes, quaternion and offset,
/// three rows, and the byte of units.
const PLACED_BY: [std::ops::Range<usize>; 4] = [76..108, 252..256, 256..328, 123..124];

fn written(series: &Series) -> Vec<u8> {
    let labels = LabelMap::filled(series.volume.grid, 1);
    let geometry = series.geometry.as_ref();
    let file = nifti::write_labels(&labels, &[(1, "core")], "labels", geometry);
    inflated(&file.expect("the scan's own grid"))
}

fn inflated(file: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    GzDecoder::new(file).read_to_end(&mut out).expect("gzip");
    out
}

fn read(file: &File) -> Series {
    nifti::read(&file.bytes()).expect("valid")
}

#[test]
fn labels_carry_the_scans_geometry_bit_by_bit() {
    for (name, file) in files() {
        let (scan, labels) = (file.bytes(), written(&read(&file)));
        for fields in PLACED_BY {
            assert_eq!(
                labels[fields.clone()],
                scan[fields.clone()],
                "{name}: {fields:?}"
            );
        }
        assert_eq!(labels[40..48], scan[40..48], "{name}: dim");
    }
}

#[test]
fn big_endian_and_nifti_2_headers_are_written_as_little_endian_nifti_1() {
    for (name, file) in files() {
        let expected = written(&read(&file));
        // What NIfTI-2 holds in f64 is rounded to f32, which these already are.
        let mut wide = file.clone();
        let round = |v: &mut f64| *v = f64::from(*v as f32);
        wide.pixdim.iter_mut().for_each(round);
        wide.quatern.iter_mut().for_each(round);
        wide.qoffset.iter_mut().for_each(round);
        wide.srow.iter_mut().flatten().for_each(round);
        for other in [
            file.clone().big_endian(),
            wide.clone().version_2(),
            wide.version_2().big_endian(),
        ] {
            assert_eq!(written(&read(&other)), expected, "{name}");
        }
    }
}

#[test]
fn labels_read_back_lie_where_the_scan_lies_by_the_same_form() {
    for (name, file) in files() {
        let scan = read(&file);
        let labels = nifti::read(&written(&scan)).expect("ours");
        assert_eq!(labels.volume.grid, scan.volume.grid, "{name}");
        assert_eq!(labels.info.forms, scan.info.forms, "{name}");
        assert_eq!(labels.info.affine_source, scan.info.affine_source, "{name}");
        assert_eq!(labels.geometry, scan.geometry, "{name}");
    }
}

#[test]
fn a_quaternion_longer_than_1_by_rounding_is_written_as_the_same_turn_of_length_1() {
    let file = placed::rounded_up();
    let labels = written(&read(&file));
    assert_eq!(labels[264..268], 1.0f32.to_le_bytes());
    let (mut labels, scan) = (labels, file.bytes());
    labels[264..268].copy_from_slice(&scan[264..268]);
    for fields in PLACED_BY {
        assert_eq!(labels[fields.clone()], scan[fields.clone()], "{fields:?}");
    }
}

#[test]
fn an_sform_that_places_nothing_is_written_without_its_code() {
    for file in placed::no_sform() {
        let (mut labels, scan) = (written(&read(&file)), file.bytes());
        assert_eq!(labels[254..256], [0, 0]);
        labels[254..256].copy_from_slice(&scan[254..256]);
        for fields in PLACED_BY {
            assert_eq!(labels[fields.clone()], scan[fields.clone()], "{fields:?}");
        }
        let labels = nifti::read(&written(&read(&file))).expect("ours");
        assert_eq!(labels.volume.grid, read(&file).volume.grid);
    }
}

#[test]
fn a_scan_of_the_same_grid_carries_it_too() {
    let scan = read(&files()[0].1);
    let volume = Volume::filled(scan.volume.grid, 0.5);
    let file = nifti::write_volume(&volume, scan.geometry.as_ref()).expect("its grid");
    assert_eq!(nifti::read(&file).expect("ours").geometry, scan.geometry);
}

#[test]
fn trailing_singletons_of_a_scan_are_not_written_over_labels() {
    let mut file = File::small();
    file.dim = vec![5, 3, 4, 5, 1, 1];
    let labels = written(&read(&file));
    assert_eq!(labels[40..48], [3, 0, 3, 0, 4, 0, 5, 0]);
}

#[test]
fn intent_description_and_names_stay_as_they_were() {
    let labels = written(&read(&files()[0].1));
    assert_eq!(labels[68..70], 1002i16.to_le_bytes());
    assert_eq!(labels[70..74], [2, 0, 8, 0], "uint8");
    assert_eq!(&labels[148..154], b"labels");
    assert_eq!(labels[348], 1, "an extension follows");
    assert_eq!(labels[356..360], 6i32.to_le_bytes(), "of text");
}

#[test]
fn the_header_of_another_grid_is_refused() {
    let scan = read(&File::small());
    let mut moved = scan.volume.grid;
    moved.affine.0[0][3] += 1.0;
    let labels = LabelMap::filled(moved, 1);
    let error = nifti::write_labels(&labels, &[], "", scan.geometry.as_ref());
    let error = error.expect_err("they lie elsewhere").to_string();
    assert!(error.contains("another grid"), "{error}");
}
