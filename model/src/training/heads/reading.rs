//! What a regression reads of a case: scaled by the training cases, without looking at their labels.

use super::cases::Labelled;
use super::logistic::Row;
use super::scale::Scale;
use super::states::States;
use crate::network::sited::{MEASURES, NARROW};

/// Where the numbers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// What the network saw: measures, then the narrowed states.
    Network,
    /// The measures inside an expert's outline.
    Outline,
}

impl Source {
    /// How many of the numbers may be read: a choice that the training cases make.
    pub(super) fn widths(self) -> &'static [usize] {
        match self {
            Self::Network => &[MEASURES, MEASURES + NARROW],
            Self::Outline => &[MEASURES],
        }
    }

    /// Scaled by these cases.
    pub(super) fn learn(self, cases: &[&Labelled]) -> Reading {
        match self {
            Self::Network => Reading::Network(Scale::of(cases), States::of(cases)),
            Self::Outline => Reading::Outline(Scale::of_outlines(cases)),
        }
    }
}

/// A source with its scale.
#[derive(Clone, Debug)]
pub(super) enum Reading {
    Network(Scale, States),
    Outline(Scale),
}

impl Reading {
    /// A case's numbers once for each of its views, the one it is judged by first; none without an
    /// outline where that is read.
    pub(super) fn views(&self, case: &Labelled) -> Vec<Vec<f64>> {
        match self {
            Self::Network(scale, states) => {
                let all = case.seen.iter();
                all.map(|seen| [scale.apply(&seen.measures), states.apply(seen)].concat())
                    .collect()
            }
            Self::Outline(scale) => {
                let outline = case.outline.iter();
                outline.map(|measures| scale.apply(measures)).collect()
            }
        }
    }

    /// The labelled cases' first `width` numbers to learn a task from; a case's views share its weight.
    pub(super) fn rows(&self, cases: &[&Labelled], task: usize, width: usize) -> Vec<Row> {
        let mut rows = Vec::new();
        for case in cases {
            let Some(label) = case.labels[task] else {
                continue;
            };
            let views = self.views(case);
            let weight = 1.0 / views.len().max(1) as f64;
            rows.extend(views.into_iter().map(|mut values| {
                values.truncate(width);
                Row {
                    values,
                    label,
                    weight,
                }
            }));
        }
        rows
    }
}
