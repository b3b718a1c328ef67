//! What the bundle says of its heads.

use std::collections::{BTreeMap, BTreeSet};

use mts_unet::bundle::{Manifest, TrainingData};
use mts_unet::cohort::CaseRow;
use mts_unet::network::config::Task;
use mts_unet::report::Measured;
use mts_unet::training::heads::{Figures, Findings};

/// Writes the findings into the manifest: temperatures, the bands of *not sure*, and the card.
pub(super) fn tell(manifest: &mut Manifest, findings: &Findings, rows: &[CaseRow]) {
    let idh = findings.idh.as_ref();
    let codeletion = findings.codeletion_1p19q.as_ref();
    let grade = findings.grade.as_ref();
    for (task, found) in [
        (Task::Idh, idh.map(|f| (f.temperature, f.sure_from))),
        (
            Task::Codeletion1p19q,
            codeletion.map(|f| (f.temperature, f.sure_from)),
        ),
        (Task::Grade, grade.map(|f| (f.temperature, f.sure_from))),
    ] {
        if let Some((temperature, sure_from)) = found {
            let name = task.name().to_owned();
            manifest.temperatures.insert(name.clone(), temperature);
            manifest.sure_from.insert(name, sure_from);
        }
    }
    let card = &mut manifest.card;
    card.auc = measured(findings);
    card.summary = format!(
        "{} Heads trained after the segmentation on {} labelled cases, from measures of the predicted \
         tumour (tafe = sited: this project's, not the paper's). AUCs are out of fold for the heads; \
         the segmentation below them had seen these cases.",
        card.summary.trim(),
        rows.len()
    )
    .trim()
    .to_owned();
    let mut patients: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in rows {
        patients
            .entry(&row.cohort)
            .or_default()
            .insert(&row.patient);
    }
    for (cohort, patients) in patients {
        let name = format!("{cohort} (heads)");
        card.training_data.retain(|data| data.name != name);
        card.training_data.push(TrainingData {
            name,
            cases: patients.len() as u32,
            licence: String::new(),
        });
    }
    let mut failures = vec![
        "CMD, the comparison of T2 and FLAIR, is not part of the heads: most labelled cases lack T2."
            .to_owned(),
    ];
    if let [Some(four), Some(lower)] = [cohorts(rows, &[4]), cohorts(rows, &[2, 3])]
        && four != lower
    {
        failures.push(
            "Grade 4 comes from other collections than grades 2 and 3: what tells it may be the \
             scanner."
                .into(),
        );
    }
    for failure in failures {
        if !card.failure_modes.contains(&failure) {
            card.failure_modes.push(failure);
        }
    }
}

/// The AUCs, out of fold, as a card has them.
pub(super) fn measured(findings: &Findings) -> Measured {
    let grade = findings.grade.as_ref();
    let [all_grades, grade_3_or_2] = grade.map_or([None; 2], Figures::aucs);
    let codeletion = findings.codeletion_1p19q.as_ref();
    Measured {
        idh: findings.idh.as_ref().and_then(Figures::auc),
        codeletion_1p19q: codeletion.and_then(Figures::auc),
        grade: all_grades,
        grade_3_or_2,
    }
}

/// The cohorts of cases of these grades.
fn cohorts<'a>(rows: &'a [CaseRow], grades: &[u8]) -> Option<BTreeSet<&'a str>> {
    let of = |row: &&CaseRow| row.grade.is_some_and(|grade| grades.contains(&grade));
    let found: BTreeSet<&str> = rows
        .iter()
        .filter(of)
        .map(|row| row.cohort.as_str())
        .collect();
    (!found.is_empty()).then_some(found)
}
