//! Two models on the same cases.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CaseResult, Evaluation, HEADS};
use crate::metrics::{Region, compare_aucs, wilcoxon};

/// One measure of two models, over the cases that both have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// What was measured.
    pub measure: String,
    /// How the difference was tested.
    pub test: String,
    /// Over how many cases.
    pub n: usize,
    /// The first model's.
    pub a: f64,
    /// The second model's.
    pub b: f64,
    /// Two-sided probability of so large a difference between equals; 1 where no case differs.
    pub p: f64,
}

/// Mean Dice by Wilcoxon's signed-rank test and AUC by DeLong's paired test, over the cases that both
/// evaluations have. A measure without cases, or without a yes and a no for an AUC, is left out.
///
/// Both tests take cases as independent: several cases of one patient make p too small.
#[must_use]
pub fn compare(a: &Evaluation, b: &Evaluation) -> Vec<Difference> {
    let of_b: BTreeMap<&str, &CaseResult> = b.cases.iter().map(|c| (c.case.as_str(), c)).collect();
    let both: Vec<(&CaseResult, &CaseResult)> = a
        .cases
        .iter()
        .filter_map(|case| Some((case, *of_b.get(case.case.as_str())?)))
        .collect();
    let mut found = Vec::new();
    for region in Region::ALL {
        let scored = |case: &CaseResult| Some(case.regions.get(&region)?.dice);
        let pairs: Vec<(f64, f64)> = both
            .iter()
            .filter_map(|(a, b)| Some((scored(a)?, scored(b)?)))
            .collect();
        if pairs.is_empty() {
            continue;
        }
        let mean =
            |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / pairs.len() as f64;
        found.push(Difference {
            measure: format!("Dice {}", region.key().to_uppercase()),
            test: "Wilcoxon signed-rank".into(),
            n: pairs.len(),
            a: mean(|pair| pair.0),
            b: mean(|pair| pair.1),
            p: wilcoxon(&pairs).map_or(1.0, |test| test.p),
        });
    }
    for head in HEADS {
        let (of_a, of_b): (Vec<_>, Vec<_>) = both
            .iter()
            .filter_map(|(a, b)| Some(((head.of)(a)?, (head.of)(b)?)))
            .unzip();
        if let Some(test) = compare_aucs(&of_a, &of_b) {
            found.push(Difference {
                measure: format!("AUC {}", head.words),
                test: "DeLong, paired".into(),
                n: of_a.len(),
                a: test.auc_a,
                b: test.auc_b,
                p: test.p,
            });
        }
    }
    found
}
