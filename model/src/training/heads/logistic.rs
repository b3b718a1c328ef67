//! The baseline that a head has to beat: a logistic regression on the measures alone, with the heads'
//! own prior on its weights.

use super::cases::Labelled;
use super::fit::{WEIGHT_DEVIATION, class_weights, shares};
use super::scale::Scale;

const STEPS: usize = 1500;

/// Weights of a class: a measure each, then the constant.
pub(super) struct Logistic {
    scale: Scale,
    classes: Vec<Vec<f64>>,
}

impl Logistic {
    /// For the task at place `task` of [`TASKS`](super::TASKS). The loss is convex; Nesterov's method
    /// reaches its bottom from anywhere.
    pub(super) fn fit(cases: &[&Labelled], task: usize, classes: usize) -> Self {
        let scale = Scale::of(cases);
        let labels: Vec<usize> = cases.iter().filter_map(|c| c.labels[task]).collect();
        let rows: Vec<Vec<f64>> = cases
            .iter()
            .filter(|case| case.labels[task].is_some())
            .map(|case| with_one(scale.apply(&case.seen[0])))
            .collect();
        let inputs = rows.first().map_or(1, Vec::len);
        let balance = class_weights(&labels, classes);
        let ridge = 1.0 / (WEIGHT_DEVIATION * WEIGHT_DEVIATION);
        let heaviest = balance.iter().copied().fold(1.0, f64::max);
        let squares: f64 = rows.iter().flatten().map(|v| v * v).sum();
        let rate = 1.0 / (0.5 * heaviest * squares + ridge);

        let mut at = vec![vec![0.0; inputs]; classes];
        let mut before = at.clone();
        for step in 0..STEPS {
            let reach = step as f64 / (step as f64 + 3.0);
            let ahead: Vec<Vec<f64>> = at
                .iter()
                .zip(&before)
                .map(|(at, before)| {
                    at.iter()
                        .zip(before)
                        .map(|(a, b)| a + reach * (a - b))
                        .collect()
                })
                .collect();
            before = at;
            at = ahead.clone();
            for (at, ahead) in at.iter_mut().zip(&ahead) {
                // The constant, which is last, costs nothing.
                for (at, weight) in at.iter_mut().zip(ahead).take(inputs - 1) {
                    *at -= rate * ridge * weight;
                }
            }
            for (row, &label) in rows.iter().zip(&labels) {
                let p = super::probabilities(&logits(&ahead, row), 1.0);
                for (class, at) in at.iter_mut().enumerate() {
                    let slope = p[class] - f64::from(u8::from(class == label));
                    for (at, value) in at.iter_mut().zip(row) {
                        *at -= rate * balance[label] * slope * value;
                    }
                }
            }
        }
        // The balance undone, as in the heads.
        for (class, share) in at.iter_mut().zip(shares(&labels, classes)) {
            class[inputs - 1] += share.ln();
        }
        Self { scale, classes: at }
    }

    /// A case's logits.
    pub(super) fn answer(&self, case: &Labelled) -> Vec<f64> {
        logits(&self.classes, &with_one(self.scale.apply(&case.seen[0])))
    }
}

fn with_one(mut row: Vec<f64>) -> Vec<f64> {
    row.push(1.0);
    row
}

fn logits(classes: &[Vec<f64>], row: &[f64]) -> Vec<f64> {
    let product = |weights: &Vec<f64>| weights.iter().zip(row).map(|(w, v)| w * v).sum();
    classes.iter().map(product).collect()
}
