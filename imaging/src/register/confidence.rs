//! How sure a registration is: what was seen, and what speaks against it.

use super::pair::{Pair, shift};
use super::rigid::turned;
use crate::Affine;
use serde::{Deserialize, Serialize};

/// Less than this part of the overlap that the heads' sizes let one expect is little.
const LITTLE_OVERLAP: f64 = 0.6;

/// Likeness less 1 below which two scans tell nothing of each other.
const NOTHING: f64 = 0.02;

/// Another start's answer that lies farther away than this, in mm, with so much of the likeness gained, is as good.
const APART_MM: f64 = 3.0;
const AS_GOOD: f64 = 0.95;

/// Above this part of the likeness left after a move of [`AROUND_MM`] the place is not certain.
const LOOSE: f64 = 0.93;

/// The moves around the answer, in mm at the head's surface.
const AROUND_MM: f64 = 6.0;

/// Why a registration should not be used unseen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Doubt {
    /// One of the scans shows nothing, or has a grid that cannot be inverted.
    Empty,
    /// Little of one scan lies on the other.
    LittleOverlap,
    /// The scans tell next to nothing of each other.
    NothingShared,
    /// Two starts lead to two answers, one as good as the other.
    StartsDisagree,
    /// The answer is hardly better than what is some millimetres away.
    Loose,
}

impl Doubt {
    /// The same for a person.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Empty => "one of the scans shows nothing",
            Self::LittleOverlap => "little of one scan lies on the other",
            Self::NothingShared => "the scans tell next to nothing of each other",
            Self::StartsDisagree => "two starts of the search led to two places",
            Self::Loose => "places some millimetres away fit nearly as well",
        }
    }
}

/// What was seen of a registration's quality.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Confidence {
    /// What part of one scan's head lies on the other scan, 0 to 1.
    pub overlap: f64,
    /// Normalised mutual information less 1, as the headers put the scans together.
    pub shared_before: f64,
    /// The same after the move.
    pub shared: f64,
    /// How far from the answer another start ended, in mm at the head; the one that came nearest in likeness. 0 where all
    /// starts led to one place.
    pub starts_apart_mm: f64,
    /// What part of the answer's likeness that start had.
    pub starts_rival: f64,
    /// What part of the likeness is left after small moves around the answer.
    pub kept_around: f64,
    /// How far the answer moves the head from where the headers put it, in mm on average.
    pub moved_mm: f64,
    /// What speaks against it; empty where nothing does.
    pub doubts: Vec<Doubt>,
}

impl Confidence {
    /// Of no registration at all.
    pub(crate) fn none(doubt: Doubt) -> Self {
        Self {
            overlap: 0.0,
            shared_before: 0.0,
            shared: 0.0,
            starts_apart_mm: 0.0,
            starts_rival: 0.0,
            kept_around: 1.0,
            moved_mm: 0.0,
            doubts: vec![doubt],
        }
    }
}

/// What is measured on a middle level.
pub(crate) struct Evidence {
    overlap: f64,
    before: f64,
    shared: f64,
    apart_mm: f64,
    rival: f64,
    kept: f64,
}

impl Evidence {
    /// Around an answer; `others` are the answers of other starts: how far away in mm, and what part of the likeness.
    pub(crate) fn at(
        pair: &Pair<'_>,
        moved: &Affine,
        least_overlap: f64,
        others: Vec<(f64, f64)>,
    ) -> Self {
        let found = pair.look(moved);
        let shared = found.likeness - 1.0;
        let away = others.into_iter().filter(|(mm, _)| *mm > APART_MM);
        let (apart_mm, rival) = away
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or((0.0, 0.0));
        Self {
            overlap: found.overlap,
            before: pair.look(&Affine::IDENTITY).score(least_overlap),
            shared,
            apart_mm,
            rival,
            kept: kept_around(pair, moved, shared),
        }
    }
}

/// The mean likeness after twelve small moves, as a part of what is gained at the answer.
fn kept_around(pair: &Pair<'_>, moved: &Affine, shared: f64) -> f64 {
    let (middle, radius_mm) = pair.place();
    let near = |number: usize| {
        let by = if number.is_multiple_of(2) {
            AROUND_MM
        } else {
            -AROUND_MM
        };
        let axis = number / 2 % 3;
        let mut numbers = [0.0; 3];
        let small = if number < 6 {
            numbers[axis] = by;
            shift(numbers)
        } else {
            numbers[axis] = by / radius_mm;
            let turn = Affine(turned(numbers).map(|[x, y, z]| [x, y, z, 0.0]));
            let back = shift(middle.map(|mm| -mm));
            shift(middle).compose(&turn).compose(&back)
        };
        pair.look(&moved.compose(&small)).likeness - 1.0
    };
    (0..12).map(near).sum::<f64>() / 12.0 / shared.max(1e-9)
}

pub(crate) fn judge(evidence: Evidence, expected_overlap: f64, moved_mm: f64) -> Confidence {
    let doubts = [
        (
            Doubt::LittleOverlap,
            evidence.overlap < LITTLE_OVERLAP * expected_overlap,
        ),
        (Doubt::NothingShared, evidence.shared < NOTHING),
        (
            Doubt::StartsDisagree,
            evidence.apart_mm > APART_MM && evidence.rival > AS_GOOD,
        ),
        (Doubt::Loose, evidence.kept > LOOSE),
    ];
    let doubts = doubts.iter().filter(|(_, holds)| *holds);
    Confidence {
        overlap: evidence.overlap,
        shared_before: evidence.before,
        shared: evidence.shared,
        starts_apart_mm: evidence.apart_mm,
        starts_rival: evidence.rival,
        kept_around: evidence.kept,
        moved_mm,
        doubts: doubts.map(|(doubt, _)| *doubt).collect(),
    }
}
