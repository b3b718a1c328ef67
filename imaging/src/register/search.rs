//! From coarse to fine.

use super::confidence::{Confidence, Doubt, Evidence, judge};
use super::motion::Motion;
use super::pair::{Pair, apart_mm};
use super::scan::{LEVELS_MM, Scan};
use super::start::{Top, tops};
use super::{Options, Registration};
use crate::{Affine, Volume, parallel};

/// Of the coarsest level's tops so many are followed on the next.
const KEPT_TOPS: usize = 3;

/// A scan whose voxels are so many times as long as the other's has thick slices.
const THICKER: f64 = 1.5;

/// An affine move is also begun larger and smaller than the rigid one, by these factors, and so much longer along z: a scalp
/// on a scalp holds a move fast that is far from the right size.
const SIZES: [f64; 5] = [0.76, 0.87, 1.0, 1.15, 1.32];
const HEIGHTS: [f64; 3] = [0.87, 1.0, 1.15];

/// Of the rigid tops so many are begun from, and so many of the coarsest level's answers are followed.
const SIZED_TOPS: usize = 2;
const SIZED_KEPT: usize = 4;

/// What part of the expected overlap is enough.
const ENOUGH_OVERLAP: f64 = 0.5;

pub(crate) fn search(
    moving: &Volume,
    fixed: &Volume,
    motion: Motion,
    options: &Options,
) -> Registration<Affine> {
    let scans = parallel::map(vec![fixed, moving], Scan::of);
    let [Some(fixed), Some(moving)] = &scans[..] else {
        return nothing(Doubt::Empty);
    };
    // Held still is the one with the thicker slices, looked at in their middles; or else the one that shows less.
    let thickness = [fixed.thickness_mm(), moving.thickness_mm()];
    let swapped = if thickness[0] > THICKER * thickness[1] {
        false
    } else if thickness[1] > THICKER * thickness[0] {
        true
    } else {
        moving.volume_ml < fixed.volume_ml
    };
    let (still, other) = if swapped {
        (moving, fixed)
    } else {
        (fixed, moving)
    };
    let Some(mut found) = between(still, other, motion, options) else {
        return nothing(Doubt::Empty);
    };
    if swapped {
        let Some(inverse) = found.transform.inverse() else {
            return nothing(Doubt::NothingShared);
        };
        found.transform = inverse;
    }
    if motion == Motion::Rigid && found.confidence.moved_mm < options.in_place_mm {
        found.transform = Affine::IDENTITY;
        found.already_in_place = true;
    }
    found
}

fn nothing(doubt: Doubt) -> Registration<Affine> {
    Registration {
        transform: Affine::IDENTITY,
        already_in_place: false,
        confidence: Confidence::none(doubt),
    }
}

/// As [`search`], from the still scan to the other.
fn between(
    still: &Scan<'_>,
    other: &Scan<'_>,
    motion: Motion,
    options: &Options,
) -> Option<Registration<Affine>> {
    let coarsest = LEVELS_MM.len() - 1;
    let pair = Pair::of(still, other, coarsest)?;
    let expected = (other.volume_ml / still.volume_ml).min(1.0);
    let least_overlap = ENOUGH_OVERLAP * expected;
    let tops = tops(&pair, still, other, least_overlap);

    let pair = Pair::of(still, other, coarsest - 1)?;
    let kept: Vec<&Top> = tops.iter().take(KEPT_TOPS).collect();
    let mut found = parallel::map(kept, |top| {
        let (moved, found) = pair.climb(&top.moved, Motion::Rigid);
        (found.score(least_overlap), moved)
    });
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (best_score, mut moved) = *found.first()?;
    let runner_up = found
        .iter()
        .skip(1)
        .map(|(score, other)| (pair.apart_mm(&moved, other), score / best_score.max(1e-9)));
    let evidence = Evidence::at(&pair, &moved, least_overlap, runner_up.collect());

    if motion == Motion::Affine {
        let tops = found.iter().take(SIZED_TOPS).map(|(_, moved)| *moved);
        moved = sized(still, other, &tops.collect::<Vec<_>>()).unwrap_or(moved);
    }
    let finest = LEVELS_MM
        .iter()
        .rposition(|mm| *mm <= options.finest_mm)
        .unwrap_or(0);
    for level in (finest..coarsest - 1).rev() {
        let pair = Pair::of(still, other, level)?;
        moved = pair.climb(&moved, motion).0;
    }
    let moved_mm = apart_mm(&moved, &Affine::IDENTITY, still.middle, still.radius_mm);
    Some(Registration {
        transform: moved,
        already_in_place: false,
        confidence: judge(evidence, expected, moved_mm),
    })
}

/// The best affine move that is found from the rigid `tops`, each in several sizes.
fn sized(still: &Scan<'_>, other: &Scan<'_>, tops: &[Affine]) -> Option<Affine> {
    let mut moves = Vec::new();
    for top in tops {
        for size in SIZES {
            for height in HEIGHTS {
                let scale = [size, size, size * height];
                let about = Affine(std::array::from_fn(|r| {
                    let mut row = [0.0; 4];
                    row[r] = scale[r];
                    row[3] = still.middle[r] * (1.0 - scale[r]);
                    row
                }));
                moves.push(top.compose(&about));
            }
        }
    }
    let coarsest = LEVELS_MM.len() - 1;
    for level in [coarsest, coarsest - 1] {
        let pair = Pair::of(still, other, level)?;
        let mut climbed = parallel::map(moves, |moved| {
            let (moved, found) = pair.climb(&moved, Motion::Affine);
            (found.likeness, moved)
        });
        climbed.sort_by(|a, b| b.0.total_cmp(&a.0));
        moves = climbed
            .into_iter()
            .take(SIZED_KEPT)
            .map(|(_, moved)| moved)
            .collect();
    }
    moves.first().copied()
}
