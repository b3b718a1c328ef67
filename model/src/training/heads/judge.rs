//! How good the heads are, on cases that they have not learnt from.

use serde::Serialize;

use super::TASKS;
use super::calibrate::{probabilities, sure_from, surest, temperature};
use super::cases::Labelled;
use super::fit::{answer, fit};
use super::logistic::Logistic;
use crate::ModelError;
use crate::metrics::{
    BinarySummary, Bootstrap, ClassPrediction, Comparison, GradeSummary, Prediction, compare_aucs,
};
use crate::network::MtsUnetConfig;
use crate::report::Auc;
use crate::training::Weights;

/// One head, out of fold.
#[derive(Clone, Debug, Serialize)]
pub struct Figures<S> {
    /// As it answers by itself.
    pub head: S,
    /// Its logits divided by a temperature that was fitted on the other folds' answers.
    pub calibrated: S,
    /// A logistic regression on the measures alone.
    pub baseline: S,
    /// The temperature of all folds together, which the bundle gets.
    pub temperature: f64,
    /// The probability of the likeliest class from which it is answered.
    pub sure_from: f64,
    /// Share of the cases that are answered.
    pub answered: f64,
    /// Share of these answers that are right.
    pub right: f64,
}

/// What cross-validation found.
#[derive(Clone, Debug, Serialize)]
pub struct Findings {
    /// IDH mutant against wild type.
    pub idh: Option<Figures<BinarySummary>>,
    /// 1p/19q codeleted against intact.
    pub codeletion_1p19q: Option<Figures<BinarySummary>>,
    /// Grades 2, 3, 4.
    pub grade: Option<Figures<GradeSummary>>,
    /// DeLong's paired test of head against baseline for IDH and 1p/19q: the difference of their AUCs
    /// and its p.
    pub against_baseline: [Option<[f64; 2]>; 2],
}

/// What the final heads answered on a fold that they, and everything before them, were kept from.
#[derive(Clone, Debug, Serialize)]
pub struct HeldOut {
    /// IDH.
    pub idh: Option<BinarySummary>,
    /// 1p/19q.
    pub codeletion_1p19q: Option<BinarySummary>,
    /// Grade.
    pub grade: Option<GradeSummary>,
}

/// The answers of one task, beside the truth.
struct Answers {
    patients: Vec<String>,
    folds: Vec<usize>,
    /// Logits and label.
    head: Vec<(Vec<f64>, usize)>,
    baseline: Vec<(Vec<f64>, usize)>,
}

/// Trains on all folds but one and asks for that one, for every fold; `folds` has each case's.
///
/// # Errors
/// The network cannot be made.
pub fn judge(
    config: &MtsUnetConfig,
    cases: &[Labelled],
    folds: &[usize],
    seed: u64,
) -> Result<Findings, ModelError> {
    let mut tasks = TASKS.map(|_| Answers {
        patients: Vec::new(),
        folds: Vec::new(),
        head: Vec::new(),
        baseline: Vec::new(),
    });
    let last = folds.iter().max().map_or(0, |fold| fold + 1);
    for fold in 0..last {
        let of = |inside: bool| -> Vec<&Labelled> {
            let both = cases.iter().zip(folds);
            let wanted = both.filter(|(_, f)| (**f == fold) == inside);
            wanted.map(|(case, _)| case).collect()
        };
        let (train, test) = (of(false), of(true));
        if train.is_empty() || test.is_empty() {
            continue;
        }
        let weights = fit(config, &train, seed)?;
        let answers = answer(config, &weights, &test)?;
        for (task, found) in tasks.iter_mut().enumerate() {
            let baseline = Logistic::fit(&train, task, TASKS[task].1);
            for (case, answer) in test.iter().zip(&answers) {
                if let Some(label) = case.labels[task] {
                    found.patients.push(case.patient.clone());
                    found.folds.push(fold);
                    found.head.push((answer[task].clone(), label));
                    found.baseline.push((baseline.answer(case), label));
                }
            }
        }
    }
    let [idh, codeletion, grade] = &tasks;
    let against = |task: &Answers| {
        let of = |answers: &[_]| binary(&softened(answers, 1.0));
        let Comparison {
            auc_a, auc_b, p, ..
        } = compare_aucs(&of(&task.baseline), &of(&task.head))?;
        Some([auc_b - auc_a, p])
    };
    Ok(Findings {
        against_baseline: [against(idh), against(codeletion)],
        idh: idh.figures(summarise_binary),
        codeletion_1p19q: codeletion.figures(summarise_binary),
        grade: grade.figures(summarise_grade),
    })
}

