//! What was measured, as files and as words.

use std::collections::BTreeMap;
use std::path::Path;

use mts_unet::evaluation::{CaseResult, Evaluation, HEADS, definitions};
use mts_unet::metrics::{BinarySummary, Interval, MeanSummary, Prediction, Region, plot};

use crate::{Failure, file_failure};

/// `metrics.json`, and `metrics.idh.roc.svg` and so on beside it.
pub(super) fn files(evaluation: &Evaluation, out: &Path) -> Result<(), Failure> {
    if let Some(folder) = out.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| file_failure("make", &error, folder))?;
    }
    let json = serde_json::to_string_pretty(evaluation).map_err(|error| Failure {
        what: error.to_string(),
        mend: String::new(),
        code: 1,
    })?;
    write(out, &json)?;
    for head in HEADS {
        let known = evaluation.cases.iter().filter_map(head.of);
        let known: Vec<Prediction> = known.collect();
        if known.is_empty() {
            continue;
        }
        for (kind, picture) in [
            ("roc", plot::roc(head.words, &known)),
            ("calibration", plot::calibration(head.words, &known)),
        ] {
            let end = format!("{}.{kind}.svg", head.key);
            write(&out.with_extension(end), &picture)?;
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| file_failure("write", &error, path))
}

/// A case in one line.
pub(super) fn line(case: &CaseResult) -> String {
    let mut words = case.case.clone();
    for (region, score) in &case.regions {
        words += &format!("  {} {:.3}", region.key().to_uppercase(), score.dice);
    }
    if let Some(idh) = case.idh {
        words += &format!("  IDH {:.2}", idh.probability);
    }
    format!("{words}  {:.1} s", case.seconds)
}

/// The overall measures.
pub(super) fn print(evaluation: &Evaluation) {
    let overall = &evaluation.overall;
    println!("{} cases", overall.n);
    if !evaluation.failed.is_empty() {
        println!(
            "{} could not be read and count for nothing",
            evaluation.failed.len()
        );
    }
    for (region, dice) in &overall.dice {
        let name = region.key().to_uppercase();
        let hd95 = |of: &BTreeMap<Region, MeanSummary>| of.get(region).copied();
        mean(&name, *dice, hd95(&overall.hd95_mm), "cases");
        // Of a region that many lack, the mean over all says little.
        let parts = [
            (
                overall.dice_where_present.get(region),
                hd95(&overall.hd95_mm_where_present),
                "that have any",
            ),
            (
                overall.dice_from_1_ml.get(region),
                hd95(&overall.hd95_mm_from_1_ml),
                "with 1 mL or more",
            ),
        ];
        for (part, hd95, which) in parts {
            if let Some(part) = part.filter(|part| part.n < dice.n || *region == Region::Et) {
                mean(&format!("  {name}"), *part, hd95, &format!("cases {which}"));
            }
        }
        if let Some(absent) = overall.absent.get(region) {
            println!("  {}", absent.words(&name));
        }
    }
    if !overall.hd95_mm.is_empty() {
        println!("HD95: {}", definitions::HD95);
    }
    for (sequence, without) in &evaluation.without {
        let lost = without.dice_lost.iter().map(|(region, lost)| {
            let name = region.key().to_uppercase();
            format!("{name} {:.3} ({})", lost.mean, interval(Some(lost.ci)))
        });
        let lost: Vec<String> = lost.collect();
        println!("  less without {sequence:<5} {}", lost.join(", "));
    }
    head("IDH", overall.idh.as_ref());
    head("1p/19q", overall.codeletion_1p19q.as_ref());
    let among_mutants = overall.codeletion_1p19q_idh_mutant.as_ref();
    head("  IDH-mutant", among_mutants);
    if let Some(grade) = &overall.grade {
        if let Some(auc) = grade.macro_auc {
            println!(
                "{:<12} macro AUC {auc:.3} ({}), {} cases",
                "Grade",
                interval(grade.ci),
                grade.n
            );
        }
        head("  4 or 2-3", Some(&grade.four));
        head("  3 or 2", grade.three_or_two.as_ref());
    }
}

fn mean(name: &str, dice: MeanSummary, hd95: Option<MeanSummary>, cases: &str) {
    println!(
        "{name:<12} Dice {:.3} ({}), least {:.3}, HD95 {:.1} mm, {} {cases}",
        dice.mean,
        interval(Some(dice.ci)),
        dice.min,
        hd95.map_or(f64::NAN, |h| h.mean),
        dice.n
    );
}

fn head(name: &str, summary: Option<&BinarySummary>) {
    let Some(summary) = summary else { return };
    let auc = summary.auc.map_or_else(
        || "one answer only".into(),
        |auc| format!("AUC {auc:.3} ({})", interval(summary.ci)),
    );
    println!(
        "{name:<12} {auc}, ECE {:.3}, Brier {:.3}, {} cases",
        summary.ece, summary.brier, summary.n
    );
}

fn interval(interval: Option<Interval>) -> String {
    interval.map_or_else(
        || "no interval".into(),
        |i| format!("{:.3} to {:.3}", i.low, i.high),
    )
}
