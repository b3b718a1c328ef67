//! Cases that lack sequences, through the whole pipeline, with a network that has learnt nothing.
#![cfg(feature = "network")]
#![allow(clippy::unwrap_used, reason = "tests")]

use burn::tensor::{Device, Tensor};
use imaging::{
    Affine, AffineSource, ByteOrder, Grid, LengthUnit, RasPoint, Sequence, Series, SeriesInfo,
    Volume, VoxelPoint,
};
use mts_unet::ModelError;
use mts_unet::bundle::{self, Bundle, Storage};
use mts_unet::device;
use mts_unet::golden;
use mts_unet::network::{Mismatch, MtsUnet};
use mts_unet::pipeline::{Case, Options, Reader, Reading};
use mts_unet::progress::Silent;

/// The untrained bundle, coarser, so that a window of 64³ holds the phantom.
fn bundle() -> Bundle {
    let (mut manifest, tensors) = golden::untrained().unwrap();
    manifest.spacing_mm = [3.0; 3];
    manifest.window = [64; 3];
    Bundle::read(bundle::write(manifest, tensors, Storage::F16).unwrap()).unwrap()
}

/// An ellipsoid of the size of a brain, with a texture of its own for each sequence; `spacing_mm` and
/// with it the grid may differ.
fn series(sequence: Sequence, spacing_mm: f64) -> Series {
    let dims = [180.0, 210.0, 180.0].map(|mm: f64| (mm / spacing_mm) as usize);
    let origin = dims.map(|n| -(n as f64 - 1.0) / 2.0 * spacing_mm);
    let affine = Affine::axis_aligned([spacing_mm; 3], RasPoint(origin));
    let mut volume = Volume::filled(Grid { dims, affine }, 0.0);
    for offset in 0..volume.data.len() {
        let RasPoint(at) = affine.apply(VoxelPoint::from(volume.grid.index_of(offset)));
        let radius: f64 = at
            .iter()
            .zip([60.0, 75.0, 55.0])
            .map(|(p, r)| (p / r).powi(2))
            .sum();
        if radius <= 1.0 {
            let wave = (at[sequence.channel() % 3] / (7.0 + sequence.channel() as f64)).sin();
            volume.data[offset] = (150.0 + 40.0 * wave + at[0] / 3.0) as f32;
        }
    }
    let info = SeriesInfo {
        nifti_version: 1,
        datatype: "float32".into(),
        byte_order: ByteOrder::Little,
        affine_source: AffineSource::Sform,
        length_unit: LengthUnit::Millimetre,
        orientation: "RAS".into(),
        dims,
        spacing_mm: [spacing_mm; 3],
        slope: 1.0,
        intercept: 0.0,
        non_finite_voxels: 0,
    };
    Series { volume, info }
}

fn read(reader: &Reader, series: [Option<&Series>; 4]) -> Result<Reading, ModelError> {
    let options = Options {
        insist: true,
        ..Options::default()
    };
    pollster::block_on(reader.read_case(Case(series), options, &mut Silent))
}

#[test]
fn an_absent_sequence_is_said_and_the_next_in_order_stands_for_the_t1ce() {
    let reader = Reader::new(&bundle(), &device::open_cpu()).unwrap();
    let [flair, t1, t1ce, t2] = [
        series(Sequence::Flair, 3.0),
        series(Sequence::T1, 3.0),
        series(Sequence::T1ce, 2.5),
        series(Sequence::T2, 3.0),
    ];
    let all = read(&reader, [Some(&flair), Some(&t1), Some(&t1ce), Some(&t2)]).unwrap();
    assert!(!all.report.notes.iter().any(|note| note.contains("absent")));
    assert_eq!(all.labels.grid, t1ce.volume.grid);

    let without = read(&reader, [Some(&flair), Some(&t1), None, None]).unwrap();
    let absent =
        |sequence: &str| format!("{sequence} is absent: the network saw zeros in its place.");
    assert!(without.report.notes.contains(&absent("T1ce")));
    assert!(without.report.notes.contains(&absent("T2")));
    assert_eq!(without.report.space, Sequence::Flair);
    assert_eq!(without.labels.grid, flair.volume.grid);
    assert!(without.report.idh.is_some() && without.report.grade.is_some());

    let alone = read(&reader, [None, None, None, Some(&t2)]).unwrap();
    assert_eq!(alone.report.space, Sequence::T2);
    let error = read(&reader, [None; 4]).unwrap_err();
    assert!(error.to_string().contains("no volume"), "{error}");
}

#[test]
fn what_is_given_is_still_checked() {
    let reader = Reader::new(&bundle(), &device::open_cpu()).unwrap();
    let flair = series(Sequence::Flair, 3.0);
    let same = read(&reader, [Some(&flair), Some(&flair), None, None]).unwrap_err();
    assert!(matches!(same, ModelError::SameScan(..)), "{same}");
    let mut away = series(Sequence::T1, 3.0);
    away.volume.grid.affine.0[0][3] += 500.0;
    let apart = read(&reader, [Some(&flair), Some(&away), None, None]).unwrap_err();
    assert!(
        apart.to_string().starts_with("T1 and FLAIR share 0 %"),
        "{apart}"
    );
}

#[test]
fn without_t2_or_flair_each_head_takes_its_constant_for_cmd() {
    let device = Device::flex();
    let network: MtsUnet = bundle().network(&device).unwrap();
    let answers = |scale: f32, mismatch| {
        let x = golden::input(4, [64; 3], &device) * scale;
        let mut pass = network.backbone().pass(x.clone()).unwrap();
        while pass.step().is_some() {}
        network.finish_with(x, pass, mismatch)
    };
    let logits = |cmd: &Option<Tensor<2>>| -> Option<Vec<f32>> {
        cmd.as_ref()
            .map(|t| t.to_data().try_to_vec::<f32>().unwrap())
    };
    let seen = answers(1.0, Mismatch::Seen);
    let [one, other] = [1.0, 0.5].map(|scale| answers(scale, Mismatch::Unseen));
    assert!(seen.cmd.is_some() && one.cmd.is_none());
    for ((seen, one), other) in seen.heads.iter().zip(&one.heads).zip(&other.heads) {
        assert_eq!(logits(&one.cmd), logits(&other.cmd));
        if seen.cmd.is_some() {
            assert_ne!(logits(&seen.cmd), logits(&one.cmd));
        }
    }
}
