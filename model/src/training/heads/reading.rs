//! What a regression reads of a case: scaled by the training cases, without looking at their labels.

use serde::Serialize;

use super::cases::Labelled;
use super::logistic::Row;
use super::scale::Scale;
use super::states::{States, plain, weighted};
use crate::network::sited::{MEASURES, NARROW};

/// Where the numbers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// What the network saw: measures, then the narrowed states where the training cases want them.
    Network,
    /// The measures alone: what is left where several networks looked at the cases, since each has
    /// states of its own.
    Measures,
    /// The states alone, narrowed, weighted by the tumour as the paper's TAFE has them.
    States,
    /// The states alone, narrowed, every place of the window weighing the same.
    UnweightedStates,
    /// The measures inside an expert's outline.
    Outline,
}

impl Source {
    /// How many of the numbers may be read: a choice that the training cases make.
    pub(super) fn widths(self) -> &'static [usize] {
        match self {
            Self::Network => &[MEASURES, MEASURES + NARROW],
            Self::Measures | Self::Outline => &[MEASURES],
            Self::States | Self::UnweightedStates => &[NARROW],
        }
    }

    /// Whether so many of the numbers reach into the states.
    pub(super) fn has_states(self, width: usize) -> bool {
        match self {
            Self::Network => width > MEASURES,
            Self::States | Self::UnweightedStates => true,
            Self::Measures | Self::Outline => false,
        }
    }

    /// Scaled by these cases.
    pub(super) fn learn(self, cases: &[&Labelled]) -> Reading {
        Reading {
            scale: match self {
                Self::Network | Self::Measures => Some(Scale::of(cases)),
                Self::Outline => Some(Scale::of_outlines(cases)),
                Self::States | Self::UnweightedStates => None,
            },
            states: match self {
                Self::Network | Self::States => Some(States::of(cases, weighted)),
                Self::UnweightedStates => Some(States::of(cases, plain)),
                Self::Measures | Self::Outline => None,
            },
            outline: self == Self::Outline,
        }
    }
}

/// A source with its scale.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub(super) scale: Option<Scale>,
    pub(super) states: Option<States>,
    outline: bool,
}

impl Reading {
    /// A case's numbers once for each of its views, the one it is judged by first; none without an
    /// outline where that is read.
    pub(super) fn views(&self, case: &Labelled) -> Vec<Vec<f64>> {
        let scaled = |measures: &[f32]| {
            let scale = self.scale.as_ref();
            scale.map_or_else(Vec::new, |scale| scale.apply(measures))
        };
        if self.outline {
            let outline = case.outline.iter();
            return outline.map(|measures| scaled(measures)).collect();
        }
        let all = case.seen.iter();
        all.map(|seen| {
            let mut numbers = scaled(&seen.measures);
            if let Some(states) = &self.states {
                numbers.extend(states.apply(seen));
            }
            numbers
        })
        .collect()
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
