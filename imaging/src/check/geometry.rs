//! Where the file says that the scan lies.

use super::{Check, Coarse, Level, Verdict};
use crate::{AffineSource, Sequence};

/// Verdicts on each scan's header, and one on the case where only some scans say where they lie.
pub(crate) fn check(scans: &[(Sequence, &Coarse)]) -> Vec<Verdict> {
    let lost: Vec<Sequence> = scans
        .iter()
        .filter(|(_, scan)| scan.info.affine_source == AffineSource::Neither)
        .map(|(sequence, _)| *sequence)
        .collect();
    let some_only = !lost.is_empty() && lost.len() < scans.len();
    scans
        .iter()
        .map(|(sequence, _)| {
            if !lost.contains(sequence) {
                return Verdict::new(Check::Geometry, Level::Fine, "").of(*sequence);
            }
            // One that does not say where it lies, among others that do, lies where it happens to.
            let level = if some_only { Level::Doubtful } else { Level::Note };
            let words = format!(
                "The header of {sequence} does not say where the scan lies: its orientation, and so left and right, are a guess."
            );
            Verdict::new(Check::Geometry, level, words).of(*sequence)
        })
        .collect()
}
