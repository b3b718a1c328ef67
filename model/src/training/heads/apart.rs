//! How well what the heads see tells synthetic patients from real ones. Heads are not trained on synthetic
//! ones; the segmentation below them is, and what a regression finds at once a network may lean on too.

use serde::Serialize;

use super::cases::Labelled;
use super::judge::ablate;
use super::reading::Source;
use crate::metrics::BinarySummary;

/// A regression that tells synthetic from real.
#[derive(Clone, Debug, Serialize)]
pub struct Apart {
    /// What it reads.
    pub source: Source,
    /// Synthetic against real, out of fold; an AUC of 0.5 is what one would wish for.
    pub synthetic: BinarySummary,
}

/// Regressions like the heads' on each of `sources`, out of the folds in `folds`, which are of the real
/// cases; synthetic ones are dealt over the same folds in turn. All are seen without T2, which nearly no
/// real case has, and real ones that lack another sequence are left out: what is absent would give every
/// case away.
#[must_use]
pub fn tell_apart(
    real: &[Labelled],
    folds: &[usize],
    synthetic: &[Labelled],
    sources: &[Source],
) -> Vec<Apart> {
    const WITHOUT_T2: [bool; 3] = [true; 3];
    if synthetic.is_empty() {
        return Vec::new();
    }
    let last = folds.iter().max().map_or(1, |fold| fold + 1);
    let real = real
        .iter()
        .zip(folds.iter().copied())
        .filter(|(case, _)| case.has[..3] == WITHOUT_T2);
    let real = real.map(|(case, fold)| (alone(case, 0), fold));
    let synthetic = synthetic.iter().enumerate();
    let synthetic = synthetic.map(|(place, case)| (alone(case, 1), place % last));
    let (cases, folds): (Vec<Labelled>, Vec<usize>) = real.chain(synthetic).unzip();
    let of = |&source: &Source| {
        let synthetic = ablate(&cases, &folds, source).idh?;
        Some(Apart { source, synthetic })
    };
    sources.iter().filter_map(of).collect()
}

/// The case's last view, which is the one without T2, and whether it is synthetic as its only label.
fn alone(case: &Labelled, synthetic: usize) -> Labelled {
    Labelled {
        labels: [Some(synthetic), None, None],
        seen: case.seen.last().cloned().into_iter().collect(),
        ..case.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::sited::MEASURES;
    use crate::training::heads::Seen;

    /// One measure tells `shift` apart, the others are noise; the view with T2 would give all of them away.
    fn cases(count: usize, shift: f32, t1: bool) -> Vec<Labelled> {
        let noise = |at: usize| (at * 7919 % 2003) as f32 / 1001.0 - 1.0;
        let seen = |case: usize, more: f32| {
            let start = case * MEASURES + (shift * 100.0) as usize;
            let mut measures: Vec<f32> = (start..start + MEASURES).map(noise).collect();
            measures[3] += shift + more;
            Seen {
                measures,
                levels: vec![vec![0.0; 4]],
                unweighted: vec![vec![0.0; 4]],
            }
        };
        let case = |case: usize| Labelled {
            patient: format!("{shift}-{case}"),
            labels: [None; 3],
            seen: vec![
                seen(case, if shift > 0.0 { 50.0 } else { 0.0 }),
                seen(case, 0.0),
            ],
            has: [true, t1, true, false],
            outline: Some(seen(case, 0.0).measures),
        };
        (0..count).map(case).collect()
    }

    fn auc(shift: f32) -> f64 {
        let (real, synthetic) = (cases(40, 0.0, true), cases(30, shift, true));
        let folds: Vec<usize> = (0..40).map(|case| case % 4).collect();
        let found = tell_apart(&real, &folds, &synthetic, &[Source::Measures]);
        assert_eq!(found[0].synthetic.n, 70);
        found[0].synthetic.auc.unwrap()
    }

    #[test]
    fn what_differs_is_found_and_the_view_with_t2_is_not_looked_at() {
        assert!(auc(3.0) > 0.95, "{}", auc(3.0));
        assert!(auc(0.01) < 0.75, "{}", auc(0.01));
    }

    #[test]
    fn a_real_case_that_lacks_a_sequence_is_left_out() {
        let mut real = cases(40, 0.0, true);
        real.extend(cases(5, 0.5, false));
        let folds: Vec<usize> = (0..45).map(|case| case % 4).collect();
        let found = tell_apart(&real, &folds, &cases(30, 1.0, true), &[Source::Outline]);
        assert_eq!(found[0].synthetic.n, 70);
    }
}
