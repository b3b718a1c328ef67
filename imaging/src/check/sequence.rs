//! Whether each picture looks like the sequence that it is called: fluid is dark in T1 and FLAIR and bright in T2, white
//! matter is brighter than grey in T1, and T1ce has what T1 lacks, the vessels and what takes up contrast agent.
//!
//! A weighted sum of such measures (`contrast`) is computed for every way to give the scans their names; names that
//! another way beats by far are doubted. The weights are a conditional logistic regression (`weights`).

use super::contrast::{Contrasts, Inside};
use super::weights;
use super::{Check, Level, Verdict};
use crate::Sequence;

/// By so much (a logit) another way to name the scans must be likelier.
const MARGIN: f64 = 1.2;

/// The case's verdict. Measure: the logit of the likeliest names against the given ones; 0 where those are it.
pub(crate) fn check(measures: &Contrasts) -> Option<Verdict> {
    let names = &measures.names;
    if names.len() < 2 {
        return None;
    }
    let as_given = score(measures, names);
    let (best, likeliest) = arrangements(names, names.len())
        .into_iter()
        .map(|names| (score(measures, &names), names))
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    let more = best - as_given;
    if more <= MARGIN {
        let fine = Verdict::new(Check::Sequence, Level::Fine, "");
        return Some(fine.measured(more, MARGIN));
    }
    let moved: Vec<(Sequence, Sequence)> = names
        .iter()
        .copied()
        .zip(likeliest)
        .filter(|(given, found)| given != found)
        .collect();
    let verdict = |words: String| {
        Verdict::new(Check::Sequence, Level::Doubtful, words).measured(more, MARGIN)
    };
    Some(match moved[..] {
        [(a, b), (..)] => verdict(format!(
            "{a} and {b} seem to be exchanged: what is called {a} looks like {b}, and the other way about."
        ))
        .of(a)
        .against(b),
        _ => {
            let looks: Vec<String> = moved.iter().map(|(given, found)| format!("{given} looks like {found}")).collect();
            let (first, found) = moved[0];
            verdict(format!("The scans seem to be exchanged: {}.", looks.join(", "))).of(first).against(found)
        }
    })
}

/// The likeliest names of scans that have none, in their order, and by how much (a logit) they are likelier than the
/// next; of one to four scans.
pub(crate) fn likeliest(scans: &[&Inside], layers: &[u8]) -> Option<(Vec<Sequence>, f64)> {
    // Which names they have here makes no difference to the measures.
    let named: Vec<(Sequence, &Inside)> = Sequence::ALL
        .into_iter()
        .zip(scans.iter().copied())
        .collect();
    let measures = Contrasts::of(&named, layers);
    let mut all: Vec<(f64, Vec<Sequence>)> = arrangements(&Sequence::ALL, scans.len())
        .into_iter()
        .map(|names| (score(&measures, &names), names))
        .collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    let next = all.get(1)?.0;
    let (best, names) = all.swap_remove(0);
    Some((names, best - next))
}

/// Every way to take so many of the names, in every order.
fn arrangements(names: &[Sequence], count: usize) -> Vec<Vec<Sequence>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    (0..names.len())
        .flat_map(|at| {
            let mut rest = names.to_vec();
            let first = rest.remove(at);
            arrangements(&rest, count - 1)
                .into_iter()
                .map(move |mut order| {
                    order.insert(0, first);
                    order
                })
        })
        .collect()
}

/// The logit of these names.
fn score(measures: &Contrasts, names: &[Sequence]) -> f64 {
    let dot = |weights: &[f64], measures: &[f64]| -> f64 {
        weights.iter().zip(measures).map(|(w, m)| w * m).sum()
    };
    let mut score = 0.0;
    for (i, a) in names.iter().enumerate() {
        score += dot(&weights::ALONE[a.channel()], &measures.alone[i]);
        for (j, b) in names.iter().enumerate() {
            if i != j {
                let weights = &weights::BETWEEN[a.channel()][b.channel()];
                score += dot(weights, &measures.between[i][j]);
            }
        }
    }
    score
}
