//! Laying the average brain onto a first surface, most of which is right.
//!
//! Where the first surface has run into an eye socket or down the neck it lies far from any brain's
//! shape; a distance beyond a few millimetres therefore costs hardly more than the next (Geman and
//! McClure's function), and the dome of the skull, where the surface is good, decides.

use super::head::Ball;
use super::shape::{Placed, Shape};
use crate::Grid;

/// Distances in mm at which the cost levels off, one round after the other.
const SCALES_MM: [f32; 3] = [15.0, 8.0, 5.0];

/// What is known of brains before looking: the usual stretch against the average, and how much each
/// differs. Heights differ most, since the spacing of slices is not always known.
const USUAL_STRETCH: [f32; 3] = [0.94, 0.94, 0.92];
const STRETCH_SPREAD: [f32; 3] = [0.06, 0.06, 0.15];

/// Heads nod more than they tilt or turn; radians.
const TURN_SPREAD: [f32; 3] = [0.25, 0.08, 0.08];

/// The average brain fitted to points in mm; those beyond the grid do not count.
pub(super) fn fit(points: &[[f32; 3]], grid: &Grid, ball: &Ball) -> Shape {
    let bounds = grid.world_box();
    let inside =
        |p: &&[f32; 3]| (0..3).all(|i| (bounds.low[i]..bounds.high[i]).contains(&f64::from(p[i])));
    let points: Vec<[f32; 3]> = points.iter().filter(inside).copied().collect();
    let starts = [-0.3_f32, 0.0, 0.3].into_iter().map(|nod| {
        let centre = ball.centre.0.map(|v| v as f32);
        [
            centre[0],
            centre[1],
            centre[2],
            USUAL_STRETCH[0],
            USUAL_STRETCH[1],
            USUAL_STRETCH[2],
            nod,
            0.0,
            0.0,
        ]
    });
    let found = starts
        .map(|start| descend(&points, start))
        .reduce(|a, b| if b.1 < a.1 { b } else { a });
    shape(&found.map_or([0.0; 9], |f| f.0))
}

fn shape(p: &[f32; 9]) -> Shape {
    Shape {
        centre_mm: [p[0], p[1], p[2]],
        stretch: [p[3], p[4], p[5]],
        turn: [p[6], p[7], p[8]],
    }
}

/// Tries a step up and a step down along each number, and halves the steps where none helps.
fn descend(points: &[[f32; 3]], start: [f32; 9]) -> ([f32; 9], f32) {
    let mut best = start;
    let mut lowest = f32::INFINITY;
    for scale in SCALES_MM {
        let mut steps = [6.0, 6.0, 6.0, 0.06, 0.06, 0.06, 0.1, 0.05, 0.05];
        lowest = cost(points, &best, scale);
        for _ in 0..40 {
            let mut better = false;
            for number in 0..best.len() {
                for sign in [-1.0, 1.0] {
                    let mut tried = best;
                    tried[number] += sign * steps[number];
                    let cost = cost(points, &tried, scale);
                    if cost < lowest {
                        (best, lowest, better) = (tried, cost, true);
                    }
                }
            }
            if !better {
                steps = steps.map(|s| s / 2.0);
                if steps[0] < 0.3 {
                    break;
                }
            }
        }
    }
    (best, lowest)
}

fn cost(points: &[[f32; 3]], numbers: &[f32; 9], scale: f32) -> f32 {
    let placed = Placed::new(&shape(numbers));
    let mut sum = 0.0;
    for point in points {
        let squared = placed.beyond_mm(*point).powi(2);
        sum += squared / (squared + scale * scale);
    }
    let mut unusual = 0.0;
    for i in 0..3 {
        unusual += ((numbers[3 + i] - USUAL_STRETCH[i]) / STRETCH_SPREAD[i]).powi(2);
        unusual += (numbers[6 + i] / TURN_SPREAD[i]).powi(2);
    }
    sum / points.len().max(1) as f32 + 0.01 * unusual
}
