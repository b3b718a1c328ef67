//! Conformance files of three other readers give their known answers, or their errors.
//!
//! The answers were computed by nibabel 5.4 (`dataobj` as f64, values that are not finite as 0, then
//! f32; the weighted sum is Σ value·(1 + place) mod 97, x fastest, so that order counts). For
//! `minimal*`, which has neither sform nor qform, only the values are nibabel's: it centres and flips
//! such volumes, we follow the standard's method 1.

mod support;

use imaging::{AffineSource, ImagingError, Series, nifti};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

struct Answer {
    file: &'static str,
    /// The .img of a pair.
    image: Option<&'static str>,
    dims: [usize; 3],
    datatype: &'static str,
    axes: &'static str,
    source: AffineSource,
    origin: [f64; 3],
    spacing: [f64; 3],
    range: [f64; 2],
    sum: f64,
    weighted: f64,
}

const R: &str = "nifti-rs/resources";
const J: &str = "nifti-reader-js/data";

macro_rules! answer {
    ($file:expr, $image:expr, $dims:expr, $type:expr, $axes:expr, $source:ident, $origin:expr, $spacing:expr, $range:expr, $sum:expr, $weighted:expr) => {
        Answer {
            file: $file,
            image: $image,
            dims: $dims,
            datatype: $type,
            axes: $axes,
            source: AffineSource::$source,
            origin: $origin,
            spacing: $spacing,
            range: $range,
            sum: $sum,
            weighted: $weighted,
        }
    };
}

