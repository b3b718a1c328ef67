//! What is written, read back by byte offsets of the standard rather than by our reader.

mod support;

use flate2::read::GzDecoder;
use imaging::{Affine, Grid, LabelMap, RasPoint, Volume, nifti};
use std::io::Read;
use support::oblique;

const NAMES: [(u8, &str); 3] = [(1, "necrotic core"), (2, "oedema"), (3, "enhancing tumour")];
const PURPOSE: &str = "Research and teaching only. Not a medical device.";

fn labels(affine: Affine) -> LabelMap {
    let grid = Grid {
        dims: [5, 6, 7],
        affine,
    };
    LabelMap {
        grid,
        data: (0..grid.voxel_count()).map(|i| (i * i % 4) as u8).collect(),
    }
}

fn inflated(file: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    GzDecoder::new(file).read_to_end(&mut out).expect("gzip");
    out
}

fn i16_at(b: &[u8], at: usize) -> i16 {
    i16::from_le_bytes([b[at], b[at + 1]])
}

fn f32_at(b: &[u8], at: usize) -> f32 {
    f32::from_le_bytes([b[at], b[at + 1], b[at + 2], b[at + 3]])
}

#[test]
fn the_bytes_of_a_label_map_are_where_the_standard_has_them() {
    let map = labels(oblique());
    let file = nifti::write_labels(&map, &NAMES, PURPOSE, None).expect("small");
    let b = inflated(&file);
    assert_eq!(b[..4], 348i32.to_le_bytes());
    let dim: Vec<i16> = (0..8).map(|i| i16_at(&b, 40 + 2 * i)).collect();
    assert_eq!(dim, [3, 5, 6, 7, 1, 1, 1, 1]);
    assert_eq!(i16_at(&b, 68), 1002, "intent: label");
    assert_eq!((i16_at(&b, 70), i16_at(&b, 72)), (2, 8), "uint8");
    for (axis, spacing) in map.grid.spacing_mm().into_iter().enumerate() {
        assert!((f64::from(f32_at(&b, 80 + 4 * axis)) - spacing).abs() < 1e-6);
    }
    assert_eq!(
        (f32_at(&b, 112), f32_at(&b, 116)),
        (1.0, 0.0),
        "slope, intercept"
    );
    assert_eq!(b[123] & 7, 2, "mm");
    assert_eq!(&b[148..148 + PURPOSE.len()], PURPOSE.as_bytes());
    assert_eq!((i16_at(&b, 252), i16_at(&b, 254)), (2, 2), "aligned, twice");
    for r in 0..3 {
        for c in 0..4 {
            let expected = map.grid.affine.0[r][c] as f32;
            assert_eq!(f32_at(&b, 280 + 16 * r + 4 * c), expected);
        }
    }
    assert_eq!(&b[344..348], b"n+1\0");
    let offset = f32_at(&b, 108) as usize;
    assert_eq!(offset % 16, 0);
    assert_eq!(b[offset..], map.data);
}

#[test]
fn label_names_stand_in_a_text_extension() {
    let file = nifti::write_labels(&labels(oblique()), &NAMES, PURPOSE, None).expect("small");
    let b = inflated(&file);
    assert_eq!(b[348..352], [1, 0, 0, 0]);
    let number = |at: usize| i32::from_le_bytes([b[at], b[at + 1], b[at + 2], b[at + 3]]);
    let (size, code) = (number(352) as usize, number(356));
    assert_eq!((size % 16, code), (0, 6), "comment");
    assert_eq!(352 + size, f32_at(&b, 108) as usize, "the image follows");
    let text = std::str::from_utf8(&b[360..352 + size]).expect("text");
    assert_eq!(
        text.trim_end_matches('\0'),
        format!("{PURPOSE}\n1 necrotic core\n2 oedema\n3 enhancing tumour")
    );
}

#[test]
fn qform_and_sform_say_the_same_for_left_handed_grids_too() {
    let mut flipped = oblique();
    for row in &mut flipped.0 {
        row[0] = -row[0];
    }
    for affine in [
        oblique(),
        flipped,
        Affine::axis_aligned([1.0, 2.0, 3.0], RasPoint([9.0; 3])),
    ] {
        let file = nifti::write_labels(&labels(affine), &NAMES, "", None).expect("small");
        let mut b = inflated(&file);
        let by_sform = nifti::read(&b).expect("valid").volume.grid;
        b[254..256].fill(0);
        let series = nifti::read(&b).expect("valid");
        assert_eq!(series.info.affine_source, imaging::AffineSource::Qform);
        for (q, s) in series
            .volume
            .grid
            .affine
            .0
            .iter()
            .flatten()
            .zip(by_sform.affine.0.iter().flatten())
        {
            assert!((q - s).abs() < 1e-5, "{q} {s}");
        }
    }
}

#[test]
fn a_sheared_grid_is_written_by_its_sform_alone() {
    let sheared = Affine([
        [1.0, 0.2, 0.0, 1.0],
        [0.0, 1.0, 0.0, 2.0],
        [0.0, 0.0, 1.0, 3.0],
    ]);
    let b = inflated(&nifti::write_labels(&labels(sheared), &NAMES, "", None).expect("small"));
    assert_eq!((i16_at(&b, 252), i16_at(&b, 254)), (0, 2));
}

#[test]
fn the_same_map_gives_the_same_bytes_without_a_time() {
    let write = || nifti::write_labels(&labels(oblique()), &NAMES, PURPOSE, None).expect("small");
    let file = write();
    assert_eq!(file, write());
    assert_eq!(file[4..8], [0; 4], "gzip's time");
    assert_eq!(file[3] & 0b1_1100, 0, "no extra field, name or comment");
}

#[test]
fn a_scan_keeps_every_value() {
    let grid = Grid {
        dims: [3, 50, 211],
        affine: oblique(),
    };
    let data = (0..grid.voxel_count())
        .map(|i| (i as f32).sin() * 1e4)
        .collect();
    let volume = Volume { grid, data };
    let file = nifti::write_volume(&volume, None).expect("small");
    let b = inflated(&file);
    assert_eq!((i16_at(&b, 70), i16_at(&b, 72)), (16, 32));
    assert_eq!(b.len(), 352 + 4 * volume.data.len());
    for (i, value) in volume.data.iter().enumerate() {
        assert_eq!(f32_at(&b, 352 + 4 * i), *value);
    }
    assert_eq!(nifti::read(&file).expect("valid").volume.data, volume.data);
}

#[test]
fn the_nifti_crate_reads_what_is_written() {
    use ::nifti::{InMemNiftiObject, NiftiObject, NiftiVolume, RandomAccessNiftiVolume};
    let map = labels(oblique());
    let b = inflated(&nifti::write_labels(&map, &NAMES, PURPOSE, None).expect("small"));
    let object = InMemNiftiObject::from_reader(&b[..]).expect("valid");
    assert_eq!(object.extensions().len(), 1);
    let volume = object.volume();
    assert_eq!(volume.dim(), [5, 6, 7]);
    for offset in 0..map.data.len() {
        let at = map.grid.index_of(offset).0.map(|i| i as u16);
        assert_eq!(volume.get_u8(&at).expect("inside"), map.data[offset]);
    }
}

#[test]
fn axes_beyond_nifti_1_are_refused() {
    let grid = Grid {
        dims: [40_000, 1, 1],
        affine: Affine::IDENTITY,
    };
    let error =
        nifti::write_labels(&LabelMap::filled(grid, 0), &[], "", None).expect_err("too long");
    assert!(error.to_string().contains("32767"), "{error}");
}
