//! What one picture holds: values, no values, labels, values that cannot be.

use super::{Check, Coarse, Level, Verdict};
use crate::Sequence;

/// So few values are no brightness, whole numbers or not.
const FEWEST_VALUES: usize = 4;

/// Voxels that are no numbers, as a part of all that are something: above it their loss is noticed.
const NOT_NUMBERS_NOTE: f64 = 1e-6;

/// The brightest voxel against the 99.9th percentile: contrast agent in vessels reaches 8 times.
const OUTLIER: f64 = 25.0;

/// What part of the voxels an integer type's lowest values must have to look wrapped.
const WRAPPED_PART: f64 = 1e-4;

/// The verdicts on the content of one scan.
pub(crate) fn check(sequence: Sequence, scan: &Coarse) -> Vec<Verdict> {
    vec![
        empty(sequence, scan),
        labels(sequence, scan),
        numbers(sequence, scan),
        wrapped(sequence, scan),
        outliers(sequence, scan),
        background(sequence, scan),
    ]
}

/// A picture of one value, or of hardly anything else. Measure: how many values there are, 1 or 2.
fn empty(sequence: Sequence, scan: &Coarse) -> Verdict {
    let constant = scan.lowest >= scan.highest;
    let nothing = constant || scan.sorted.is_empty();
    let words = match (nothing, constant, scan.lowest == 0.0) {
        (false, ..) => String::new(),
        (true, true, true) => {
            format!("{sequence} is empty: every voxel is zero. It is taken as absent.")
        }
        (true, true, false) => format!(
            "{sequence} is empty: every voxel is {}, one constant. It is taken as absent.",
            scan.lowest
        ),
        (true, false, _) => {
            format!("{sequence} is empty but for a few voxels. It is taken as absent.")
        }
    };
    let level = if nothing { Level::Note } else { Level::Fine };
    Verdict::new(Check::Empty, level, words).of(sequence)
}

/// A mask or a label map. Measure: different values.
fn labels(sequence: Sequence, scan: &Coarse) -> Verdict {
    // The background is a value, too.
    let values = scan.sorted.chunk_by(|a, b| a == b).count() + 1;
    let some = !scan.sorted.is_empty();
    let verdict = if some && (scan.is_label_map || values <= FEWEST_VALUES) {
        let words = format!(
            "{sequence} holds {values} different values: it is a mask or a segmentation, no scan."
        );
        Verdict::new(Check::LabelMap, Level::Doubtful, words)
    } else {
        Verdict::new(Check::LabelMap, Level::Fine, "")
    };
    verdict
        .of(sequence)
        .measured(values as f64, FEWEST_VALUES as f64)
}

/// Measure: voxels that are NaN or infinite, as a part of the scan.
fn numbers(sequence: Sequence, scan: &Coarse) -> Verdict {
    let voxels = scan.grid.voxel_count().max(1) as f64;
    let lost = scan.info.non_finite_voxels as f64;
    let part = lost / voxels;
    let noted = part > NOT_NUMBERS_NOTE;
    // A background of NaN is a custom; what it covers of the brain is asked elsewhere.
    let words = format!(
        "{} voxels of {sequence} are not a number ({:.1} %); they count as empty.",
        scan.info.non_finite_voxels,
        100.0 * part
    );
    let (level, words) = if noted {
        (Level::Note, words)
    } else {
        (Level::Fine, String::new())
    };
    Verdict::new(Check::NotNumbers, level, words)
        .of(sequence)
        .measured(part, NOT_NUMBERS_NOTE)
}

/// Values that ran over the end of 16 bits and came back from below. Measure: their part.
fn wrapped(sequence: Sequence, scan: &Coarse) -> Verdict {
    let signed = scan.info.datatype == "int16" || scan.info.datatype == "int8";
    let ends = if scan.info.datatype == "int8" {
        128.0
    } else {
        32768.0
    };
    let stored = |v: f32| {
        let value = f64::from(v) + f64::from(scan.background.value);
        (value - scan.info.intercept) / scan.info.slope
    };
    let low = scan
        .sorted
        .iter()
        .filter(|v| stored(**v) < -0.25 * ends)
        .count();
    let high = scan
        .sorted
        .iter()
        .filter(|v| stored(**v) > 0.75 * ends)
        .count();
    let part = low as f64 / scan.sorted.len().max(1) as f64;
    let found = signed && part > WRAPPED_PART && high > 0;
    let (level, words) = if found {
        let words = format!(
            "Values of {sequence} wrapped below zero: its brightest voxels were too large for {} and are stored as dark. Convert the original again.",
            scan.info.datatype
        );
        (Level::Doubtful, words)
    } else {
        (Level::Fine, String::new())
    };
    Verdict::new(Check::Wrapped, level, words)
        .of(sequence)
        .measured(part, WRAPPED_PART)
}

/// Measure: the voxel farthest from the background against the 99.9th percentile.
fn outliers(sequence: Sequence, scan: &Coarse) -> Verdict {
    let usual = f64::from(scan.quantile(0.999))
        .abs()
        .max(f64::from(scan.quantile(0.001)).abs());
    let background = scan.background.value;
    let extreme = (scan.highest - background)
        .abs()
        .max((scan.lowest - background).abs());
    let times = if usual > 0.0 {
        f64::from(extreme) / usual
    } else {
        0.0
    };
    let found = times > OUTLIER;
    let words = format!(
        "{sequence} has extreme outliers: its brightest voxel is {times:.0} times as bright as nearly all others."
    );
    let (level, words) = if found {
        (Level::Note, words)
    } else {
        (Level::Fine, String::new())
    };
    Verdict::new(Check::Outliers, level, words)
        .of(sequence)
        .measured(times, OUTLIER)
}

/// Measure: the background's distance from 0 as a part of the range.
fn background(sequence: Sequence, scan: &Coarse) -> Verdict {
    const MOST: f64 = 0.02;
    let range = f64::from(scan.quantile(0.99) - scan.quantile(0.01)).abs();
    let value = f64::from(scan.background.value);
    let part = if range > 0.0 {
        value.abs() / range
    } else {
        0.0
    };
    let found = part > MOST;
    let words = format!("The background of {sequence} is {value:.3} and not 0; it was taken off.");
    let (level, words) = if found {
        (Level::Note, words)
    } else {
        (Level::Fine, String::new())
    };
    Verdict::new(Check::Background, level, words)
        .of(sequence)
        .measured(part, MOST)
}
