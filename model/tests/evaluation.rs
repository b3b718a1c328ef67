//! `metrics.json` and the comparison of two of them, from made answers.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use mts_unet::evaluation::{Answer, CaseResult, Evaluation, GradeAnswer, Without, compare};
use mts_unet::metrics::{Bootstrap, Region, RegionScore};

fn score(dice: f64, truth_ml: f64) -> RegionScore {
    RegionScore {
        dice,
        hd95_mm: 10.0 * (1.0 - dice),
        truth_ml,
        found_ml: truth_ml + 1.0,
    }
}

/// Forty cases; a larger `skill` answers better.
fn evaluation(skill: f64) -> Evaluation {
    let cases = (0..40).map(|i| {
        let noise = f64::from(i * 7 % 40) / 40.0;
        let mutant = i % 2 == 0;
        let probability = if mutant {
            noise + (1.0 - noise) * skill
        } else {
            noise * (1.0 - skill)
        };
        let mut regions = BTreeMap::from([(Region::Wt, score(0.5 + skill * noise / 2.0, 20.0))]);
        if i < 10 {
            // Four without any, two with less than a millilitre.
            let present = [0.0, 0.0, 0.0, 0.0, 0.4, 0.9, 1.0, 5.0, 5.0, 5.0][i as usize];
            regions.insert(Region::Et, score(skill, present));
        }
        CaseResult {
            case: format!("case{i}"),
            patient: format!("patient{}", i / 2),
            cohort: if i < 10 { "A" } else { "B" }.into(),
            fold: None,
            regions,
            idh: Some(Answer {
                probability,
                truth: (i != 39).then_some(mutant),
            }),
            codeletion_1p19q: Some(Answer {
                probability,
                truth: Some(i % 4 == 0),
            }),
            grade: Some(GradeAnswer {
                probabilities: [0.2, 0.3, 0.5],
                truth: [Some(2), Some(3), Some(4), None][i as usize % 4],
            }),
            notes: Vec::new(),
            seconds: 1.0,
        }
    });
    Evaluation::of(
        Vec::new(),
        Vec::new(),
        cases.collect(),
        Vec::new(),
        Bootstrap {
            draws: 200,
            seed: 1,
        },
    )
}

#[test]
fn each_measure_is_over_the_cases_whose_truth_is_known() {
    let found = evaluation(0.5).overall;
    assert_eq!(found.dice[&Region::Wt].n, 40);
    assert!(!found.dice.contains_key(&Region::Tc));
    assert_eq!(found.dice[&Region::Et].n, 10);
    assert_eq!(found.dice_where_present[&Region::Et].n, 6);
    assert_eq!(found.dice_from_1_ml[&Region::Et].n, 4);
    assert_eq!(found.hd95_mm_where_present[&Region::Et].n, 6);
    assert_eq!(found.hd95_mm_from_1_ml[&Region::Et].n, 4);
    // A millilitre was found in each of the four that have none.
    let absent = found.absent[&Region::Et];
    assert_eq!(
        (absent.neither, absent.only_found, absent.only_truth),
        (0, 4, 0)
    );
    assert!(!found.absent.contains_key(&Region::Wt));
    assert_eq!(found.volume_error_ml[&Region::Wt].mean, 1.0);
    assert_eq!(found.idh.unwrap().n, 39);
    let among_mutants = found.codeletion_1p19q_idh_mutant.unwrap();
    assert_eq!((among_mutants.n, among_mutants.positive), (20, 10));
    let grade = found.grade.unwrap();
    assert_eq!((grade.n, grade.macro_auc), (30, Some(0.5)));
    assert_eq!(grade.three_or_two.unwrap().n, 20);
}

#[test]
fn the_json_has_the_published_form_and_is_read_again() {
    let evaluation = evaluation(0.5);
    let json = serde_json::to_string(&evaluation).unwrap();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let overall = &value["overall"];
    assert!(overall["dice"]["wt"]["mean"].is_f64());
    assert_eq!(
        overall["dice"]["wt"]["ci"].as_array().map(Vec::len),
        Some(2)
    );
    assert!(overall["hd95_mm"]["wt"]["mean"].is_f64());
    for field in [
        "auc",
        "brier",
        "ece",
        "nll",
        "accuracy",
        "sensitivity",
        "specificity",
    ] {
        assert!(overall["idh"][field].is_f64(), "{field}");
    }
    assert_eq!(overall["idh"]["n"], 39);
    assert_eq!(value["cases"].as_array().map(Vec::len), Some(40));
    assert_eq!(value["by_cohort"]["A"]["n"], 10);
    let hd95 = value["definitions"]["hd95_mm"].as_str().unwrap();
    assert!(hd95.contains("MONAI") && hd95.contains("in mm"), "{hd95}");
    let empty = value["definitions"]["empty"].as_str().unwrap();
    assert!(empty.contains("Empty against empty"), "{empty}");
    let again: Evaluation = serde_json::from_str(&json).unwrap();
    // The last digit of a number may change on its way through text, so the cases are compared.
    assert_eq!(again.cases.len(), evaluation.cases.len());
    assert_eq!(again.overall.idh.unwrap().n, 39);
}