#[rustfmt::skip]
fn answers() -> Vec<Answer> {
    vec![
        answer!("niivue/AIL.nii.gz", None, [79, 67, 64], "uint8", "AIL", Sform, [74.5071, -110.7625, 84.4256], [2.3898, 2.3665, 2.3852], [0.0, 92.55388641357422], 11398461.247137904, 547199232.7331407),
        answer!("niivue/avg152T1_RL_nifti.nii.gz", None, [91, 109, 91], "uint8", "RAS", Sform, [-90.0, -126.0, -72.0], [2.0, 2.0, 2.0], [0.0, 255.0], 74825382.0, 3591894857.0),
        answer!("niivue/labels256.nii.gz", None, [256, 256, 256], "uint8", "LIA", Sform, [127.0, -145.15, 147.0], [1.0, 1.0, 1.0], [0.0, 2.0], 1839145.0, 88256796.0),
        answer!("niivue/low_res.nii.gz", None, [7, 5, 3], "uint8", "RAS", Sform, [0.0, 0.0, 0.0], [2.0, 2.0, 2.0], [0.0, 1.0], 53.0, 2324.0),
        answer!("niivue/ras.hdr", Some("niivue/ras.img"), [62, 41, 34], "uint8", "RAS", Sform, [-73.3773, -65.3572, -31.5323], [2.3852, 2.3898, 2.3665], [0.0, 255.0], 15024169.0, 721365071.0),
        answer!("nifti-rs/resources/avg152T1_LR_nifti.nii.gz", None, [91, 109, 91], "uint8", "LAS", Sform, [90.0, -126.0, -72.0], [2.0, 2.0, 2.0], [0.0, 255.0], 74825382.0, 3591646861.0),
        answer!("nifti-rs/resources/f32.nii.gz", None, [11, 11, 11], "float32", "RAS", Sform, [0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0], 166.00000071525574, 7345.700029723346),
        answer!("nifti-rs/resources/minimal.hdr", Some("nifti-rs/resources/minimal.img"), [64, 64, 10], "uint8", "RAS", Neither, [0.0, 0.0, 0.0], [3.0, 3.0, 3.0], [0.0, 63.0], 1290240.0, 61918350.0),
        answer!("nifti-rs/resources/minimal.hdr", Some("nifti-rs/resources/minimal.img.gz"), [64, 64, 10], "uint8", "RAS", Neither, [0.0, 0.0, 0.0], [3.0, 3.0, 3.0], [0.0, 63.0], 1290240.0, 61918350.0),
        answer!("nifti-rs/resources/minimal.hdr.gz", Some("nifti-rs/resources/minimal.img"), [64, 64, 10], "uint8", "RAS", Neither, [0.0, 0.0, 0.0], [3.0, 3.0, 3.0], [0.0, 63.0], 1290240.0, 61918350.0),
        answer!("nifti-rs/resources/minimal.hdr.gz", Some("nifti-rs/resources/minimal.img.gz"), [64, 64, 10], "uint8", "RAS", Neither, [0.0, 0.0, 0.0], [3.0, 3.0, 3.0], [0.0, 63.0], 1290240.0, 61918350.0),
        answer!("nifti-rs/resources/minimal.nii", None, [64, 64, 10], "uint8", "RAS", Neither, [0.0, 0.0, 0.0], [3.0, 3.0, 3.0], [0.0, 63.0], 1290240.0, 61918350.0),
        answer!("nifti-rs/resources/minimal.nii.gz", None, [64, 64, 10], "uint8", "RAS", Neither, [0.0, 0.0, 0.0], [3.0, 3.0, 3.0], [0.0, 63.0], 1290240.0, 61918350.0),
        answer!("nifti-rs/resources/minimal2.hdr", Some("nifti-rs/resources/minimal2.img.gz"), [64, 64, 10], "uint8", "RAS", Neither, [0.0, 0.0, 0.0], [3.0, 3.0, 3.0], [0.0, 63.0], 1290240.0, 61918350.0),
        answer!("nifti-rs/resources/minimal_extended_hdr.nii", None, [8, 8, 1], "float64", "RAS", Sform, [0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 0.0], 0.0, 0.0),
        answer!("nifti-rs/resources/zstat1.nii.gz", None, [64, 64, 21], "float32", "LAS", Qform, [0.0, 0.0, 0.0], [4.0, 4.0, 6.0], [-8.710750579833984, 18.582529067993164], 11648.372022011292, 556899.4106193067),
        answer!("nifti-rs/resources/27/float32.nii", None, [3, 3, 3], "float32", "RAS", Sform, [0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 26.0], 351.0, 5400.0),
        answer!("nifti-rs/resources/27/float64.nii", None, [3, 3, 3], "float64", "RAS", Sform, [0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 26.0], 351.0, 5400.0),
        answer!("nifti-rs/resources/27/int16.nii", None, [3, 3, 3], "int16", "RAS", Sform, [0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 26.0], 351.0, 5400.0),
        answer!("nifti-rs/resources/27/int32.nii", None, [3, 3, 3], "int32", "RAS", Sform, [0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 26.0], 351.0, 5400.0),
        answer!("nifti-rs/resources/27/int64.nii", None, [3, 3, 3], "int64", "RAS", Sform, [0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 26.0], 351.0, 5400.0),
        answer!("nifti-rs/resources/27/int8.nii", None, [3, 3, 3], "int8", "RAS", Sform, [0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 26.0], 351.0, 5400.0),
        answer!("nifti-rs/resources/27/uint16.nii", None, [3, 3, 3], "uint16", "RAS", Sform, [0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 26.0], 351.0, 5400.0),
        answer!("nifti-rs/resources/27/uint32.nii", None, [3, 3, 3], "uint32", "RAS", Sform, [0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 26.0], 351.0, 5400.0),
        answer!("nifti-rs/resources/27/uint64.nii", None, [3, 3, 3], "uint64", "RAS", Sform, [0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 26.0], 351.0, 5400.0),
        answer!("nifti-rs/resources/27/uint8.nii", None, [3, 3, 3], "uint8", "RAS", Sform, [0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 26.0], 351.0, 5400.0),
        answer!("nifti-reader-js/data/air.hdr.gz", Some("nifti-reader-js/data/air.img.gz"), [79, 67, 64], "float32", "AIR", Sform, [-75.7625, -110.7625, 84.4256], [2.3898, 2.3665, 2.3852], [0.0, 92.55388641357422], 11398461.247137904, 547190298.2106229),
        answer!("nifti-reader-js/data/air2.hdr.gz", Some("nifti-reader-js/data/air2.img.gz"), [79, 67, 64], "float32", "AIR", Sform, [-75.7625, -110.7625, 84.4256], [2.3898, 2.3665, 2.3852], [0.0, 92.55388641357422], 11398461.247137904, 547190298.2106229),
        answer!("nifti-reader-js/data/avg152T1_LR_nifti.nii", None, [91, 109, 91], "uint8", "LAS", Sform, [90.0, -126.0, -72.0], [2.0, 2.0, 2.0], [0.0, 255.0], 74825382.0, 3591646861.0),
        answer!("nifti-reader-js/data/avg152T1_LR_nifti.nii.gz", None, [91, 109, 91], "uint8", "LAS", Sform, [90.0, -126.0, -72.0], [2.0, 2.0, 2.0], [0.0, 255.0], 74825382.0, 3591646861.0),
        answer!("nifti-reader-js/data/avg152T1_LR_nifti2.nii.gz", None, [91, 109, 91], "float32", "LAS", Sform, [90.0, -126.0, -72.0], [2.0, 2.0, 2.0], [0.0, 255.0], 74825382.0, 3591646861.0),
        answer!("nifti-reader-js/data/big.nii.gz", None, [64, 64, 21], "float32", "LAS", Qform, [0.0, 0.0, 0.0], [4.0, 4.0, 6.0], [-8.710750579833984, 18.582529067993164], 11648.372022011292, 556899.4106193067),
        answer!("nifti-reader-js/data/little.nii.gz", None, [64, 64, 21], "float32", "LAS", Qform, [0.0, 0.0, 0.0], [4.0, 4.0, 6.0], [-8.710750579833984, 18.582529067993164], 11648.372022011292, 556899.4106193067),
        answer!("nifti-reader-js/data/with_extension.nii.gz", None, [161, 191, 151], "uint8", "LPI", Sform, [80.0, 80.0, 85.0], [1.0, 1.0, 1.0], [0.0, 1.0], 1472871.0, 70663185.0),
    ]
}

