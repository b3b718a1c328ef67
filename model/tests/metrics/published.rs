//! The published per-patient predictions of PrognosAIs on TCGA (van der Voort 2022), whose paper
//! rounds the AUCs to 0.90 and 0.85.
//!
//! The other numbers were computed once from the same file with an independent script of pair counts
//! and plain loops; `tests/golden/prognosais-test-predictions.csv` holds the predictions.

use mts_unet::metrics::{
    BinarySummary, Bootstrap, ClassPrediction, GradeSummary, Prediction, auc, ece, equal_width,
    macro_auc, one_against_rest,
};

const TABLE: &str = include_str!("../../../tests/golden/prognosais-test-predictions.csv");

/// Column by name, of the rows where `known` (a label) is not −1.
fn columns(known: &str, wanted: &[&str]) -> (Vec<String>, Vec<Vec<f64>>) {
    let mut table = csv::Reader::from_reader(TABLE.as_bytes());
    let header = table.headers().expect("a header").clone();
    let place = |name: &str| header.iter().position(|h| h == name).expect("a column");
    let rows: Vec<_> = table.records().map(|row| row.expect("a row")).collect();
    let rows = rows.iter().filter(|row| &row[place(known)] != "-1");
    rows.map(|row| {
        let number = |name: &&str| row[place(name)].parse::<f64>().expect("a number");
        (
            row[place("Patient")].to_owned(),
            wanted.iter().map(number).collect(),
        )
    })
    .unzip()
}

fn predictions(label: &str, score: &str) -> (Vec<String>, Vec<Prediction>) {
    let (patients, rows) = columns(label, &[label, score]);
    let prediction = |row: &Vec<f64>| Prediction {
        truth: row[0] == 1.0,
        probability: row[1],
    };
    (patients, rows.iter().map(prediction).collect())
}

fn near(found: Option<f64>, expected: f64) {
    let found = found.expect("a number");
    assert!(
        (found - expected).abs() < 5e-5,
        "{found} instead of {expected}"
    );
}

#[test]
fn idh() {
    let (patients, cases) = predictions("IDH_mutated", "Prediction_score_IDH_mutated");
    let found = BinarySummary::of(&cases, &patients, Bootstrap::default()).expect("cases");
    assert_eq!((found.n, found.positive), (217, 88));
    near(found.auc, 0.8959);
    near(found.threshold.accuracy, 0.8433);
    near(found.threshold.sensitivity, 0.7159);
    near(found.threshold.specificity, 0.9302);
    near(Some(found.brier), 0.1307);
    near(Some(found.nll), 0.5905);
    near(Some(found.ece_equal_width), 0.1225);
    near(Some(found.ece), 0.0996);
    // The same script, with four seeds of another generator: 0.844 to 0.847 and 0.938 to 0.939.
    let ci = found.ci.expect("an interval");
    assert!((ci.low - 0.8455).abs() < 0.003, "{ci:?}");
    assert!((ci.high - 0.9388).abs() < 0.003, "{ci:?}");
    let delong = found.delong_ci.expect("an interval");
    assert!((delong.low - ci.low).abs() < 0.01 && (delong.high - ci.high).abs() < 0.01);
}

#[test]
fn codeletion() {
    let (patients, cases) = predictions("1p19q_codeleted", "Prediction_score_1p19q_codeleted");
    let found = BinarySummary::of(&cases, &patients, Bootstrap::default()).expect("cases");
    assert_eq!((found.n, found.positive), (233, 26));
    near(found.auc, 0.8519);
    near(found.threshold.accuracy, 0.8884);
    near(found.threshold.sensitivity, 0.3846);
    near(found.threshold.specificity, 0.9517);
    near(Some(found.brier), 0.0832);
    near(Some(found.nll), 0.3167);
    near(Some(found.ece_equal_width), 0.0809);
    let ci = found.ci.expect("an interval");
    assert!(
        (ci.low - 0.769).abs() < 0.01 && (ci.high - 0.921).abs() < 0.01,
        "{ci:?}"
    );
}

#[test]
fn grade() {
    let scores = [2, 3, 4].map(|grade| format!("Prediction_score_grade_{grade}"));
    let wanted = ["Grade", &scores[0], &scores[1], &scores[2]];
    let (patients, rows) = columns("Grade", &wanted);
    let cases: Vec<ClassPrediction> = rows
        .iter()
        .map(|row| ClassPrediction {
            truth: row[0] as usize - 2,
            probabilities: [row[1], row[2], row[3]],
        })
        .collect();
    let patients: Vec<&str> = patients.iter().map(String::as_str).collect();
    for (class, expected) in [(0, 0.9113), (1, 0.6941), (2, 0.9059)] {
        near(auc(&one_against_rest(&cases, class)), expected);
    }
    near(macro_auc(&cases), 0.8371);
    let found = GradeSummary::of(&cases, &patients, Bootstrap::default()).expect("cases");
    assert_eq!((found.n, found.four.positive), (238, 132));
    near(Some(found.accuracy), 0.7143);
    near(found.four.threshold.accuracy, 0.8361);
    near(found.four.threshold.sensitivity, 0.9318);
    near(found.four.threshold.specificity, 0.7170);
    near(Some(found.four.brier), 0.1304);
    near(Some(found.four.nll), 0.4469);
    near(Some(found.four.ece_equal_width), 0.1026);
}

#[test]
fn the_likeliest_grades_confidence() {
    // Equal-width error of the likeliest grade's probability against its being right.
    let scores = [2, 3, 4].map(|grade| format!("Prediction_score_grade_{grade}"));
    let (_, rows) = columns("Grade", &["Grade", &scores[0], &scores[1], &scores[2]]);
    let confidence = rows.iter().map(|row| {
        let best = (1..4).fold(1, |best, i| if row[i] > row[best] { i } else { best });
        Prediction {
            truth: best + 1 == row[0] as usize,
            probability: row[best],
        }
    });
    let confidence: Vec<_> = confidence.collect();
    let found = ece(&equal_width(&confidence, 15));
    assert!((found - 0.134).abs() < 5e-4, "{found}");
}