#[test]
fn what_was_written_before_definitions_and_millilitres_is_read() {
    let mut value = serde_json::to_value(evaluation(0.5)).unwrap();
    value.as_object_mut().unwrap().remove("definitions");
    let overall = value["overall"].as_object_mut().unwrap();
    for field in [
        "dice_from_1_ml",
        "hd95_mm_where_present",
        "hd95_mm_from_1_ml",
        "absent",
    ] {
        assert!(overall.remove(field).is_some(), "{field}");
    }
    let read: Evaluation = serde_json::from_value(value).unwrap();
    assert!(read.overall.dice_from_1_ml.is_empty() && read.definitions.is_empty());
}

#[test]
fn what_a_sequence_is_worth_is_taken_case_by_case() {
    let all = evaluation(0.5).cases;
    // Every third case has the sequence; they come back in another order, each worse by its number.
    let mut less: Vec<CaseResult> = all.iter().step_by(3).cloned().collect();
    for (i, case) in less.iter_mut().enumerate() {
        if let Some(score) = case.regions.get_mut(&Region::Wt) {
            score.dice -= 0.01 * i as f64;
        }
    }
    less.reverse();
    let bootstrap = Bootstrap { draws: 50, seed: 1 };
    let found = Without::of(&all, &less, bootstrap);
    let lost = found.dice_lost[&Region::Wt];
    assert_eq!((lost.n, found.overall.n), (14, 14));
    assert!((lost.mean - 0.065).abs() < 1e-9 && (lost.max - 0.13).abs() < 1e-9);
    assert_eq!(found.dice_lost[&Region::Et].n, 4);
    assert!(!found.dice_lost.contains_key(&Region::Tc));
}

#[test]
fn a_better_model_is_told_from_a_worse_one() {
    let (worse, better) = (evaluation(0.1), evaluation(0.6));
    let found = compare(&worse, &better);
    let measures: Vec<_> = found.iter().map(|d| d.measure.as_str()).collect();
    assert_eq!(
        measures,
        [
            "Dice WT",
            "Dice ET",
            "AUC IDH mutation",
            "AUC 1p/19q codeletion",
            "AUC 1p/19q codeletion, IDH-mutant",
            "AUC grade 4"
        ]
    );
    assert!(
        found[0].b > found[0].a && found[0].p < 1e-6,
        "{:?}",
        found[0]
    );
    assert!(
        found[2].b > found[2].a && found[2].p < 0.05,
        "{:?}",
        found[2]
    );
    assert!(compare(&better, &better).iter().all(|d| d.p == 1.0));
}

#[test]
fn only_cases_that_both_have_are_compared() {
    let a = evaluation(0.1);
    let mut b = evaluation(0.6);
    b.cases.truncate(12);
    assert_eq!(compare(&a, &b)[0].n, 12);
    b.cases.clear();
    assert!(compare(&a, &b).is_empty());
}

#[test]
fn a_card_says_dice_where_there_is_any_and_by_cohort_where_there_are_several() {
    let both = evaluation(0.5);
    let dice = both.card_dice();
    // Of cohort A's ten enhancing regions four are empty.
    assert_eq!(dice.et.unwrap().cases, 6);
    assert_eq!((dice.wt.unwrap().cases, dice.tc), (40, None));
    let by_cohort = both.card_dice_by_cohort();
    let [a, b] = ["A", "B"].map(|cohort| by_cohort[cohort]);
    assert_eq!((a.wt.unwrap().cases, b.wt.unwrap().cases), (10, 30));
    assert_eq!((a.et, b.et), (dice.et, None));
    let mean = (a.wt.unwrap().value * 10.0 + b.wt.unwrap().value * 30.0) / 40.0;
    assert!((mean - dice.wt.unwrap().value).abs() < 1e-9);

    let one = both.cases.into_iter().filter(|case| case.cohort == "A");
    let bootstrap = Bootstrap::default();
    let one = Evaluation::of(Vec::new(), Vec::new(), one.collect(), Vec::new(), bootstrap);
    assert!(one.card_dice_by_cohort().is_empty());
}
