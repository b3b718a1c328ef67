//! What the narrow layer makes of the backbone's states: their principal directions over the training
//! cases. Found without labels, since a hundred patients would each find a direction of their own.

use super::cases::{Labelled, Seen};
use crate::network::sited::NARROW;

/// Rounds of the orthogonal iteration; directions that are near alike need not be parted.
const ROUNDS: usize = 60;

/// As the network's norms have it.
const EPSILON: f64 = 1e-5;

/// A narrow layer: tanh of these sums.
#[derive(Clone, Debug)]
pub(super) struct States {
    /// A direction's weights, one a feature.
    pub(super) weights: Vec<Vec<f64>>,
    pub(super) constants: Vec<f64>,
    levels: Levels,
}

/// Which of a case's means over the states.
pub(super) type Levels = fn(&Seen) -> &[Vec<f32>];

/// Those weighted by the tumour.
pub(super) fn weighted(seen: &Seen) -> &[Vec<f32>] {
    &seen.levels
}

/// Those of the whole window.
pub(super) fn plain(seen: &Seen) -> &[Vec<f32>] {
    &seen.unweighted
}

impl States {
    /// The eight directions in which these cases' states, each scaled to deviation 1, vary most; a
    /// direction's sums have mean 0 and deviation 1 over the cases.
    pub(super) fn of(cases: &[&Labelled], levels: Levels) -> Self {
        let rows = cases.iter().filter_map(|case| case.seen.first());
        let mut rows: Vec<Vec<f64>> = rows.map(|seen| normed(levels(seen))).collect();
        let (count, features) = (rows.len(), rows.first().map_or(0, Vec::len));
        let mut means = vec![0.0; features];
        let mut factors = vec![0.0; features];
        for feature in 0..features {
            let of = |row: &Vec<f64>| row[feature];
            let mean = rows.iter().map(of).sum::<f64>() / count as f64;
            let square = rows.iter().map(|row| (of(row) - mean).powi(2)).sum::<f64>();
            means[feature] = mean;
            factors[feature] = 1.0 / (square / count as f64).sqrt().max(1e-6);
            for row in &mut rows {
                row[feature] = (row[feature] - mean) * factors[feature];
            }
        }
        // Of the cases' products rather than the features': there are fewer of them.
        let products: Vec<Vec<f64>> = rows
            .iter()
            .map(|a| rows.iter().map(|b| dot(a, b)).collect())
            .collect();
        let mut out = Self {
            weights: Vec::new(),
            constants: Vec::new(),
            levels,
        };
        for vector in leading(&products, NARROW) {
            let mut weights = vec![0.0; features];
            for (row, share) in rows.iter().zip(&vector) {
                for (weight, value) in weights.iter_mut().zip(row) {
                    *weight += share * value;
                }
            }
            // Along the direction the cases' deviation is the vector's length, so scaled, by √count.
            let length = dot(&weights, &weights).max(1e-12);
            let scale = (count as f64).sqrt() / length;
            let weights = weights.iter().zip(&factors);
            let weights: Vec<f64> = weights.map(|(w, factor)| w * scale * factor).collect();
            out.constants.push(-dot(&weights, &means));
            out.weights.push(weights);
        }
        // Fewer cases than directions: the others say nothing.
        out.weights.resize(NARROW, vec![0.0; features]);
        out.constants.resize(NARROW, 0.0);
        out
    }

    /// The eight numbers of what the network saw.
    pub(super) fn apply(&self, seen: &Seen) -> Vec<f64> {
        let features = normed((self.levels)(seen));
        let all = self.weights.iter().zip(&self.constants);
        all.map(|(weights, constant)| (dot(weights, &features) + constant).tanh())
            .collect()
    }
}

/// The levels one after the other, each normed as the network's untrained norms do.
fn normed(levels: &[Vec<f32>]) -> Vec<f64> {
    let mut all = Vec::new();
    for level in levels {
        let n = level.len().max(1) as f64;
        let mean = level.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
        let from = |&v: &f32| f64::from(v) - mean;
        let variance = level.iter().map(|v| from(v).powi(2)).sum::<f64>() / n;
        all.extend(level.iter().map(|v| from(v) / (variance + EPSILON).sqrt()));
    }
    all
}

/// The eigenvectors, of length 1, that belong to the largest eigenvalues of a symmetric matrix.
fn leading(matrix: &[Vec<f64>], wanted: usize) -> Vec<Vec<f64>> {
    let n = matrix.len();
    // Anything that is not orthogonal to what is sought.
    let start =
        |k: usize| (0..n).map(move |i| ((i * (k + 2) * 7919 + 13 * k) % 2003) as f64 - 1001.0);
    let mut vectors: Vec<Vec<f64>> = (0..wanted.min(n)).map(|k| start(k).collect()).collect();
    for _ in 0..ROUNDS {
        for k in 0..vectors.len() {
            let mut next: Vec<f64> = matrix.iter().map(|row| dot(row, &vectors[k])).collect();
            for earlier in &vectors[..k] {
                let along = dot(earlier, &next);
                for (value, earlier) in next.iter_mut().zip(earlier) {
                    *value -= along * earlier;
                }
            }
            let length = dot(&next, &next).sqrt().max(1e-12);
            vectors[k] = next.into_iter().map(|value| value / length).collect();
        }
    }
    vectors
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_eigenvectors_of_a_known_matrix_are_found() {
        // Eigenvalues 3 and 1 along the diagonals, 2 alone.
        let matrix = [
            vec![2.0, 1.0, 0.0],
            vec![1.0, 2.0, 0.0],
            vec![0.0, 0.0, 2.0],
        ];
        let found = leading(&matrix, 2);
        let half = 0.5_f64.sqrt();
        assert!((found[0][0].abs() - half).abs() < 1e-6 && (found[0][1].abs() - half).abs() < 1e-6);
        assert!((found[1][2].abs() - 1.0).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn a_direction_has_deviation_one() {
        let case = |i: usize| Labelled {
            patient: String::new(),
            labels: [None; 3],
            seen: vec![Seen {
                measures: Vec::new(),
                unweighted: Vec::new(),
                levels: vec![
                    (0..12)
                        .map(|c| ((i * 31 + c * 17) % 23) as f32 + (i * c % 5) as f32)
                        .collect(),
                ],
            }],
            has: [true; 4],
            outline: None,
        };
        let cases: Vec<Labelled> = (0..30).map(case).collect();
        let states = States::of(&cases.iter().collect::<Vec<_>>(), weighted);
        for k in 0..NARROW {
            let sums = cases.iter().map(|c| states.apply(&c.seen[0])[k].atanh());
            let sums: Vec<f64> = sums.collect();
            let mean = sums.iter().sum::<f64>() / 30.0;
            let variance = sums.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 30.0;
            assert!(
                mean.abs() < 1e-6 && (variance - 1.0).abs() < 0.05,
                "{k}: {mean} {variance}"
            );
        }
    }
}
