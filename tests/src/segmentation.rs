//! Comparing two segmentations that claim to be the same.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Result, ensure};

use crate::raw_nifti::{self, RawHeader};

/// Labels below this volume are too small for a Dice coefficient to mean much.
const SMALLEST_ML: f64 = 1.0;

/// Voxel counts of one label in two images: in the first, in the second, in both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overlap {
    /// In the first.
    pub first: usize,
    /// In the second.
    pub second: usize,
    /// In both at the same place.
    pub both: usize,
}

impl Overlap {
    /// 2 |A ∩ B| / (|A| + |B|).
    #[must_use]
    pub fn dice(self) -> f64 {
        2.0 * self.both as f64 / (self.first + self.second) as f64
    }
}

/// Counts every label above 0.
#[must_use]
pub fn overlaps(first: &[u8], second: &[u8]) -> BTreeMap<u8, Overlap> {
    let mut counts: BTreeMap<u8, Overlap> = BTreeMap::new();
    for (&a, &b) in first.iter().zip(second) {
        if a > 0 {
            counts.entry(a).or_default().first += 1;
        }
        if b > 0 {
            counts.entry(b).or_default().second += 1;
        }
        if a > 0 && a == b {
            counts.entry(a).or_default().both += 1;
        }
    }
    counts
}

/// Fails where a label larger than 1 mL in either has a Dice below `least`, or grids differ.
/// Returns what was found, in words.
///
/// # Errors
/// They differ, or neither holds a label of that size, so that nothing was compared.
pub fn ensure_same(first: &Path, second: &Path, least: f64) -> Result<String> {
    let (a, b) = (raw_nifti::read(first)?, raw_nifti::read(second)?);
    ensure_same_grid(&a, &b)?;
    let mut words = Vec::new();
    for (label, overlap) in overlaps(&a.image, &b.image) {
        let ml = overlap.first.max(overlap.second) as f64 * a.voxel_ml();
        if ml > SMALLEST_ML {
            let dice = overlap.dice();
            words.push(format!("label {label}: {ml:.1} mL, Dice {dice:.5}"));
            ensure!(
                dice >= least,
                "label {label} of {ml:.1} mL has Dice {dice:.5}, {least} needed"
            );
        }
    }
    ensure!(
        !words.is_empty(),
        "no label above {SMALLEST_ML} mL in either: nothing was compared"
    );
    Ok(words.join("; "))
}

/// Fails where two files lie on different grids.
///
/// # Errors
/// Which field differs.
pub fn ensure_same_grid(a: &RawHeader, b: &RawHeader) -> Result<()> {
    ensure!(a.dims == b.dims, "{:?} voxels against {:?}", a.dims, b.dims);
    for (x, y) in a.sform.iter().flatten().zip(b.sform.iter().flatten()) {
        ensure!(
            (x - y).abs() < 1e-4,
            "affines differ: {:?} against {:?}",
            a.sform,
            b.sform
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_label_is_counted_apart() {
        let found = overlaps(&[1, 1, 2, 0, 3], &[1, 2, 2, 3, 0]);
        let of = |first, second, both| Overlap {
            first,
            second,
            both,
        };
        assert_eq!(found[&1], of(2, 1, 1));
        assert_eq!(found[&2], of(1, 2, 1));
        assert_eq!(found[&3], of(1, 1, 0));
        assert!((found[&1].dice() - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(found[&3].dice(), 0.0);
    }
}
