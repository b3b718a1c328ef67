//! The brain, and the skull taken off where it is on.

use imaging::check::{Check, Level, Verdict};
use imaging::{Mask, Sequence, Volume, brain};

use super::align::Aligned;
use super::listed;
use crate::ModelError;
use crate::report::Stripped;

/// The brain on the grid of the aligned scans.
pub(super) struct Found {
    pub(super) brain: Mask,
    /// What was taken off, where something was.
    pub(super) stripped: Option<Stripped>,
    pub(super) verdicts: Vec<Verdict>,
}

/// Finds the brain, and sets the scans whose skull is `on` to 0 outside it. Where others come without skull, the brain
/// is what they show; otherwise it is found by program.
///
/// # Errors
/// Those of [`brain::strip`] and [`brain::mask()`].
pub(super) fn strip(aligned: &mut Aligned<'_>, on: &[Sequence]) -> Result<Found, ModelError> {
    let of = |with_skull: bool| -> Vec<&Volume> {
        let given = aligned.given();
        given
            .filter(|(sequence, _)| on.contains(sequence) == with_skull)
            .map(|(_, volume)| volume)
            .collect()
    };
    let bare = of(false);
    if on.is_empty() {
        return Ok(Found {
            brain: brain::mask(&bare)?,
            stripped: None,
            verdicts: Vec::new(),
        });
    }
    let by_program = bare.is_empty();
    let brain = match by_program {
        true => brain::strip(&of(true))?,
        false => brain::mask(&bare)?,
    };
    let mut words = match by_program {
        true => format!("The skull was taken off {} by program", listed(on)),
        false => format!(
            "The skull was taken off {} where the other scans show no brain",
            listed(on)
        ),
    };
    let fault = match by_program {
        true => brain::StripQuality::of(&brain).fault(),
        false => None,
    };
    let level = match &fault {
        Some(fault) => {
            words = format!("{words}, and not reliably: {fault}");
            Level::Doubtful
        }
        None => Level::Note,
    };
    for &sequence in on {
        aligned.cut(sequence, &brain);
    }
    Ok(Found {
        stripped: Some(Stripped {
            sequences: on.to_vec(),
            by_program,
            brain_ml: brain.volume_ml(),
        }),
        brain,
        verdicts: vec![Verdict::new(Check::Stripped, level, format!("{words}."))],
    })
}
