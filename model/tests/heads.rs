//! Heads trained on made-up cases whose answer is known.
#![cfg(feature = "train")]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Mutex;

use mts_unet::network::MtsUnetConfig;
use mts_unet::network::config::SwinUnetrConfig;
use mts_unet::network::sited::MEASURES;
use mts_unet::training::heads::{Labelled, Seen, answer, fit, judge, with_heads};

fn config() -> MtsUnetConfig {
    with_heads(&MtsUnetConfig::new(SwinUnetrConfig::new(12)))
}

/// Numbers that no symmetry hides, −1 to 1.
fn number(i: usize) -> f32 {
    ((i * 7919 + 13) % 2003) as f32 / 1001.0 - 1.0
}

/// 0 or 1, as a good hash gives it: the numbers above go round in i, and so would a simple rule.
fn unrelated(i: usize) -> usize {
    let mut hash = (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    for (shift, factor) in [(30, 0xBF58_476D_1CE4_E5B9), (27, 0x94D0_49BB_1331_11EB)] {
        hash = (hash ^ (hash >> shift)).wrapping_mul(factor);
    }
    (hash >> 40) as usize % 2
}

/// Burn's random numbers are the process's: whoever seeds them must be alone.
static ALONE: Mutex<()> = Mutex::new(());

/// IDH hangs on measure 0, grade on measure 1; 1p/19q on nothing. Every third has no IDH label.
fn cases(count: usize) -> Vec<Labelled> {
    let case = |i: usize| {
        let measures: Vec<f32> = (0..MEASURES)
            .map(|m| number(i * 31 + m) * 3.0 + 5.0)
            .collect();
        let idh = usize::from(measures[0] > 4.0);
        let grade = usize::from(measures[1] > 4.0) + usize::from(measures[1] > 6.0);
        let level = |l: usize| (0..12 << l).map(|c| number(i * 97 + c * 5 + l)).collect();
        Labelled {
            patient: format!("p{i}"),
            labels: [
                (!i.is_multiple_of(3)).then_some(idh),
                Some(unrelated(i)),
                Some(grade),
            ],
            seen: vec![Seen {
                measures,
                levels: (1..5).map(level).collect(),
            }],
            has: [true; 4],
        }
    };
    (0..count).map(case).collect()
}

#[test]
fn heads_learn_what_there_is_and_say_where_there_is_nothing() {
    let _alone = ALONE.lock();
    let cases = cases(90);
    let folds: Vec<usize> = (0..90).map(|i| i / 3 % 5).collect();
    let found = judge(&config(), &cases, &folds, 1).unwrap();
    let idh = found.idh.unwrap();
    assert_eq!(idh.head.n, 60);
    assert!(idh.auc().unwrap().low > 0.7, "{:?}", idh.auc());
    assert!(idh.baseline.auc.unwrap() > 0.8);
    let codeletion = found.codeletion_1p19q.unwrap();
    assert!(
        codeletion.auc().unwrap().low < 0.5,
        "{:?}",
        codeletion.auc()
    );
    let [all, lower] = found.grade.unwrap().aucs();
    assert!(all.unwrap().low > 0.6 && lower.unwrap().value > 0.7);
}

#[test]
fn a_seed_gives_the_same_heads_and_constants_say_how_often_a_class_occurs() {
    let _alone = ALONE.lock();
    let cases = cases(60);
    let all: Vec<&Labelled> = cases.iter().collect();
    let (one, other) = (fit(&config(), &all, 3), fit(&config(), &all, 3));
    let one = one.unwrap();
    assert_eq!(one, other.unwrap());
    // About two in three are mutant: the mean probability must be near that, not near a half.
    let answers = answer(&config(), &one, &all).unwrap();
    let mutant = |logits: &[f64]| 1.0 / (1.0 + (logits[0] - logits[1]).exp());
    let mean = answers.iter().map(|a| mutant(&a[0])).sum::<f64>() / 60.0;
    let labels: Vec<usize> = cases.iter().filter_map(|c| c.labels[0]).collect();
    let share = labels.iter().sum::<usize>() as f64 / labels.len() as f64;
    assert!((mean - share).abs() < 0.12, "{mean} where {share} are");
}
