//! What the bundle says of its heads.

use std::collections::{BTreeMap, BTreeSet};

use mts_unet::bundle::{Card, Manifest, TrainingData};
use mts_unet::cohort::CaseRow;
use mts_unet::metrics::BinarySummary;
use mts_unet::report::Measured;
use mts_unet::training::heads::{Figures, Findings, Fitted, Source, TASKS};

/// The final heads, what was found of them, and the cases that they learnt from.
pub(super) struct Trained<'a> {
    pub(super) findings: &'a Findings,
    pub(super) fitted: &'a Fitted,
    pub(super) rows: Vec<&'a CaseRow>,
}

impl Trained<'_> {
    /// Writes it into the manifest: temperatures, the bands of *not sure*, and the card.
    pub(super) fn tell(&self, manifest: &mut Manifest) {
        let Findings {
            idh,
            codeletion_1p19q,
            grade,
            ..
        } = self.findings;
        let bands = [
            idh.as_ref().map(|f| f.sure_from),
            codeletion_1p19q.as_ref().map(|f| f.sure_from),
            grade.as_ref().map(|f| f.sure_from),
        ];
        for (((task, _), temperature), sure_from) in
            TASKS.into_iter().zip(self.fitted.temperatures).zip(bands)
        {
            if let Some(sure_from) = sure_from {
                let name = task.name().to_owned();
                manifest.temperatures.insert(name.clone(), temperature);
                manifest.sure_from.insert(name, sure_from);
            }
        }
        tell(&mut manifest.card, self.findings, &self.rows);
    }
}

fn tell(card: &mut Card, findings: &Findings, rows: &[&CaseRow]) {
    card.auc = measured(findings);
    card.summary = format!(
        "{} Heads trained after the segmentation on {} labelled cases, from measures of the predicted \
         tumour (tafe = sited_contrast: this project's, not the paper's). {}{}",
        card.summary.trim(),
        rows.len(),
        match findings.source {
            Source::Measures =>
                "AUCs are out of fold for heads and segmentation alike: each case was measured by a \
                 network that had seen nothing of it.",
            _ =>
                "AUCs are out of fold for the heads; the segmentation below them had seen these cases' \
                 outlines, not their labels.",
        },
        baseline(findings)
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

/// What the same measures inside the experts' outlines tell, in a sentence.
fn baseline(findings: &Findings) -> String {
    let auc = |summary: Option<&BinarySummary>| Some((summary?.auc?, summary?.ci?));
    let of = |figures: &Option<Figures<BinarySummary>>| auc(figures.as_ref()?.baseline.as_ref());
    let grade = findings.grade.as_ref().and_then(|f| f.baseline.as_ref());
    let words: Vec<String> = [
        ("IDH", of(&findings.idh)),
        ("1p/19q", of(&findings.codeletion_1p19q)),
        (
            "grade 3 against 2",
            auc(grade.and_then(|g| g.three_or_two.as_ref())),
        ),
    ]
    .into_iter()
    .filter_map(|(name, found)| {
        let (auc, ci) = found?;
        Some(format!("{name} {auc:.2} ({:.2} to {:.2})", ci.low, ci.high))
    })
    .collect();
    if words.is_empty() {
        return String::new();
    }
    format!(
        " A logistic regression on the same measures inside the experts' outlines: AUC {}.",
        words.join(", ")
    )
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
fn cohorts<'a>(rows: &[&'a CaseRow], grades: &[u8]) -> Option<BTreeSet<&'a str>> {
    let of = |row: &&&'a CaseRow| row.grade.is_some_and(|grade| grades.contains(&grade));
    let found: BTreeSet<&str> = rows
        .iter()
        .filter(of)
        .map(|row| row.cohort.as_str())
        .collect();
    (!found.is_empty()).then_some(found)
}
