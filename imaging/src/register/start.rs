//! Where the search begins: as the headers say, middle on middle, and turned every way that a head may lie.

use super::motion::Motion;
use super::pair::{Pair, shift};
use super::rigid::turned;
use super::scan::Scan;
use crate::{Affine, parallel};

/// Turns about each axis, in degrees.
const TURNS_DEG: [f64; 5] = [-30.0, -15.0, 0.0, 15.0, 30.0];

/// A head that is so much shorter than the other is cropped: it is tried at several places along that axis.
const CROPPED_MM: f64 = 25.0;

/// How many starts are followed on the coarsest level, and how far apart they lie at least.
const FOLLOWED: usize = 10;
const DISTINCT_MM: f64 = 12.0;

/// Tops nearer to each other than this are one.
const SAME_TOP_MM: f64 = 4.0;

/// A top of the coarsest level.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Top {
    pub(crate) moved: Affine,
    /// Of how many starts.
    pub(crate) starts: usize,
}

/// The tops that were found from all starts, the best first. `least_overlap` is the part of the points below which a
/// likeness counts for less.
pub(crate) fn tops(
    pair: &Pair<'_>,
    still: &Scan<'_>,
    moving: &Scan<'_>,
    least_overlap: f64,
) -> Vec<Top> {
    let header = Affine::IDENTITY;
    let mut starts = vec![header];
    for shift_mm in shifts(still, moving) {
        starts.extend(turns(still.middle, shift_mm));
    }
    let score = |moved: &Affine| pair.look(moved).score(least_overlap);
    let mut scored = parallel::map(starts, |moved| (score(&moved), moved));
    let from_header = scored.remove(0);
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut followed = vec![from_header.1];
    for (_, moved) in &scored {
        let is_new = |other: &Affine| pair.apart_mm(other, moved) >= DISTINCT_MM;
        if followed.len() < FOLLOWED && followed.iter().all(is_new) {
            followed.push(*moved);
        }
    }
    let mut found = parallel::map(followed, |start| {
        let (moved, _) = pair.climb(&start, Motion::Rigid);
        (score(&moved), moved)
    });
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut tops: Vec<Top> = Vec::new();
    for (_, moved) in found {
        let same = |top: &&mut Top| pair.apart_mm(&top.moved, &moved) < SAME_TOP_MM;
        if let Some(top) = tops.iter_mut().find(same) {
            top.starts += 1;
        } else {
            tops.push(Top { moved, starts: 1 });
        }
    }
    tops
}

/// From the still scan's middle: as the headers say, onto the other's middle, and for a cropped head along it.
fn shifts(still: &Scan<'_>, moving: &Scan<'_>) -> Vec<[f64; 3]> {
    let between: [f64; 3] = std::array::from_fn(|i| moving.middle[i] - still.middle[i]);
    let mut shifts = vec![[0.0; 3], between];
    let size = |scan: &Scan<'_>, axis: usize| scan.bounds[1][axis] - scan.bounds[0][axis];
    for axis in 0..3 {
        let spare = (size(still, axis) - size(moving, axis)).abs();
        if spare > CROPPED_MM {
            for part in [-0.5, -0.25, 0.25, 0.5] {
                let mut shift = between;
                shift[axis] += part * spare;
                shifts.push(shift);
            }
        }
    }
    shifts
}

/// Every turn about `middle`, then a shift.
fn turns(middle: [f64; 3], shift_mm: [f64; 3]) -> impl Iterator<Item = Affine> {
    let there = shift(std::array::from_fn(|i| middle[i] + shift_mm[i]));
    let back = shift(middle.map(|mm| -mm));
    let count = TURNS_DEG.len();
    (0..count.pow(3)).map(move |n| {
        let degrees = [n % count, n / count % count, n / count / count].map(|i| TURNS_DEG[i]);
        let turn = turned(degrees.map(f64::to_radians));
        let turn = Affine(turn.map(|[x, y, z]| [x, y, z, 0.0]));
        there.compose(&turn).compose(&back)
    })
}
