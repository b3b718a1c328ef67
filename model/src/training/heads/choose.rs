//! What is not known beforehand of a head: how strongly its weights are held back, whether it reads
//! the backbone's states, and how sure it may sound. All of it is found by cross-validation over
//! patients inside the cases that the head learns from; the cases that it is judged by have no say.

use std::collections::BTreeMap;

use serde::Serialize;

use super::TASKS;
use super::calibrate::{Calibration, cost};
use super::cases::{Labelled, split};
use super::logistic::Logistic;
use super::reading::{Reading, Source};
use crate::cohort::folds::{dealt, hash};

/// Prior deviations of a weight among which it is chosen. Thirty weights of 0.3 make logits of ±1.7 or
/// so, an AUC near 0.85, which is what the literature reports; these lie around it.
const DEVIATIONS: [f64; 5] = [0.05, 0.1, 0.2, 0.4, 0.8];

const FOLDS: usize = 5;

/// One deal of the folds is a matter of luck with fifteen codeleted patients.
const REPEATS: usize = 3;

/// What a head's training cases chose.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Choice {
    /// Prior deviation of its weights.
    pub deviation: f64,
    /// Whether it reads the narrowed states beside the measures.
    pub states: bool,
}

/// A regression that has learnt, and how its answers are to be softened.
pub(super) struct Learnt {
    pub(super) choice: Choice,
    pub(super) reading: Reading,
    pub(super) logistic: Logistic,
    pub(super) calibration: Calibration,
    width: usize,
}

impl Learnt {
    /// For the task at place `task` of [`TASKS`]; none where no case tells anything of it.
    pub(super) fn from(source: Source, cases: &[&Labelled], task: usize) -> Option<Self> {
        let (_, classes) = TASKS[task];
        let (width, deviation, calibration) = choose(source, cases, task)?;
        let reading = source.learn(cases);
        let rows = reading.rows(cases, task, width);
        Some(Self {
            choice: Choice {
                deviation,
                states: source.has_states(width),
            },
            logistic: Logistic::fit(&rows, classes, deviation),
            reading,
            calibration,
            width,
        })
    }

    /// A case's logits, not calibrated; none where there is nothing to read.
    pub(super) fn answer(&self, case: &Labelled) -> Option<Vec<f64>> {
        let views = self.reading.views(case);
        Some(self.logistic.answer(&views.first()?[..self.width]))
    }
}

/// The width and deviation whose answers, out of fold inside these cases, make the labels likeliest,
/// and the calibration of those answers.
fn choose(source: Source, cases: &[&Labelled], task: usize) -> Option<(usize, f64, Calibration)> {
    let (_, classes) = TASKS[task];
    let candidates: Vec<(usize, f64)> = source
        .widths()
        .iter()
        .flat_map(|&width| DEVIATIONS.map(|deviation| (width, deviation)))
        .collect();
    let labelled: Vec<&Labelled> = cases
        .iter()
        .copied()
        .filter(|case| case.labels[task].is_some())
        .collect();
    let mut answers = vec![Vec::new(); candidates.len()];
    for repeat in 0..REPEATS {
        let folds = deal(&labelled, task, repeat);
        for fold in 0..FOLDS {
            let (train, test) = split(labelled.iter().copied(), &folds, fold);
            let reading = source.learn(&train);
            let asked: Vec<(Vec<f64>, usize)> = test
                .iter()
                .filter_map(|case| {
                    Some((reading.views(case).into_iter().next()?, case.labels[task]?))
                })
                .collect();
            // Each width's deviations follow each other among the candidates.
            let by_width = candidates.chunk_by(|a, b| a.0 == b.0);
            let mut answers = answers.iter_mut();
            for (width, deviations) in by_width.map(|alike| (alike[0].0, alike)) {
                let rows = reading.rows(&train, task, width);
                for ((_, deviation), answers) in deviations.iter().zip(&mut answers) {
                    let logistic = Logistic::fit(&rows, classes, *deviation);
                    let asked = asked.iter();
                    answers.extend(
                        asked.map(|(values, label)| (logistic.answer(&values[..width]), *label)),
                    );
                }
            }
        }
    }
    let costs = answers.iter().map(|answers| cost(answers, 1.0, &[]));
    let best = costs.enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
    let (place, _) = best.filter(|_| !answers[0].is_empty())?;
    let (width, deviation) = candidates[place];
    let calibration = Calibration::of(&answers[place], classes, REPEATS);
    Some((width, deviation, calibration))
}

/// The fold of each case: patients in order of their label, shuffled by a hash, dealt like cards.
fn deal(cases: &[&Labelled], task: usize, repeat: usize) -> Vec<usize> {
    let mut patients: BTreeMap<&str, (Option<usize>, u64)> = BTreeMap::new();
    for case in cases {
        let place = hash(&format!("{repeat} {}", case.patient));
        patients
            .entry(&case.patient)
            .or_insert((case.labels[task], place));
    }
    let mut order: Vec<(&str, (Option<usize>, u64))> = patients.into_iter().collect();
    order.sort_by_key(|(_, place)| *place);
    let dealt = dealt(order.into_iter().map(|(patient, _)| patient), FOLDS);
    let fold = |case: &&Labelled| dealt[case.patient.as_str()];
    cases.iter().map(fold).collect()
}
