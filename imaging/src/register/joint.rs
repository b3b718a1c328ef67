//! What two scans tell of each other: normalised mutual information of the histogram of their brightness, and how it
//! changes as counts do.
//!
//! It asks for no likeness of brightness, so that T1 may be held against T2. Studholme's form, (H(A) + H(B)) / H(A, B),
//! goes from 1, where neither tells anything of the other, to 2.

/// Kinds of brightness that are told apart in each scan.
pub(crate) const BINS: usize = 32;

/// Counts by the still scan's kind (rows) and the moving scan's.
#[derive(Clone)]
pub(crate) struct Joint(pub(crate) Box<[f32]>);

impl Joint {
    pub(crate) fn empty() -> Self {
        Self(vec![0.0; BINS * BINS].into())
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (sum, n) in self.0.iter_mut().zip(&other.0) {
            *sum += n;
        }
    }

    /// The normalised mutual information of the counts as they are.
    pub(crate) fn normalised(&self) -> f64 {
        Entropies::of(&self.0.iter().map(|n| f64::from(*n)).collect::<Vec<_>>()).normalised()
    }

    /// The normalised mutual information of the smoothed counts, and how it changes with each count. What hangs on the
    /// still scan's kind alone is left out: no move changes it.
    pub(crate) fn smooth(&self) -> (f64, Vec<f32>) {
        let counts: Vec<f64> = self.0.iter().map(|n| f64::from(*n)).collect();
        let entropies = Entropies::of(&smoothed(&counts));
        let normalised = entropies.normalised();
        if entropies.together <= 0.0 {
            return (normalised, vec![0.0; BINS * BINS]);
        }
        let log = |p: f64| if p > 0.0 { p.ln() } else { EMPTY_LOG };
        let by_part = |at: usize| {
            let (part, column) = (entropies.parts[at], entropies.columns[at % BINS]);
            (normalised * log(part) - log(column)) / entropies.together
        };
        let by_part: Vec<f64> = (0..BINS * BINS).map(by_part).collect();
        let by_count = smoothed(&by_part);
        let slope = by_count
            .iter()
            .map(|v| (v / entropies.total.max(1.0)) as f32);
        (normalised, slope.collect())
    }
}

/// Stands for the logarithm of nothing.
const EMPTY_LOG: f64 = -18.0;

/// Each count shared with its neighbours, 1 : 2 : 1, along rows and columns; at an end what would leave stays. The rule is
/// its own transpose.
fn smoothed(counts: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; BINS * BINS];
    let along = |from: &[f64], to: &mut [f64], step: usize, start: usize| {
        for i in 0..BINS {
            let at = |i: usize| from[start + i * step];
            let (before, after) = (at(i.saturating_sub(1)), at((i + 1).min(BINS - 1)));
            to[start + i * step] = 0.25 * before + 0.5 * at(i) + 0.25 * after;
        }
    };
    for row in 0..BINS {
        along(counts, &mut out, 1, row * BINS);
    }
    let rows = out.clone();
    for column in 0..BINS {
        along(&rows, &mut out, BINS, column);
    }
    out
}

struct Entropies {
    total: f64,
    parts: Vec<f64>,
    columns: [f64; BINS],
    apart: f64,
    together: f64,
}

impl Entropies {
    fn of(counts: &[f64]) -> Self {
        let total: f64 = counts.iter().sum();
        let parts: Vec<f64> = counts.iter().map(|n| n / total.max(1e-9)).collect();
        let (mut rows, mut columns) = ([0.0; BINS], [0.0; BINS]);
        for (row, parts) in rows.iter_mut().zip(parts.chunks_exact(BINS)) {
            *row = parts.iter().sum();
            for (column, part) in columns.iter_mut().zip(parts) {
                *column += part;
            }
        }
        let entropy = |parts: &[f64]| -> f64 {
            let parts = parts.iter().filter(|p| **p > 0.0);
            parts.map(|p| -p * p.ln()).sum()
        };
        Self {
            total,
            apart: entropy(&rows) + entropy(&columns),
            together: entropy(&parts),
            parts,
            columns,
        }
    }

    fn normalised(&self) -> f64 {
        if self.total <= 0.0 {
            1.0
        } else if self.together > 0.0 {
            self.apart / self.together
        } else {
            2.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(of: impl Fn(usize, usize) -> f32) -> Joint {
        let counts = (0..BINS * BINS).map(|at| of(at / BINS, at % BINS));
        Joint(counts.collect())
    }

    #[test]
    fn scans_that_tell_nothing_have_1_and_those_that_tell_all_have_2() {
        let nothing = counts(|row, column| (row + 1) as f32 * (column % 5) as f32);
        assert!((nothing.normalised() - 1.0).abs() < 1e-9);
        let all = counts(|row, column| {
            if (7 * row + 3) % BINS == column {
                4.0
            } else {
                0.0
            }
        });
        assert!((all.normalised() - 2.0).abs() < 1e-9);
        assert_eq!(Joint::empty().normalised(), 1.0);
    }

    #[test]
    fn the_slope_is_that_of_a_count_that_goes_to_the_neighbour() {
        let of = |row: usize, column: usize| 1.0 + ((row * 5 + column * column) % 17) as f32;
        let joint = counts(of);
        let (_, slope) = joint.smooth();
        for at in [3, 40, 500, 31 * BINS + 30] {
            let moved = |by: f32| {
                let mut there = joint.clone();
                there.0[at] -= by;
                there.0[at + 1] += by;
                there.smooth().0
            };
            let expected = (moved(0.5) - moved(-0.5)) as f32;
            let found = slope[at + 1] - slope[at];
            assert!(
                (found - expected).abs() < 1e-3 * expected.abs() + 1e-9,
                "{at}"
            );
        }
    }
}