/// Files that are refused, and words that the refusal must have.
fn refusals() -> Vec<(String, &'static str)> {
    let file = |folder: &str, name: &str| format!("{folder}/{name}");
    let artifact = |name: &str| format!("{R}/fuzz_artifacts/{name}");
    vec![
        (file(R, "rgb/3D.nii"), "RGB24"),
        (file(R, "rgb/4D.nii"), "RGB24"),
        (file(R, "rgba/4D.nii"), "RGBA32"),
        (file(R, "complex/complex32.nii"), "complex64"),
        (file(R, "complex/complex64.nii"), "complex128"),
        (
            file(J, "not-nifti.nii"),
            "not NIfTI: found bytes 05 33 d3 aa",
        ),
        (
            artifact("crash-08123ef33416bd6f0c5fa63d44b681b8581d62a0"),
            "not NIfTI",
        ),
        (artifact("crash-1.nii"), "not NIfTI"),
        (
            artifact("crash-98aa054390f8d3f932f190dc22ef62c6ff2d6619"),
            "not NIfTI",
        ),
        (
            artifact("crash-d03c6346fe83a026738f6b8cd2a9335a3f8cb158"),
            "not NIfTI",
        ),
        (
            artifact("crash-ed7d46344d7efb3b9f0c374d66d2e02f66cc447d.nii"),
            "not NIfTI",
        ),
    ]
}

/// A conformance file: the small ones stand with the tests, the large ones beside the checkout.
fn content(file: &str) -> Option<Vec<u8>> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(file);
    let path = if own.is_file() {
        own
    } else {
        support::shared()?.join("nifti").join(file)
    };
    Some(fs::read(path).expect("a readable conformance file"))
}

