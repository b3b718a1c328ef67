//! Whether a scan still has its skull, by what it shows for itself and beside the others.
//!
//! A head is larger than a brain, in all and in its widest slice, and leaves the field of view at the neck. 98 patients
//! of TCGA-LGG with the skull on and 57 stripped scans set the bounds: the heads had 1,670 mL and more, but then a neck
//! of 60 cm² and more; of the brains none had more than 1,770 mL, a slice of 200 cm² and a stem of 28 cm².

use super::{Check, Head, Level, Verdict};
use crate::{Mask, Sequence};

/// More than a brain has.
const LARGEST_BRAIN_ML: f64 = 2300.0;

/// A wider slice than any brain's.
const WIDEST_SLICE_CM2: f64 = 225.0;

/// A brainstem with all of the cerebellum beside it has a smaller cross-section than this, a neck a larger one.
const LARGEST_STEM_CM2: f64 = 50.0;

/// Scans of fewer mm from the first slice to the last are slabs: their lowest slice says nothing.
const SLAB_MM: f64 = 110.0;

/// A scan that shows so many times what the others show, and more than nearly every brain has, has its skull among
/// stripped ones.
const MORE_THAN_OTHERS: f64 = 1.4;
const LARGE_BRAIN_ML: f64 = 1800.0;

/// The scan's verdict; `others_ml` is what the others show, in the middle. Unit of the measure: mL, or cm² of a slice.
pub(crate) fn check(sequence: Sequence, head: &Head, others_ml: Option<f64>) -> Verdict {
    let [lowest, widest] = slices_cm2(&head.mask);
    let on = |why: String, measure: f64, threshold: f64| {
        let words = format!("The skull seems to be on in {sequence}: {why}.");
        Verdict::new(Check::Skull, Level::Doubtful, words)
            .of(sequence)
            .measured(measure, threshold)
    };
    let found = head.volume_ml;
    if found > LARGEST_BRAIN_ML {
        return on(
            format!("it shows {found:.0} mL, a brain has {LARGEST_BRAIN_ML:.0} mL at most"),
            found,
            LARGEST_BRAIN_ML,
        );
    }
    if widest > WIDEST_SLICE_CM2 {
        return on(
            format!(
                "its widest slice shows {widest:.0} cm², a brain's has {WIDEST_SLICE_CM2:.0} cm² at most"
            ),
            widest,
            WIDEST_SLICE_CM2,
        );
    }
    if lowest > LARGEST_STEM_CM2 && head.field_mm[2] >= SLAB_MM {
        return on(
            format!(
                "its lowest slice shows {lowest:.0} cm², a brainstem has {LARGEST_STEM_CM2:.0} cm² at most"
            ),
            lowest,
            LARGEST_STEM_CM2,
        );
    }
    if let Some(others) =
        others_ml.filter(|others| found > (MORE_THAN_OTHERS * others).max(LARGE_BRAIN_ML))
    {
        let most = MORE_THAN_OTHERS * others;
        return on(
            format!("it shows {found:.0} mL where the others show {others:.0} mL"),
            found,
            most,
        );
    }
    Verdict::new(Check::Skull, Level::Fine, "")
        .of(sequence)
        .measured(found, LARGEST_BRAIN_ML)
}

/// What the lowest and the widest axial slice show.
fn slices_cm2(mask: &Mask) -> [f64; 2] {
    let [nx, ny, nz] = mask.grid.dims;
    let spacing = mask.grid.spacing_mm();
    let cm2 = |z: usize| {
        let slice = &mask.data[nx * ny * z..][..nx * ny];
        let inside = slice.iter().filter(|inside| **inside).count();
        inside as f64 * spacing[0] * spacing[1] / 100.0
    };
    [cm2(0), (0..nz).map(cm2).fold(0.0, f64::max)]
}
