//! AUC and its tests against counting every pair.

use mts_unet::metrics::{Bootstrap, Prediction, auc, compare_aucs, delong};

/// Numbers that look random and never change.
fn noise(i: usize) -> f64 {
    let mixed = (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 11) as f64 / 2f64.powi(53)
}

/// Cases whose probabilities have two decimals, so that many are tied.
fn cases(n: usize, stream: usize, skill: f64) -> Vec<Prediction> {
    (0..n)
        .map(|i| {
            let truth = i % 3 == 0;
            let raw = noise(1000 * stream + i) + if truth { skill } else { 0.0 };
            Prediction {
                truth,
                probability: (raw / (1.0 + skill) * 100.0).round() / 100.0,
            }
        })
        .collect()
}

/// How a yes case fares against a no case: 1 above, ½ tied, 0 below.
fn kernel(yes: f64, no: f64) -> f64 {
    f64::from(u8::from(yes > no)) + 0.5 * f64::from(u8::from(yes == no))
}

fn split(of: &[Prediction]) -> (Vec<f64>, Vec<f64>) {
    let kind = |truth| {
        let wanted = of.iter().filter(move |p| p.truth == truth);
        wanted.map(|p| p.probability).collect::<Vec<_>>()
    };
    (kind(true), kind(false))
}

fn auc_by_pairs(of: &[Prediction]) -> f64 {
    let (yes, no) = split(of);
    let pairs = yes
        .iter()
        .flat_map(|y| no.iter().map(move |n| kernel(*y, *n)));
    pairs.sum::<f64>() / (yes.len() * no.len()) as f64
}

/// DeLong's covariance as the paper writes it, O(n²).
fn covariance_by_pairs(a: &[Prediction], b: &[Prediction]) -> f64 {
    let parts = |of: &[Prediction]| {
        let (yes, no) = split(of);
        let mean = |it: &mut dyn Iterator<Item = f64>, n: usize| it.sum::<f64>() / n as f64;
        let of_yes: Vec<f64> = yes
            .iter()
            .map(|y| mean(&mut no.iter().map(|n| kernel(*y, *n)), no.len()))
            .collect();
        let of_no: Vec<f64> = no
            .iter()
            .map(|n| mean(&mut yes.iter().map(|y| kernel(*y, *n)), yes.len()))
            .collect();
        (of_yes, of_no)
    };
    let ((yes_a, no_a), (yes_b, no_b)) = (parts(a), parts(b));
    let (auc_a, auc_b) = (auc_by_pairs(a), auc_by_pairs(b));
    let s = |a: &[f64], b: &[f64]| {
        let products = a.iter().zip(b).map(|(a, b)| (a - auc_a) * (b - auc_b));
        products.sum::<f64>() / (a.len() - 1) as f64 / a.len() as f64
    };
    s(&yes_a, &yes_b) + s(&no_a, &no_b)
}

#[test]
fn ranks_give_what_pairs_give() {
    for (n, skill) in [(7, 0.0), (60, 0.4), (301, 0.1)] {
        let cases = cases(n, 1, skill);
        let found = auc(&cases).expect("both kinds");
        assert!((found - auc_by_pairs(&cases)).abs() < 1e-12);
        let variance = delong(&cases).expect("enough cases").variance;
        assert!((variance - covariance_by_pairs(&cases, &cases)).abs() < 1e-12);
    }
    assert_eq!(auc(&cases(1, 1, 0.0)), None);
}

#[test]
fn the_paired_test_uses_the_covariance_of_the_same_cases() {
    let (a, b) = (cases(120, 1, 0.3), cases(120, 2, 0.6));
    let found = compare_aucs(&a, &b).expect("same cases");
    let variance = covariance_by_pairs(&a, &a) + covariance_by_pairs(&b, &b)
        - 2.0 * covariance_by_pairs(&a, &b);
    let z = (auc_by_pairs(&b) - auc_by_pairs(&a)) / variance.sqrt();
    assert!((found.z - z).abs() < 1e-9);
    assert!(found.p > 0.0 && found.p < 0.2, "{found:?}");
}

#[test]
fn models_that_order_cases_alike_do_not_differ() {
    let a = cases(50, 1, 0.3);
    let squared: Vec<_> = a
        .iter()
        .map(|p| Prediction {
            probability: p.probability.powi(2),
            ..*p
        })
        .collect();
    let found = compare_aucs(&a, &squared).expect("same cases");
    assert_eq!((found.z, found.p), (0.0, 1.0));
}

#[test]
fn other_cases_cannot_be_paired() {
    let a = cases(50, 1, 0.3);
    let mut b = a.clone();
    b[0].truth = !b[0].truth;
    assert_eq!(compare_aucs(&a, &b), None);
    assert_eq!(compare_aucs(&a, &a[..49]), None);
}

#[test]
fn delong_and_bootstrap_agree_on_the_interval() {
    let cases = cases(300, 1, 0.4);
    let patients: Vec<usize> = (0..cases.len()).collect();
    let drawn = Bootstrap::default()
        .interval(&patients, |sample| {
            auc(&sample.iter().map(|&i| cases[i]).collect::<Vec<_>>())
        })
        .expect("both kinds");
    let delong = delong(&cases).expect("enough cases").interval();
    assert!(
        (drawn.low - delong.low).abs() < 0.01,
        "{drawn:?} {delong:?}"
    );
    assert!(
        (drawn.high - delong.high).abs() < 0.01,
        "{drawn:?} {delong:?}"
    );
}
