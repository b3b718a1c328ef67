//! A logistic regression: from what a voxel shows to whether it is brain, learnt from the patient's own scans.

/// Weights are kept small by this much, in samples.
const PENALTY: f64 = 2.0;

/// Newton's steps.
const STEPS: usize = 8;

/// The weights of each term that make the samples' labels most likely (with the penalty). Each row of `terms` is a sample.
pub(super) fn fit(terms: &[Vec<f32>], labels: &[bool]) -> Vec<f64> {
    let size = terms.first().map_or(0, Vec::len);
    let mut fitted = vec![0.0; size];
    for _ in 0..STEPS {
        let mut slope: Vec<f64> = fitted.iter().map(|b| -PENALTY * b).collect();
        let mut bend = vec![0.0; size * size];
        for i in 0..size {
            bend[i * size + i] = PENALTY;
        }
        for (row, label) in terms.iter().zip(labels) {
            let score: f64 = row
                .iter()
                .zip(&fitted)
                .map(|(t, b)| f64::from(*t) * b)
                .sum();
            let likely = 1.0 / (1.0 + (-score).exp());
            let wrong = f64::from(u8::from(*label)) - likely;
            let bent = likely * (1.0 - likely);
            for i in 0..size {
                let term = f64::from(row[i]);
                slope[i] += wrong * term;
                let bent = bent * term;
                for (to, other) in bend[i * size..][..=i].iter_mut().zip(row) {
                    *to += bent * f64::from(*other);
                }
            }
        }
        let step = solve(&mut bend, slope);
        for (b, step) in fitted.iter_mut().zip(&step) {
            *b += step;
        }
        if step.iter().all(|s| s.abs() < 1e-3) {
            break;
        }
    }
    fitted
}

/// Solves `matrix · x = right` for a positive definite matrix, of which the lower half is read (Cholesky).
fn solve(matrix: &mut [f64], mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for i in 0..size {
        for j in 0..=i {
            let sum: f64 = (0..j)
                .map(|k| matrix[i * size + k] * matrix[j * size + k])
                .sum();
            let rest = matrix[i * size + j] - sum;
            matrix[i * size + j] = if i == j {
                rest.max(1e-12).sqrt()
            } else {
                rest / matrix[j * size + j]
            };
        }
        let sum: f64 = (0..i).map(|k| matrix[i * size + k] * right[k]).sum();
        right[i] = (right[i] - sum) / matrix[i * size + i];
    }
    for i in (0..size).rev() {
        let sum: f64 = (i + 1..size).map(|k| matrix[k * size + i] * right[k]).sum();
        right[i] = (right[i] - sum) / matrix[i * size + i];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_solves_a_system_that_is_known() {
        // By hand: x = (1, -2, 3).
        let mut matrix = vec![4.0, 0.0, 0.0, 2.0, 5.0, 0.0, 1.0, 2.0, 6.0];
        let solved = solve(&mut matrix, vec![3.0, -2.0, 15.0]);
        for (found, expected) in solved.iter().zip([1.0, -2.0, 3.0]) {
            assert!((found - expected).abs() < 1e-9, "{solved:?}");
        }
    }

    #[test]
    fn odds_of_counted_labels_come_back() {
        // Of 3,000 samples at 0 a quarter is true, of 3,000 at 1 four fifths: log odds ln(1/3) and ln 4.
        let terms: Vec<Vec<f32>> = (0..6000).map(|i| vec![1.0, (i % 2) as f32]).collect();
        let labels: Vec<bool> = (0..6000)
            .map(|i| {
                if i % 2 == 0 {
                    i / 2 % 4 == 0
                } else {
                    i / 2 % 5 != 0
                }
            })
            .collect();
        let fitted = fit(&terms, &labels);
        assert!(
            (fitted[0] - (1.0_f64 / 3.0).ln()).abs() < 0.02,
            "{fitted:?}"
        );
        assert!(
            (fitted[0] + fitted[1] - 4.0_f64.ln()).abs() < 0.02,
            "{fitted:?}"
        );
    }
}
