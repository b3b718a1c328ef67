//! Cases that lack sequences, through the whole pipeline, with a network that has learnt nothing.
#![cfg(feature = "network")]
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "common/ellipsoid.rs"]
mod ellipsoid;

use burn::tensor::{Device, Tensor};
use ellipsoid::{bundle, series};
use imaging::{Sequence, Series};
use mts_unet::ModelError;
use mts_unet::device;
use mts_unet::golden;
use mts_unet::network::{Mismatch, MtsUnet};
use mts_unet::pipeline::{Case, Options, Reader, Reading};
use mts_unet::progress::Silent;

fn read(reader: &Reader, series: [Option<&Series>; 4]) -> Result<Reading, ModelError> {
    ellipsoid::read(reader, series, false)
}

#[test]
fn an_absent_sequence_is_said_and_the_next_in_order_stands_for_the_t1ce() {
    let reader = Reader::new(&bundle(3.0), &device::open_cpu()).unwrap();
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
    let reader = Reader::new(&bundle(3.0), &device::open_cpu()).unwrap();
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
    let network: MtsUnet = bundle(3.0).network(&device).unwrap();
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

#[test]
fn a_doubtful_case_has_no_probability_anywhere() {
    let reader = Reader::new(&bundle(3.0), &device::open_cpu()).unwrap();
    let flair = series(Sequence::Flair, 3.0);
    let mut moved = series(Sequence::T1, 3.0);
    moved.volume.grid.affine.0[0][3] += 25.0;
    let case = Case::new([Some(&flair), Some(&moved), None, None]);
    let mut silent = Silent;
    let reading = reader.read_case(case, Options::default(), &mut silent);
    let report = pollster::block_on(reading).unwrap().report;
    assert!(report.doubts().next().is_some() && !report.withheld.is_empty());
    let json = report.to_json().unwrap();
    for word in ["\"mutant\"", "\"codeleted\"", "\"grade\":", "\"derived\""] {
        assert!(!json.contains(word), "{word} in {json}");
    }
    assert!(json.contains("\"doubtful\""), "{json}");
}
