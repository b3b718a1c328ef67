//! Whether what is shown has a person's size and is whole. Asked before everything else: where it has not, the spacing
//! is wrong or the scan is a part, and all that follows is measured with that ruler.

use super::{Check, Head, Level, Verdict};
use crate::Sequence;

/// From the first to the last mm of a brain to the right, to the front and to the head; wide enough for small children
/// and large men, with the skull off. With it on, a head is larger by [`SKULL_MM`].
const LEAST_MM: [f64; 3] = [95.0, 115.0, 90.0];
const MOST_MM: [f64; 3] = [175.0, 220.0, 185.0];

/// How much more a head with its skull and neck shows.
const SKULL_MM: f64 = 110.0;

/// Below this part of the least it is doubtful, above it a note: the smallest heads and rounded spacings come near.
const DOUBT_PART: f64 = 0.8;

/// So far off it is the unit or the spacing, and nothing can be made of it.
pub(crate) const HOPELESS: f64 = 3.0;

/// The scan's verdict. Measure: mm along the axis that is the farthest off.
pub(crate) fn check(sequence: Sequence, head: &Head) -> Verdict {
    let extent = head.extent_mm;
    let verdict = |level, measure, threshold, words: String| {
        Verdict::new(Check::Size, level, words)
            .of(sequence)
            .measured(measure, threshold)
    };
    if extent.contains(&0.0) {
        return verdict(Level::Fine, 0.0, LEAST_MM[2], String::new());
    }
    let small = |axis: usize| extent[axis] < LEAST_MM[axis];
    let large = |axis: usize| extent[axis] > MOST_MM[axis] + SKULL_MM;
    let [wide, long, high] = extent.map(millimetres);
    let size = format!("{wide} wide, {long} long and {high} high");
    if (0..3).all(|axis| extent[axis] * HOPELESS < LEAST_MM[axis]) {
        let words = format!(
            "{sequence} is far too small for a brain: {size}. Its spacing is wrong, perhaps metres or centimetres that are called millimetres."
        );
        return verdict(Level::Doubtful, extent[2], LEAST_MM[2], words);
    }
    if (0..3).all(|axis| extent[axis] > HOPELESS * MOST_MM[axis]) {
        let words = format!(
            "{sequence} is far too large for a head: {size}. Its spacing is wrong, perhaps by a factor of ten."
        );
        return verdict(Level::Doubtful, extent[2], MOST_MM[2], words);
    }
    if let Some(axis) = (0..3).find(|axis| large(*axis)) {
        let words = format!("{sequence} is too large for a head: {size}. Its spacing is wrong.");
        return verdict(
            Level::Doubtful,
            extent[axis],
            MOST_MM[axis] + SKULL_MM,
            words,
        );
    }
    let slices = head.coarse.grid.dims.into_iter().min().unwrap_or(0);
    if slices < 3 {
        let words = format!(
            "{sequence} has {slices} slice{}: no volume can be seen in it.",
            if slices == 1 { "" } else { "s" }
        );
        return verdict(Level::Doubtful, slices as f64, 3.0, words);
    }
    let thin: Vec<usize> = (0..3).filter(|axis| small(*axis)).collect();
    match thin[..] {
        [] => verdict(Level::Fine, extent[2], LEAST_MM[2], String::new()),
        [axis] => {
            let way = ["wide", "long", "high"][axis];
            let mm = millimetres(extent[axis]);
            // What meets both ends of the field of view was cut, what does not was squeezed.
            let cut = head.field_mm[axis] - extent[axis] < 2.0 * head.mask.grid.spacing_mm()[axis];
            let words = if cut {
                format!(
                    "{sequence} shows a slab, {mm} {way}: only a part of the brain is in its field of view, or the spacing of its slices was lost."
                )
            } else {
                format!(
                    "The brain in {sequence} is only {mm} {way}: the spacing of its slices was lost."
                )
            };
            let level = if extent[axis] < DOUBT_PART * LEAST_MM[axis] {
                Level::Doubtful
            } else {
                Level::Note
            };
            verdict(level, extent[axis], LEAST_MM[axis], words)
        }
        _ => {
            let words = format!(
                "{sequence} is too small for a brain: {size}. Its spacing is wrong, or it shows a part of the brain."
            );
            verdict(Level::Doubtful, extent[thin[0]], LEAST_MM[thin[0]], words)
        }
    }
}

fn millimetres(mm: f64) -> String {
    if mm < 10.0 {
        format!("{mm:.1} mm")
    } else {
        format!("{mm:.0} mm")
    }
}
