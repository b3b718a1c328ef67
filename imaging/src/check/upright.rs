//! Which way the brain lies, by its shape: a header that was lost or overwritten turns it on its back or its side.
//!
//! The average brain is laid over it in all 24 turns of a cube. Left and right look alike to a shape, so a mirrored
//! header goes unseen here.

use super::{Check, Head, Level, Verdict};
use crate::Sequence;
use crate::brain::average_reaches_mm;

/// By so much more of the brain another turn must fit.
const MARGIN: f64 = 0.03;

/// Blocks that are looked at, at most.
const MOST_POINTS: usize = 6000;

/// A turn of the cube: which axis of the patient each of the average's axes lies along, and its sign.
type Turn = [(usize, f64); 3];

/// The case's verdict, by one stripped scan that shows a whole brain. Measure: how much more of the brain is inside the
/// average brain where that is turned.
pub(crate) fn check(sequence: Sequence, head: &Head) -> Option<Verdict> {
    let points = points(head)?;
    let average = Average::new();
    let score = |turn: &Turn| average.holds(&points, turn);
    let as_said = score(&[(0, 1.0), (1, 1.0), (2, 1.0)]);
    let turns = turns();
    let (best, turn) = turns
        .iter()
        .map(|turn| (score(turn), turn))
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    let more = best - as_said;
    let verdict = if more > MARGIN {
        let how = match turn {
            [(0, _), (1, y), (2, z)] if *y < 0.0 && *z > 0.0 => "back to front",
            [(0, _), (1, _), (2, z)] if *z < 0.0 => "upside down",
            _ => "on its side",
        };
        let words = format!(
            "By its shape the brain lies {how}: the header's orientation is wrong. Convert the original scans again."
        );
        Verdict::new(Check::Upright, Level::Doubtful, words)
    } else {
        Verdict::new(Check::Upright, Level::Fine, "")
    };
    Some(verdict.of(sequence).measured(more, MARGIN))
}

/// Blocks of the brain from their middle, in mm, scaled to the average brain's volume.
fn points(head: &Head) -> Option<Vec<[f64; 3]>> {
    let mask = &head.mask;
    let inside: Vec<usize> = (0..mask.data.len()).filter(|at| mask.data[*at]).collect();
    let every = inside.len().div_ceil(MOST_POINTS).max(1);
    let chosen = inside.iter().step_by(every);
    let mut points: Vec<[f64; 3]> = chosen
        .map(|at| {
            mask.grid
                .affine
                .map(mask.grid.index_of(*at).0.map(|n| n as f64))
        })
        .collect();
    let count = points.len() as f64;
    if points.len() < 500 {
        return None;
    }
    let middle = [0, 1, 2].map(|axis| points.iter().map(|p| p[axis]).sum::<f64>() / count);
    let scale = (Average::VOLUME_ML / head.volume_ml).cbrt();
    for point in &mut points {
        for (mm, middle) in point.iter_mut().zip(middle) {
            *mm = (*mm - middle) * scale;
        }
    }
    Some(points)
}

/// All 24 turns of a cube: permutations with signs whose determinant is 1.
fn turns() -> Vec<Turn> {
    const AXES: [([usize; 3], f64); 6] = [
        ([0, 1, 2], 1.0),
        ([1, 2, 0], 1.0),
        ([2, 0, 1], 1.0),
        ([0, 2, 1], -1.0),
        ([2, 1, 0], -1.0),
        ([1, 0, 2], -1.0),
    ];
    let mut turns = Vec::new();
    for (axes, parity) in AXES {
        for signs in 0..8 {
            let sign = |bit: usize| if signs >> bit & 1 == 0 { 1.0 } else { -1.0 };
            let signs = [sign(0), sign(1), sign(2)];
            if parity * signs.iter().product::<f64>() > 0.0 {
                turns.push([0, 1, 2].map(|i| (axes[i], signs[i])));
            }
        }
    }
    turns
}

/// The average brain about its own middle.
struct Average {
    /// Of its voxels, from where its radii are measured.
    middle: [f64; 3],
}

impl Average {
    /// What the shape holds; the test measures it.
    const VOLUME_ML: f64 = 1870.0;

    fn new() -> Self {
        Self {
            middle: [0.0, -4.1, 5.6],
        }
    }

    /// The part of the points that lie inside it when it is turned.
    fn holds(&self, points: &[[f64; 3]], turn: &Turn) -> f64 {
        let inside = |point: &&[f64; 3]| {
            let own: [f64; 3] =
                std::array::from_fn(|i| point[turn[i].0] * turn[i].1 + self.middle[i]);
            let distance = own.iter().map(|v| v * v).sum::<f64>().sqrt();
            distance < 1e-3
                || distance <= average_reaches_mm(own.map(|v| (v / distance) as f32)).into()
        };
        points.iter().filter(inside).count() as f64 / points.len().max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_has_the_volume_and_the_middle_that_are_said() {
        let (mut count, mut sum) = (0.0, [0.0; 3]);
        let steps = || (-55..=55).map(|i| f64::from(i) * 2.0);
        for x in steps() {
            for y in steps() {
                for z in steps() {
                    let distance = (x * x + y * y + z * z).sqrt().max(1e-3);
                    let direction = [x, y, z].map(|v| (v / distance) as f32);
                    if distance <= f64::from(average_reaches_mm(direction)) {
                        count += 1.0;
                        sum[0] += x;
                        sum[1] += y;
                        sum[2] += z;
                    }
                }
            }
        }
        let ml = count * 8.0 / 1000.0;
        let middle = sum.map(|s| s / count);
        assert!((ml - Average::VOLUME_ML).abs() < 10.0, "{ml} mL");
        for (found, said) in middle.iter().zip(Average::new().middle) {
            assert!((found - said).abs() < 0.5, "{middle:?}");
        }
    }

    #[test]
    fn there_are_24_turns_and_all_differ() {
        let turns = turns();
        assert_eq!(turns.len(), 24);
        for (i, a) in turns.iter().enumerate() {
            assert!(turns[..i].iter().all(|b| a != b));
        }
    }
}
