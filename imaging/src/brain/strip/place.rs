//! Laying the average head onto a patient's, by what the two tell of each other.

use super::atlas::Atlas;
use crate::register::{self, Options, Registration};
use crate::{Affine, Volume, parallel};

/// The average head has voxels of 4 mm; the scans' finer ones still say better where it lies.
const OPTIONS: Options = Options {
    in_place_mm: 0.0,
    finest_mm: 2.0,
};

/// Places that differ by less than this in the mean over a head agree, in mm.
const AGREE_MM: f64 = 8.0;

/// From RAS mm of the patient to RAS mm of the average head: the mean of those of the scans' own answers that agree with
/// most of the others. `None` where no scan is sure of its place: they show no head, or too little of one.
pub(super) fn place(scans: &[&Volume], atlas: &Atlas) -> Option<Affine> {
    let found = parallel::map(scans.to_vec(), |scan| {
        register::affine(&atlas.head, scan, &OPTIONS)
    });
    if !found.iter().any(Registration::is_sure) {
        return None;
    }
    let found: Vec<Affine> = found.into_iter().map(|found| found.transform).collect();
    let corners = corners(scans[0]);
    let apart = |a: &Affine, b: &Affine| {
        let each = corners.iter().map(|p| {
            let (a, b) = (a.map(*p), b.map(*p));
            (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt()
        });
        each.sum::<f64>() / corners.len() as f64
    };
    let rivals = |a: &Affine| {
        found
            .iter()
            .map(|b| apart(a, b).min(3.0 * AGREE_MM))
            .sum::<f64>()
    };
    let middle = found
        .iter()
        .min_by(|a, b| rivals(a).total_cmp(&rivals(b)))
        .copied()?;
    let agree: Vec<&Affine> = found
        .iter()
        .filter(|a| apart(a, &middle) < AGREE_MM)
        .collect();
    let mean = |row: usize, column: usize| {
        agree.iter().map(|a| a.0[row][column]).sum::<f64>() / agree.len().max(1) as f64
    };
    Some(Affine(std::array::from_fn(|row| {
        std::array::from_fn(|column| mean(row, column))
    })))
}

/// Places around the middle of the picture, as far apart as a brain is large.
fn corners(scan: &Volume) -> Vec<[f64; 3]> {
    let centre = scan.grid.centre().0;
    (0..8)
        .map(|corner| {
            std::array::from_fn(|i| centre[i] + if corner >> i & 1 == 1 { 45.0 } else { -45.0 })
        })
        .collect()
}
