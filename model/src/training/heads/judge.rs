//! How good the heads are, on cases that they have not learnt from.

use serde::Serialize;

use super::TASKS;
use super::calibrate::{probabilities, sure_from, surest};
use super::cases::{Labelled, split};
use super::choose::{Choice, Learnt};
use super::fit::{Fitted, answer, fit};
use super::reading::Source;
use crate::ModelError;
use crate::evaluation::{card_auc, card_aucs};
use crate::metrics::{
    BinarySummary, Bootstrap, ClassPrediction, GradeSummary, Prediction, compare_aucs, ece_of_luck,
};
use crate::network::MtsUnetConfig;
use crate::report::Auc;

/// One head, out of fold.
#[derive(Clone, Debug, Serialize)]
pub struct Figures<S> {
    /// As the page would show it: calibrated by its own training cases.
    pub head: S,
    /// Without the calibration.
    pub uncalibrated: S,
    /// A regression on the same measures inside the experts' outlines; see [`judge`].
    pub baseline: Option<S>,
    /// DeLong's paired test over the cases that both answer; for grade, of 3 against 2.
    pub against_baseline: Option<Against>,
    /// The calibration error that answers which mean exactly what they say would show on so few cases,
    /// on average; for grade, of 3 against 2.
    pub ece_of_luck: Option<f64>,
    /// What the training cases of each fold chose.
    pub choices: Vec<Choice>,
    /// The probability of the likeliest class from which it is answered.
    pub sure_from: f64,
    /// Share of the cases that are answered.
    pub answered: f64,
    /// Share of these answers that are right.
    pub right: f64,
}

/// Head and baseline on the same cases.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Against {
    /// AUC of the head less that of the baseline.
    pub difference: f64,
    /// Two-sided.
    pub p: f64,
    /// Cases that both answered.
    pub n: usize,
}

/// What cross-validation found.
#[derive(Clone, Debug, Serialize)]
pub struct Findings {
    /// What the heads read.
    pub source: Source,
    /// IDH mutant against wild type.
    pub idh: Option<Figures<BinarySummary>>,
    /// 1p/19q codeleted against intact.
    pub codeletion_1p19q: Option<Figures<BinarySummary>>,
    /// Grades 2, 3, 4.
    pub grade: Option<Figures<GradeSummary>>,
    /// Regressions of the same kind on other numbers, on the same folds.
    pub ablation: Vec<Ablated>,
}

