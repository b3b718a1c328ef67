//! Wilcoxon's signed-rank test: whether one model's Dice lies above another's on the same cases.

use super::normal::two_sided;
use super::ranks::midranks;

/// Up to this many differences the distribution is counted out; beyond, it is as good as normal.
const EXACT_UP_TO: usize = 50;

/// The test's result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignedRank {
    /// Pairs that differ; those that do not say nothing and are left out (Wilcoxon's own rule).
    pub pairs: usize,
    /// Sum of the ranks of the positive differences b − a.
    pub positive: f64,
    /// Sum of the ranks of the negative differences.
    pub negative: f64,
    /// Two-sided probability of sums so far apart if neither were better.
    pub p: f64,
}

/// Compares pairs `(a, b)`; `None` where no pair differs.
///
/// With up to 50 differing pairs the distribution over all signs of the ranks at hand is counted out,
/// ties included (they make ranks of halves); beyond, the normal approximation with its variance
/// corrected for ties, without a continuity correction, as SciPy does it.
#[must_use]
pub fn wilcoxon(pairs: &[(f64, f64)]) -> Option<SignedRank> {
    let differences: Vec<f64> = pairs
        .iter()
        .map(|(a, b)| b - a)
        .filter(|d| *d != 0.0)
        .collect();
    if differences.is_empty() {
        return None;
    }
    let sizes: Vec<f64> = differences.iter().map(|d| d.abs()).collect();
    let ranks = midranks(&sizes);
    let positive: f64 = ranks
        .iter()
        .zip(&differences)
        .filter(|(_, d)| **d > 0.0)
        .map(|(rank, _)| rank)
        .sum();
    let negative = ranks.iter().sum::<f64>() - positive;
    let smaller = positive.min(negative);
    let p = if ranks.len() <= EXACT_UP_TO {
        counted(&ranks, smaller)
    } else {
        approximated(&ranks, smaller)
    };
    Some(SignedRank {
        pairs: differences.len(),
        positive,
        negative,
        p,
    })
}

/// Twice the share of the 2ⁿ sign patterns whose positive ranks sum to at most `smaller`.
fn counted(ranks: &[f64], smaller: f64) -> f64 {
    // Ranks are halves at the finest, so twice their sum is a whole number to count by.
    let doubled = |rank: f64| (2.0 * rank).round() as usize;
    let total: usize = ranks.iter().map(|r| doubled(*r)).sum();
    // share[s]: share of patterns of the ranks so far whose doubled sum is s.
    let mut share = vec![0.0; total + 1];
    share[0] = 1.0;
    for &rank in ranks {
        let rank = doubled(rank);
        for sum in (0..=total).rev() {
            let with = if sum >= rank { share[sum - rank] } else { 0.0 };
            share[sum] = (share[sum] + with) / 2.0;
        }
    }
    let tail: f64 = share[..=doubled(smaller)].iter().sum();
    (2.0 * tail).min(1.0)
}

fn approximated(ranks: &[f64], smaller: f64) -> f64 {
    // With midranks the sum of squares is the tie-corrected variance: n(n+1)(2n+1)/24 − Σ(t³−t)/48.
    let variance = ranks.iter().map(|r| r * r).sum::<f64>() / 4.0;
    let mean = ranks.iter().sum::<f64>() / 2.0;
    two_sided((smaller - mean) / variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Darwin's fifteen pairs of maize, cross- less self-fertilised, in eighths of an inch.
    const MAIZE: [f64; 15] = [
        49.0, -67.0, 8.0, 16.0, 6.0, 23.0, 28.0, 41.0, 14.0, 29.0, 56.0, 24.0, 75.0, 60.0, -48.0,
    ];

    fn against_zero(differences: &[f64]) -> SignedRank {
        let pairs: Vec<_> = differences.iter().map(|d| (0.0, *d)).collect();
        wilcoxon(&pairs).expect("they differ")
    }

    /// All 2ⁿ sign patterns, one by one.
    fn enumerated(differences: &[f64]) -> f64 {
        let ranks = midranks(&differences.iter().map(|d| d.abs()).collect::<Vec<_>>());
        let total: f64 = ranks.iter().sum();
        let sum = |pattern: u32| -> f64 {
            let chosen = (0..ranks.len()).filter(|i| pattern >> i & 1 == 1);
            chosen.map(|i| ranks[i]).sum()
        };
        let positive = (0..differences.len()).filter(|&i| differences[i] > 0.0);
        let positive = sum(positive.fold(0, |pattern, i| pattern | 1 << i));
        let extreme = positive.min(total - positive);
        let patterns = 1_u32 << ranks.len();
        let as_extreme = (0..patterns).filter(|&p| sum(p) <= extreme + 1e-9).count();
        (2.0 * as_extreme as f64 / f64::from(patterns)).min(1.0)
    }

    #[test]
    fn darwins_maize_has_its_published_p() {
        let found = against_zero(&MAIZE);
        assert_eq!((found.negative, found.positive), (24.0, 96.0));
        assert!((found.p - 0.041_259_765_625).abs() < 1e-15);
    }

    #[test]
    fn counting_equals_enumerating_with_and_without_ties() {
        for differences in [
            &MAIZE[..],
            &[1.0, 1.0, -1.0, 2.0, 2.0, -3.0, 0.5, 0.5, 0.5],
            &[1.0],
            &[-2.0, 2.0],
        ] {
            let p = against_zero(differences).p;
            assert!(
                (p - enumerated(differences)).abs() < 1e-12,
                "{differences:?}"
            );
        }
    }

    #[test]
    fn pairs_that_do_not_differ_say_nothing() {
        let mut with_zeros = MAIZE.to_vec();
        with_zeros.extend([0.0; 9]);
        assert_eq!(against_zero(&with_zeros), against_zero(&MAIZE));
        assert_eq!(wilcoxon(&[(0.5, 0.5)]), None);
        assert_eq!(wilcoxon(&[]), None);
    }

    #[test]
    fn the_approximation_joins_the_exact_distribution() {
        // The same fifty tied ranks both ways.
        let ranks = midranks(&(0..50).map(|i| f64::from(i / 3)).collect::<Vec<_>>());
        for smaller in [300.0, 450.0, 600.0] {
            let (exact, normal) = (counted(&ranks, smaller), approximated(&ranks, smaller));
            assert!((exact - normal).abs() < 0.01, "{exact} {normal}");
        }
    }
}