/// Asks the final heads for cases that were kept from them.
///
/// # Errors
/// The weights are not those of `config`'s heads.
pub fn held_out(
    config: &MtsUnetConfig,
    weights: &Weights,
    cases: &[Labelled],
    temperatures: [f64; 3],
) -> Result<HeldOut, ModelError> {
    let all: Vec<&Labelled> = cases.iter().collect();
    let answers = answer(config, weights, &all)?;
    let of = |task: usize| -> (Vec<_>, Vec<String>) {
        let labelled = cases.iter().zip(&answers).filter_map(|(case, answer)| {
            let p = probabilities(&answer[task], temperatures[task]);
            Some(((p, case.labels[task]?), case.patient.clone()))
        });
        labelled.unzip()
    };
    let [idh, codeletion, grade] = [of(0), of(1), of(2)];
    Ok(HeldOut {
        idh: summarise_binary(&idh.0, &idh.1),
        codeletion_1p19q: summarise_binary(&codeletion.0, &codeletion.1),
        grade: summarise_grade(&grade.0, &grade.1),
    })
}

impl Answers {
    fn figures<S>(
        &self,
        summarise: impl Fn(&[(Vec<f64>, usize)], &[String]) -> Option<S>,
    ) -> Option<Figures<S>> {
        let mut calibrated = Vec::with_capacity(self.head.len());
        for ((logits, label), fold) in self.head.iter().zip(&self.folds) {
            let others = self.head.iter().zip(&self.folds);
            let others = others.filter(|(_, f)| *f != fold);
            let others: Vec<_> = others.map(|(answer, _)| answer.clone()).collect();
            calibrated.push((probabilities(logits, temperature(&others)), *label));
        }
        let temperature = temperature(&self.head);
        let softened_all = softened(&self.head, temperature);
        let sure_from = sure_from(&softened_all);
        let sure = softened_all.iter().map(surest);
        let sure: Vec<_> = sure.filter(|(p, _)| *p >= sure_from).collect();
        let right = sure.iter().filter(|(_, right)| *right).count();
        Some(Figures {
            head: summarise(&softened(&self.head, 1.0), &self.patients)?,
            calibrated: summarise(&calibrated, &self.patients)?,
            baseline: summarise(&softened(&self.baseline, 1.0), &self.patients)?,
            temperature,
            sure_from,
            answered: sure.len() as f64 / self.head.len().max(1) as f64,
            right: right as f64 / sure.len().max(1) as f64,
        })
    }
}

impl Figures<BinarySummary> {
    /// What a card says of it.
    #[must_use]
    pub fn auc(&self) -> Option<Auc> {
        measured(&self.head)
    }
}

impl Figures<GradeSummary> {
    /// What a card says of it: all three grades, and 3 against 2.
    #[must_use]
    pub fn aucs(&self) -> [Option<Auc>; 2] {
        let all = self.head.macro_auc.zip(self.head.ci);
        let all = all.map(|(value, ci)| Auc {
            value,
            low: ci.low.min(value),
            high: ci.high.max(value),
            patients: self.head.n as u32,
        });
        [all, self.head.three_or_two.as_ref().and_then(measured)]
    }
}

fn measured(summary: &BinarySummary) -> Option<Auc> {
    let (value, ci) = summary.auc.zip(summary.ci)?;
    Some(Auc {
        value,
        low: ci.low.min(value),
        high: ci.high.max(value),
        patients: summary.n as u32,
    })
}

fn softened(answers: &[(Vec<f64>, usize)], temperature: f64) -> Vec<(Vec<f64>, usize)> {
    let soft = answers
        .iter()
        .map(|(logits, label)| (probabilities(logits, temperature), *label));
    soft.collect()
}

fn binary(answers: &[(Vec<f64>, usize)]) -> Vec<Prediction> {
    let of = answers.iter().map(|(p, label)| Prediction {
        truth: *label == 1,
        probability: p[1],
    });
    of.collect()
}

fn summarise_binary(answers: &[(Vec<f64>, usize)], patients: &[String]) -> Option<BinarySummary> {
    BinarySummary::of(&binary(answers), patients, Bootstrap::default())
}

fn summarise_grade(answers: &[(Vec<f64>, usize)], patients: &[String]) -> Option<GradeSummary> {
    let predictions: Vec<ClassPrediction> = answers
        .iter()
        .filter_map(|(p, label)| {
            let probabilities = p.as_slice().try_into().ok()?;
            Some(ClassPrediction {
                truth: *label,
                probabilities,
            })
        })
        .collect();
    let patients: Vec<&str> = patients.iter().map(String::as_str).collect();
    GradeSummary::of(&predictions, &patients, Bootstrap::default())
}