/// A regression like the heads' on other numbers, chosen and calibrated in the same way.
#[derive(Clone, Debug, Serialize)]
pub struct Ablated {
    /// What it reads.
    pub source: Source,
    /// IDH mutant against wild type.
    pub idh: Option<BinarySummary>,
    /// 1p/19q codeleted against intact.
    pub codeletion_1p19q: Option<BinarySummary>,
    /// Grades 2, 3, 4.
    pub grade: Option<GradeSummary>,
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

/// Probabilities, and the label.
type Answer = (Vec<f64>, usize);

/// The answers of one task, beside the truth.
#[derive(Default)]
struct Answers {
    patients: Vec<String>,
    folds: Vec<usize>,
    head: Vec<Answer>,
    uncalibrated: Vec<Answer>,
    /// None of a case without outline.
    baseline: Vec<Option<Answer>>,
    choices: Vec<Choice>,
}

/// Trains on all folds but one and asks for that one, for every fold; `folds` has each case's. The
/// answers of the fold `left_out` are in the figures, but have no say in when to be sure.
///
/// Beside the heads, on the same folds and chosen in the same way, a regression on the same measures
/// inside the experts' outlines: what the hand can measure where the tumour is known. A head that falls
/// behind it falls behind by what the network finds, or by what it adds.
///
/// # Errors
/// The network cannot be made.
pub fn judge(
    config: &MtsUnetConfig,
    cases: &[Labelled],
    folds: &[usize],
    left_out: Option<usize>,
    source: Source,
) -> Result<Findings, ModelError> {
    let mut tasks = TASKS.map(|_| Answers::default());
    let last = folds.iter().max().map_or(0, |fold| fold + 1);
    for fold in 0..last {
        let (train, test) = split(cases, folds, fold);
        if train.is_empty() || test.is_empty() {
            continue;
        }
        let fitted = fit(config, &train, source)?;
        let answers = answer(config, &fitted.weights, &test)?;
        for (task, found) in tasks.iter_mut().enumerate() {
            found.choices.extend(fitted.choices[task]);
            let baseline = Learnt::from(Source::Outline, &train, task);
            let temperature = fitted.temperatures[task];
            for (case, answer) in test.iter().zip(&answers) {
                let Some(label) = case.labels[task] else {
                    continue;
                };
                let logits = &answer[task];
                let before = logits.iter().zip(&fitted.shifts[task]).map(|(l, s)| l - s);
                let before: Vec<f64> = before.collect();
                found.patients.push(case.patient.clone());
                found.folds.push(fold);
                found.head.push((probabilities(logits, temperature), label));
                found
                    .uncalibrated
                    .push((probabilities(&before, 1.0), label));
                found.baseline.push(baseline.as_ref().and_then(|learnt| {
                    Some((learnt.calibration.apply(&learnt.answer(case)?), label))
                }));
            }
        }
    }
    let [idh, codeletion, grade] = &tasks;
    Ok(Findings {
        source,
        idh: idh.figures(summarise_binary, binary, left_out),
        codeletion_1p19q: codeletion.figures(summarise_binary, binary, left_out),
        grade: grade.figures(summarise_grade, three_or_two, left_out),
        ablation: Vec::new(),
    })
}

/// What `source` alone tells, out of the same folds as [`judge`]'s.
#[must_use]
pub fn ablate(cases: &[Labelled], folds: &[usize], source: Source) -> Ablated {
    let mut tasks = TASKS.map(|_| (Vec::new(), Vec::new()));
    let last = folds.iter().max().map_or(0, |fold| fold + 1);
    for fold in 0..last {
        let (train, test) = split(cases, folds, fold);
        for (task, (answers, patients)) in tasks.iter_mut().enumerate() {
            let Some(learnt) = Learnt::from(source, &train, task) else {
                continue;
            };
            for case in &test {
                if let (Some(label), Some(logits)) = (case.labels[task], learnt.answer(case)) {
                    answers.push((learnt.calibration.apply(&logits), label));
                    patients.push(case.patient.clone());
                }
            }
        }
    }
    let [idh, codeletion, grade] = tasks;
    Ablated {
        source,
        idh: summarise_binary(&idh.0, &idh.1),
        codeletion_1p19q: summarise_binary(&codeletion.0, &codeletion.1),
        grade: summarise_grade(&grade.0, &grade.1),
    }
}

/// Asks the final heads for cases that were kept from them.
///
/// # Errors
/// The weights are not those of `config`'s heads.
pub fn held_out(
    config: &MtsUnetConfig,
    fitted: &Fitted,
    cases: &[Labelled],
) -> Result<HeldOut, ModelError> {
    let all: Vec<&Labelled> = cases.iter().collect();
    let answers = answer(config, &fitted.weights, &all)?;
    let of = |task: usize| -> (Vec<_>, Vec<String>) {
        let labelled = cases.iter().zip(&answers).filter_map(|(case, answer)| {
            let p = probabilities(&answer[task], fitted.temperatures[task]);
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
    /// `yes_or_no` says which question is tested against the baseline.
    fn figures<S>(
        &self,
        summarise: impl Fn(&[Answer], &[String]) -> Option<S>,
        yes_or_no: impl Fn(&[Answer]) -> Vec<Prediction>,
        left_out: Option<usize>,
    ) -> Option<Figures<S>> {
        let both = self.head.iter().zip(&self.baseline).zip(&self.patients);
        let both = both.filter_map(|((head, baseline), patient)| {
            Some((head.clone(), baseline.clone()?, patient.clone()))
        });
        let (mut head, mut baseline, mut patients) = (Vec::new(), Vec::new(), Vec::new());
        for (of_head, of_baseline, patient) in both {
            head.push(of_head);
            baseline.push(of_baseline);
            patients.push(patient);
        }
        let asked = [&baseline, &head].map(|answers| yes_or_no(answers));
        let against_baseline = compare_aucs(&asked[0], &asked[1]).map(|found| Against {
            difference: found.auc_b - found.auc_a,
            p: found.p,
            n: asked[1].len(),
        });

        let may_say = self.head.iter().zip(&self.folds);
        let may_say = may_say.filter(|(_, fold)| Some(**fold) != left_out);
        let may_say: Vec<Answer> = may_say.map(|(answer, _)| answer.clone()).collect();
        let sure_from = sure_from(&may_say);
        let sure = may_say.iter().map(surest);
        let sure: Vec<_> = sure.filter(|(p, _)| *p >= sure_from).collect();
        let right = sure.iter().filter(|(_, right)| *right).count();
        Some(Figures {
            head: summarise(&self.head, &self.patients)?,
            uncalibrated: summarise(&self.uncalibrated, &self.patients)?,
            baseline: summarise(&baseline, &patients),
            against_baseline,
            ece_of_luck: ece_of_luck(&yes_or_no(&self.head)),
            choices: self.choices.clone(),
            sure_from,
            answered: sure.len() as f64 / may_say.len().max(1) as f64,
            right: right as f64 / sure.len().max(1) as f64,
        })
    }
}

impl Figures<BinarySummary> {
    /// What a card says of it.
    #[must_use]
    pub fn auc(&self) -> Option<Auc> {
        card_auc(&self.head)
    }
}

impl Figures<GradeSummary> {
    /// What a card says of it: all three grades, and 3 against 2.
    #[must_use]
    pub fn aucs(&self) -> [Option<Auc>; 2] {
        card_aucs(&self.head)
    }
}

pub(super) fn binary(answers: &[Answer]) -> Vec<Prediction> {
    let of = answers.iter().map(|(p, label)| Prediction {
        truth: *label == 1,
        probability: p[1],
    });
    of.collect()
}

/// Grade 3 against 2, of cases of these; as [`GradeSummary`] has it.
pub(super) fn three_or_two(answers: &[Answer]) -> Vec<Prediction> {
    let lower = answers.iter().filter(|(_, label)| *label < 2);
    let of = lower.map(|(p, label)| Prediction {
        truth: *label == 1,
        probability: p[1] / (p[0] + p[1]).max(f64::MIN_POSITIVE),
    });
    of.collect()
}

fn summarise_binary(answers: &[Answer], patients: &[String]) -> Option<BinarySummary> {
    BinarySummary::of(&binary(answers), patients, Bootstrap::default())
}

fn summarise_grade(answers: &[Answer], patients: &[String]) -> Option<GradeSummary> {
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
