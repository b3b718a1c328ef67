//! DeLong's variance of an AUC, and the test of two AUCs on the same cases.
//!
//! DeLong, DeLong and Clarke-Pearson, Biometrics 1988; computed from ranks in n log n as Sun and Xu
//! do (IEEE Signal Processing Letters 2014).

use super::bootstrap::Interval;
use super::normal::{Z_95, two_sided};
use super::ranks::midranks;
use super::{Prediction, auc};

/// An AUC with its variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeLong {
    /// The AUC.
    pub auc: f64,
    /// Its variance.
    pub variance: f64,
}

impl DeLong {
    /// The 95 % interval, cut to 0 and 1.
    #[must_use]
    pub fn interval(&self) -> Interval {
        let reach = Z_95 * self.variance.sqrt();
        Interval {
            low: (self.auc - reach).max(0.0),
            high: (self.auc + reach).min(1.0),
        }
    }
}

/// Two AUCs on the same cases, and whether they differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// The first model's AUC.
    pub auc_a: f64,
    /// The second model's.
    pub auc_b: f64,
    /// Standard error of their difference.
    pub standard_error: f64,
    /// (b − a) in standard errors; 0 where the models order the cases alike.
    pub z: f64,
    /// Two-sided probability of so large a difference between equals.
    pub p: f64,
}

/// The AUC and its variance; `None` with fewer than two cases of either kind.
#[must_use]
pub fn delong(predictions: &[Prediction]) -> Option<DeLong> {
    let parts = Components::of(predictions)?;
    Some(DeLong {
        auc: auc(predictions)?,
        variance: parts.covariance(&parts),
    })
}

/// The paired test. `a` and `b` hold the same cases in the same order; `None` where they do not (their
/// truths differ), or with fewer than two cases of either kind.
#[must_use]
pub fn compare_aucs(a: &[Prediction], b: &[Prediction]) -> Option<Comparison> {
    let same = a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.truth == b.truth);
    if !same {
        return None;
    }
    let (of_a, of_b) = (Components::of(a)?, Components::of(b)?);
    let (auc_a, auc_b) = (auc(a)?, auc(b)?);
    let variance = of_a.covariance(&of_a) + of_b.covariance(&of_b) - 2.0 * of_a.covariance(&of_b);
    let standard_error = variance.max(0.0).sqrt();
    let difference = auc_b - auc_a;
    // Models that order the cases alike have no variance of their difference, but for rounding.
    let z = if difference.abs() < 1e-12 {
        0.0
    } else {
        difference / standard_error
    };
    Some(Comparison {
        auc_a,
        auc_b,
        standard_error,
        z,
        p: two_sided(z),
    })
}

/// DeLong's structural components: for each case, the share of cases of the other kind that it is on
/// the right side of.
struct Components {
    yes: Vec<f64>,
    no: Vec<f64>,
}

impl Components {
    fn of(predictions: &[Prediction]) -> Option<Self> {
        let scores = |wanted: bool| -> Vec<f64> {
            let of_kind = predictions.iter().filter(|p| p.truth == wanted);
            of_kind.map(|p| p.probability).collect()
        };
        let (yes, no) = (scores(true), scores(false));
        if yes.len() < 2 || no.len() < 2 {
            return None;
        }
        let all = midranks(&[yes.as_slice(), no.as_slice()].concat());
        let (all_yes, all_no) = all.split_at(yes.len());
        // A rank among all less the rank among one's own counts those of the other kind below.
        let below = |all: &[f64], own: &[f64], others: usize| -> Vec<f64> {
            let own = midranks(own);
            let counts = all.iter().zip(own).map(|(all, own)| all - own);
            counts.map(|count| count / others as f64).collect()
        };
        let no_above = below(all_no, &no, yes.len());
        Some(Self {
            yes: below(all_yes, &yes, no.len()),
            no: no_above.into_iter().map(|share| 1.0 - share).collect(),
        })
    }

    /// Covariance of two AUCs on the same cases.
    fn covariance(&self, other: &Self) -> f64 {
        let part = |a: &[f64], b: &[f64]| {
            let n = a.len() as f64;
            let mean = |v: &[f64]| v.iter().sum::<f64>() / n;
            let (mean_a, mean_b) = (mean(a), mean(b));
            let products = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b));
            products.sum::<f64>() / (n - 1.0) / n
        };
        part(&self.yes, &other.yes) + part(&self.no, &other.no)
    }
}