fn check(answer: &Answer, series: &Series) {
    let name = answer.file;
    let info = &series.info;
    assert_eq!(info.dims, answer.dims, "{name}");
    assert_eq!(series.volume.grid.dims, answer.dims, "{name}");
    assert_eq!(info.datatype, answer.datatype, "{name}");
    assert_eq!(info.orientation, answer.axes, "{name}");
    assert_eq!(info.affine_source, answer.source, "{name}");
    for axis in 0..3 {
        let origin = series.volume.grid.affine.0[axis][3];
        assert!(
            (origin - answer.origin[axis]).abs() < 1e-3,
            "{name}: {origin}"
        );
        let spacing = info.spacing_mm[axis];
        assert!(
            (spacing - answer.spacing[axis]).abs() < 1e-3,
            "{name}: {spacing}"
        );
    }
    let data = &series.volume.data;
    let low = data.iter().copied().fold(f32::INFINITY, f32::min);
    let high = data.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    assert_eq!([low, high].map(f64::from), answer.range, "{name}");
    let sum: f64 = data.iter().map(|v| f64::from(*v)).sum();
    let weighted: f64 = data
        .iter()
        .enumerate()
        .map(|(i, v)| f64::from(*v) * ((i + 1) % 97) as f64)
        .sum();
    for (found, expected) in [(sum, answer.sum), (weighted, answer.weighted)] {
        let error = (found - expected).abs();
        assert!(error <= 1e-9 * expected.abs(), "{name}: {found} {expected}");
    }
}

#[test]
fn every_readable_file_gives_its_known_answer() {
    let mut read = 0;
    for answer in answers() {
        let Some(bytes) = content(answer.file) else {
            continue;
        };
        let result = match answer.image {
            None => nifti::read(&bytes),
            Some(image) => match content(image) {
                Some(image) => nifti::read_pair(&bytes, &image),
                None => continue,
            },
        };
        match result {
            Ok(series) => check(&answer, &series),
            Err(error) => panic!("{error}: {}", answer.file),
        }
        read += 1;
    }
    assert!(read >= 14, "only {read} files were there");
}

#[test]
fn every_other_file_is_refused_by_what_it_is() {
    for (file, words) in refusals() {
        let bytes = content(&file).expect("stands with the tests");
        let error = nifti::read(&bytes).expect_err(&file);
        assert!(error.to_string().contains(words), "{error}: {file}");
        assert!(!error.mend().is_empty());
    }
}

#[test]
fn a_header_of_a_pair_alone_asks_for_its_image() {
    for file in ["minimal.hdr", "minimal.hdr.gz", "minimal2.hdr"] {
        let bytes = content(&format!("{R}/{file}")).expect("stands with the tests");
        assert_eq!(nifti::kind(&bytes), nifti::Kind::PairHeader);
        let error = nifti::read(&bytes).expect_err(file);
        assert_eq!(error, ImagingError::LoneHeader);
        assert!(error.mend().contains(".img"));
    }
}

#[test]
fn no_conformance_file_is_left_out() {
    let Some(shared) = support::shared() else {
        return;
    };
    let root = shared.join("nifti");
    let mut known: BTreeSet<String> = refusals().into_iter().map(|(file, _)| file).collect();
    for answer in answers() {
        known.insert(answer.file.to_owned());
        known.extend(answer.image.map(str::to_owned));
    }
    // Its image is in no pair here; as a header alone it is what the pairs above are.
    known.insert(format!("{R}/avg152T1_LR_nifti.hdr.gz"));
    for path in walk(&root) {
        let name = path
            .strip_prefix(&root)
            .expect("inside")
            .display()
            .to_string();
        let file = name.rsplit('/').next().unwrap_or_default();
        let is_paper = file.starts_with("LICENSE") || file.ends_with(".md");
        assert!(
            is_paper || known.contains(&name),
            "no answer is known: {name}"
        );
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries
        .flat_map(|entry| {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}
