//! Multinomial logistic regression with a normal prior on its weights: convex, so that it has one
//! answer, whatever the seed.

/// Nesterov's method reaches the bottom from anywhere; with the weakest prior used, the steepest
/// direction of a hundred cases is some four hundred times as steep as the flattest.
const STEPS: usize = 300;

/// Power iteration comes near the largest eigenvalue from below.
const SAFETY: f64 = 1.1;

/// A case to learn from.
pub(super) struct Row {
    pub(super) values: Vec<f64>,
    pub(super) label: usize,
    /// What it counts for.
    pub(super) weight: f64,
}

/// Weights of a class: one for each value, then the constant.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Logistic {
    pub(super) classes: Vec<Vec<f64>>,
}

impl Logistic {
    /// Penalised maximum likelihood; `deviation` is the prior's, of every weight but the constants.
    ///
    /// Classes count as often as they occur: weighing them alike and undoing it in the constants costs
    /// likelihood, and the answers would not mean what they say.
    pub(super) fn fit(rows: &[Row], classes: usize, deviation: f64) -> Self {
        let inputs = rows.first().map_or(0, |row| row.values.len());
        let ridge = 1.0 / (deviation * deviation);
        // No slope grows faster than this.
        let steepest = 0.5 * SAFETY * largest_eigenvalue(rows, inputs) + ridge;
        let rate = 1.0 / steepest;

        let mut at: Vec<Vec<f64>> = shares(rows, classes)
            .into_iter()
            .map(|share| [vec![0.0; inputs], vec![share.ln()]].concat())
            .collect();
        let mut before = at.clone();
        for step in 0..STEPS {
            let reach = step as f64 / (step as f64 + 3.0);
            let mut ahead = at.clone();
            for (ahead, before) in ahead.iter_mut().zip(&before) {
                for (ahead, before) in ahead.iter_mut().zip(before) {
                    *ahead += reach * (*ahead - before);
                }
            }
            before = at;
            at = ahead.clone();
            for (at, ahead) in at.iter_mut().zip(&ahead) {
                for (at, weight) in at.iter_mut().zip(ahead).take(inputs) {
                    *at -= rate * ridge * weight;
                }
            }
            for row in rows {
                let p = super::probabilities(&logits(&ahead, &row.values), 1.0);
                for (class, at) in at.iter_mut().enumerate() {
                    let slope = p[class] - f64::from(u8::from(class == row.label));
                    let slope = rate * row.weight * slope;
                    for (at, value) in at.iter_mut().zip(&row.values) {
                        *at -= slope * value;
                    }
                    at[inputs] -= slope;
                }
            }
        }
        Self { classes: at }
    }

    /// The logits of a case's values.
    pub(super) fn answer(&self, values: &[f64]) -> Vec<f64> {
        logits(&self.classes, values)
    }
}

/// Of the sum of the rows' outer products, a one for the constant at each row's end.
fn largest_eigenvalue(rows: &[Row], inputs: usize) -> f64 {
    let mut vector = vec![1.0; inputs + 1];
    let mut found = 0.0;
    for _ in 0..30 {
        let mut next = vec![0.0; inputs + 1];
        for row in rows {
            let along: f64 = row.values.iter().zip(&vector).map(|(a, b)| a * b).sum();
            let along = row.weight * (along + vector[inputs]);
            for (next, value) in next.iter_mut().zip(row.values.iter().chain([&1.0])) {
                *next += along * value;
            }
        }
        found = next.iter().map(|v| v * v).sum::<f64>().sqrt();
        vector = next.iter().map(|v| v / found.max(1e-12)).collect();
    }
    found
}

/// How often each class occurs; half a case more, so that none is impossible.
fn shares(rows: &[Row], classes: usize) -> Vec<f64> {
    let mut counts = vec![0.5; classes];
    for row in rows {
        counts[row.label] += row.weight;
    }
    let all: f64 = counts.iter().sum();
    counts.into_iter().map(|count| count / all).collect()
}

fn logits(classes: &[Vec<f64>], values: &[f64]) -> Vec<f64> {
    let of = |weights: &Vec<f64>| -> f64 {
        let (constant, weights) = weights.split_last().unwrap_or((&0.0, &[]));
        constant + weights.iter().zip(values).map(|(w, v)| w * v).sum::<f64>()
    };
    classes.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two classes told apart by the first of two values, not perfectly.
    fn rows() -> Vec<Row> {
        let row = |i: usize| Row {
            values: vec![
                (i * 7 % 11) as f64 / 5.0 - 1.0,
                (i * 5 % 13) as f64 / 6.0 - 1.0,
            ],
            label: usize::from((i * 7 % 11) + (i * 3 % 5) > 8),
            weight: 1.0,
        };
        (0..60).map(row).collect()
    }

    #[test]
    fn the_slope_is_flat_where_it_ends() {
        let (rows, deviation) = (rows(), 0.8);
        let found = Logistic::fit(&rows, 2, deviation);
        for class in 0..2 {
            for input in 0..3 {
                let of = |row: &Row| {
                    let p = super::super::probabilities(&found.answer(&row.values), 1.0);
                    let value = row.values.get(input).copied().unwrap_or(1.0);
                    (p[class] - f64::from(u8::from(class == row.label))) * value
                };
                let prior = found.classes[class][input] / (deviation * deviation);
                let prior = if input < 2 { prior } else { 0.0 };
                let slope: f64 = rows.iter().map(of).sum::<f64>() + prior;
                assert!(slope.abs() < 1e-3, "{class} {input}: {slope}");
            }
        }
    }

    #[test]
    fn probabilities_sum_to_what_was_seen() {
        let rows = rows();
        let found = Logistic::fit(&rows, 2, 0.2);
        let p = |row: &Row| super::super::probabilities(&found.answer(&row.values), 1.0)[1];
        let seen = rows.iter().map(|row| row.label).sum::<usize>() as f64;
        assert!((rows.iter().map(p).sum::<f64>() - seen).abs() < 1e-2);
    }
}
