//! Two scans at one level, and the climb from one move to the best near it.

use super::climb::{Height, Pace, climb};
use super::measure::{Found, Moving};
use super::motion::{MOST, Motion};
use super::points::{Point, points};
use super::scan::{LEVELS_MM, Scan};
use super::slices::Slices;
use crate::{Affine, Grid, RasPoint};

/// Points looked at on each level, the finest first.
const POINTS: [usize; 4] = [120_000, 50_000, 16_000, 4_000];

/// Steps on each level, in parts of its voxels' edge: the first one's, and the one that is the last.
const FIRST_STEP: f64 = 0.5;
const LAST_STEP: [f64; 4] = [0.01, 0.01, 0.01, 0.02];

/// Most looks on each level.
const LOOKS: [usize; 4] = [20, 25, 30, 30];

/// A scan held still and one that is moved. Moves take RAS mm of the still one to RAS mm of the other.
pub(crate) struct Pair<'a> {
    moving: Moving<'a>,
    points: Vec<Point>,
    middle: [f64; 3],
    radius_mm: f64,
    level: usize,
    still_grid: Grid,
    other_grid: Grid,
}

impl<'a> Pair<'a> {
    /// `None` where the moving scan's grid cannot be inverted.
    pub(crate) fn of(still: &Scan<'_>, moving: &'a Scan<'_>, level: usize) -> Option<Self> {
        Some(Self {
            moving: Moving::of(moving, level)?,
            points: points(still, level, POINTS[level]),
            middle: still.middle,
            radius_mm: still.radius_mm,
            level,
            still_grid: still.levels[level].grid,
            other_grid: moving.levels[level].grid,
        })
    }

    /// The likeness after a move.
    pub(crate) fn look(&self, moved: &Affine) -> Found {
        let slices = Slices::between(&self.still_grid, &self.other_grid, moved);
        self.look_about(&about_middle(moved, self.middle), &slices)
    }

    fn look_about(&self, about: &Affine, slices: &Slices) -> Found {
        let map = self.moving.inverse.compose(about);
        self.moving.look(&self.points, slices, &map)
    }

    /// The best move near `start`, and what is seen there.
    pub(crate) fn climb(&self, start: &Affine, motion: Motion) -> (Affine, Found) {
        let about = about_middle(start, self.middle);
        let slices = Slices::between(&self.still_grid, &self.other_grid, start);
        let edge_mm = LEVELS_MM[self.level];
        let pace = Pace {
            first: FIRST_STEP * edge_mm,
            last: LAST_STEP[self.level] * edge_mm,
            looks: LOOKS[self.level],
        };
        let mut look = |numbers: &[f64; MOST]| {
            let rows = motion.rows(numbers, self.radius_mm);
            let found = self.look_about(&about.compose(&rows), &slices);
            let by_rows = std::array::from_fn(|r| {
                std::array::from_fn(|c| (0..3).map(|k| about.0[k][r] * found.slope[k][c]).sum())
            });
            Height {
                value: found.likeness,
                slope: motion.slope(&by_rows, numbers, self.radius_mm),
            }
        };
        let (numbers, _) = climb([0.0; MOST], motion.count(), pace, &mut look);
        let rows = motion.rows(&numbers, self.radius_mm);
        let moved = from_middle(&about.compose(&rows), self.middle);
        let found = self.look(&moved);
        (moved, found)
    }

    /// The still head's middle in RAS mm, and how far its voxels are from there.
    pub(crate) const fn place(&self) -> ([f64; 3], f64) {
        (self.middle, self.radius_mm)
    }

    /// How far apart two moves take the head, in mm: the mean over its middle and six places near its surface.
    pub(crate) fn apart_mm(&self, a: &Affine, b: &Affine) -> f64 {
        apart_mm(a, b, self.middle, self.radius_mm)
    }
}

/// As [`Pair::apart_mm`], for a head whose voxels are `radius_mm` from its middle (root of the mean square).
pub(crate) fn apart_mm(a: &Affine, b: &Affine, middle: [f64; 3], radius_mm: f64) -> f64 {
    // Of a ball whose voxels are so far from the middle.
    let surface_mm = radius_mm * (5.0f64 / 3.0).sqrt();
    let place = |number: usize| {
        let mut place = middle;
        if number > 0 {
            let by = if number.is_multiple_of(2) { 1.0 } else { -1.0 };
            place[(number - 1) / 2] += by * surface_mm;
        }
        place
    };
    let distance = |number: usize| {
        let place = place(number);
        RasPoint(a.map(place)).distance_mm(RasPoint(b.map(place)))
    };
    (0..7).map(distance).sum::<f64>() / 7.0
}

/// The move with mm from the middle put in.
fn about_middle(moved: &Affine, middle: [f64; 3]) -> Affine {
    moved.compose(&shift(middle))
}

fn from_middle(about: &Affine, middle: [f64; 3]) -> Affine {
    about.compose(&shift(middle.map(|mm| -mm)))
}

/// A shift alone, in mm.
pub(crate) fn shift(mm: [f64; 3]) -> Affine {
    let mut shift = Affine::IDENTITY;
    for (row, mm) in shift.0.iter_mut().zip(mm) {
        row[3] = mm;
    }
    shift
}
