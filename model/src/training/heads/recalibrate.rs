//! The calibration of heads that learnt with the segmentation, by an evaluation of cases that they had not seen.

use std::collections::{BTreeMap, BTreeSet};

use super::TASKS;
use super::calibrate::{probabilities, sure_from, temperature};
use super::judge::{binary, three_or_two};
use crate::cohort::folds::dealt;
use crate::evaluation::CaseResult;
use crate::metrics::calibration_error;
use crate::network::config::Task;

/// Fewer answers than this are no ground for a temperature.
pub const LEAST: usize = 20;

/// Parts that the cases are dealt into where the evaluation had no folds.
const PARTS: usize = 5;

/// What a head's answers ask for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recalibrated {
    /// Whose.
    pub task: Task,
    /// Cases with answer and truth.
    pub cases: usize,
    /// In place of the one that they were answered by.
    pub temperature: f64,
    /// The probability of the likeliest class from which it is answered.
    pub sure_from: f64,
    /// Calibration error in bins of equal mass as they were answered, and by the temperature that the other folds'
    /// cases ask for; for grade, of 3 against 2.
    pub ece: [f64; 2],
}

/// One case's answer.
struct Answer {
    fold: usize,
    logits: Vec<f64>,
    label: usize,
}

/// Temperatures and bands of *not sure* of the heads that have [`LEAST`] answers; `temperatures` are those that they
/// answered by.
#[must_use]
pub fn recalibrate(
    cases: &[CaseResult],
    temperatures: &BTreeMap<String, f64>,
) -> Vec<Recalibrated> {
    let patients: BTreeSet<&str> = cases.iter().map(|case| case.patient.as_str()).collect();
    let parts = dealt(patients.into_iter(), PARTS);
    let of = |task: Task| {
        let own = temperatures.get(task.name()).copied().unwrap_or(1.0);
        let answers = cases.iter().filter_map(|case| {
            let (probabilities, label) = answer(case, task)?;
            let logits = probabilities.iter().map(|p| own * p.max(1e-7).ln());
            Some(Answer {
                fold: case.fold.unwrap_or(parts[case.patient.as_str()]),
                logits: logits.collect(),
                label,
            })
        });
        let answers: Vec<Answer> = answers.collect();
        (answers.len() >= LEAST).then(|| one(task, &answers, own))
    };
    TASKS.into_iter().filter_map(|(task, _)| of(task)).collect()
}

/// The classes' probabilities and the true one, where it is known.
fn answer(case: &CaseResult, task: Task) -> Option<(Vec<f64>, usize)> {
    let yes_or_no = |answer: Option<crate::evaluation::Answer>| {
        let found = answer?.prediction()?;
        let p = found.probability;
        Some((vec![1.0 - p, p], usize::from(found.truth)))
    };
    match task {
        Task::Idh => yes_or_no(case.idh),
        Task::Codeletion1p19q => yes_or_no(case.codeletion_1p19q),
        Task::Grade => {
            let found = case.grade?.prediction()?;
            Some((found.probabilities.to_vec(), found.truth))
        }
    }
}

fn one(task: Task, answers: &[Answer], own: f64) -> Recalibrated {
    let likeliest = |kept: &dyn Fn(&Answer) -> bool| {
        let kept = answers.iter().filter(|answer| kept(answer));
        let kept: Vec<_> = kept.map(|a| (a.logits.clone(), a.label)).collect();
        temperature(&kept)
    };
    let folds: BTreeSet<usize> = answers.iter().map(|answer| answer.fold).collect();
    let others: BTreeMap<usize, f64> = folds
        .into_iter()
        .map(|fold| (fold, likeliest(&|answer| answer.fold != fold)))
        .collect();
    let by = |temperature: &dyn Fn(&Answer) -> f64| -> Vec<(Vec<f64>, usize)> {
        let of = |a: &Answer| (probabilities(&a.logits, temperature(a)), a.label);
        answers.iter().map(of).collect()
    };
    let error = |answers: &[(Vec<f64>, usize)]| {
        let predictions = match task {
            Task::Grade => three_or_two(answers),
            Task::Idh | Task::Codeletion1p19q => binary(answers),
        };
        calibration_error(&predictions)
    };
    let after = by(&|answer| others[&answer.fold]);
    Recalibrated {
        task,
        cases: answers.len(),
        temperature: likeliest(&|_| true),
        sure_from: sure_from(&after),
        ece: [error(&by(&|_| own)), error(&after)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::{self, GradeAnswer};

    /// Answers of 98 % that are right three times of four.
    fn cases(count: usize, fold: Option<usize>) -> Vec<CaseResult> {
        let case = |i: usize| {
            let (truth, right) = (i.is_multiple_of(2), !(i / 2).is_multiple_of(4));
            CaseResult {
                case: format!("case {i}"),
                patient: format!("patient {i}"),
                cohort: "A".into(),
                fold: fold.map(|folds| i / 8 % folds),
                regions: BTreeMap::new(),
                idh: Some(evaluation::Answer {
                    probability: if truth == right { 0.98 } else { 0.02 },
                    truth: Some(truth),
                }),
                codeletion_1p19q: None,
                grade: (i < LEAST - 1).then_some(GradeAnswer {
                    probabilities: [0.2, 0.3, 0.5],
                    truth: Some(2),
                }),
                notes: Vec::new(),
                seconds: 1.0,
            }
        };
        (0..count).map(case).collect()
    }

    /// ln(0.98 / 0.02) / T = ln 3, for answers given by a temperature of 1; twice that for those given by 2.
    #[test]
    fn answers_that_are_too_sure_are_cooled_whatever_they_were_answered_by() {
        let logit = (0.98_f64 / 0.02).ln();
        for (own, folds) in [(1.0, Some(4)), (2.0, None)] {
            let own = BTreeMap::from([("idh".to_owned(), own)]);
            let found = recalibrate(&cases(40_000, folds), &own);
            let [idh] = found[..] else {
                panic!("{found:?}")
            };
            let expected = own["idh"] * logit / 3.0_f64.ln();
            assert!((idh.temperature / expected - 1.0).abs() < 0.01, "{idh:?}");
            assert!(
                (idh.ece[0] - 0.23).abs() < 0.01 && idh.ece[1] < 0.01,
                "{idh:?}"
            );
            // Three of four are too few.
            assert_eq!(
                (idh.task, idh.cases, idh.sure_from),
                (Task::Idh, 40_000, 1.0)
            );
        }
    }

    #[test]
    fn few_answers_are_no_ground() {
        let found = recalibrate(&cases(LEAST, None), &BTreeMap::new());
        assert_eq!(found.len(), 1, "grade has one too few");
    }
}
