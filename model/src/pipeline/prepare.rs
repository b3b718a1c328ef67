//! From scans as they come to scans that a network can read: checked, laid onto each other, without skull.

use std::collections::BTreeMap;

use imaging::check::Verdict;
use imaging::{Mask, Sequence, Volume};

use super::Case;
use super::align::{Aligned, align};
use super::check::check;
use super::stages::Stages;
use super::strip::strip;
use super::{Observer, check::Checked};
use crate::ModelError;
use crate::intake::Normalisation;
use crate::progress::Stage;
use crate::report::Preparation;

/// A case that was prepared, on one grid.
pub(super) struct Ready<'a> {
    /// Without the scans that show nothing.
    pub(super) case: Case<'a>,
    pub(super) aligned: Aligned<'a>,
    pub(super) brain: Mask,
    pub(super) preparation: Preparation,
    pub(super) verdicts: Vec<Verdict>,
}

/// Checks, aligns and strips; what is sound is left as it is.
///
/// # Errors
/// If the scans do not make a case, or nobody wants it any more.
pub(super) fn ready<'a>(
    case: Case<'a>,
    normalisation: Normalisation,
    as_they_are: bool,
    stages: &mut Stages<'_>,
) -> Result<Ready<'a>, ModelError> {
    stages.enter(Stage::Check)?;
    let checked = check(case, as_they_are)?;

    stages.enter(Stage::Align)?;
    let mut aligned = align(&checked, normalisation, as_they_are, stages)?;

    stages.enter(Stage::Strip)?;
    let on: &[Sequence] = match as_they_are {
        true => &[],
        false => &checked.skull_on,
    };
    let found = strip(&mut aligned, on)?;

    stages.enter(Stage::Check)?;
    let preparation = Preparation {
        moved: aligned.moved.clone(),
        stripped: found.stripped,
    };
    let mut verdicts = match preparation.is_nothing() {
        true => checked.verdicts.clone(),
        false => checked.again(&aligned),
    };
    verdicts.append(&mut aligned.verdicts);
    verdicts.extend(found.verdicts);
    let Checked { case, .. } = checked;
    Ok(Ready {
        case,
        aligned,
        brain: found.brain,
        preparation,
        verdicts,
    })
}

/// A case for other tools: four scans on one grid, without skull.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Whose grid it is, turned to RAS.
    pub reference: Sequence,
    /// In the order of [`Sequence::ALL`], 0 outside the brain.
    pub scans: [Option<Volume>; 4],
    /// On the same grid.
    pub brain: Mask,
    /// What was done.
    pub preparation: Preparation,
    /// What was noticed.
    pub checks: Vec<Verdict>,
    /// Wall seconds of each stage.
    pub seconds: BTreeMap<Stage, f64>,
}

/// Prepares a case without reading it; intensities stay as they are.
///
/// # Errors
/// If the scans do not make a case, or the observer has cancelled.
pub fn prepare(case: Case<'_>, observer: &mut dyn Observer) -> Result<Prepared, ModelError> {
    let mut stages = Stages::new(observer);
    let mut ready = ready(case, Normalisation::ZScoreBrain, false, &mut stages)?;
    for sequence in Sequence::ALL {
        ready.aligned.cut(sequence, &ready.brain);
    }
    Ok(Prepared {
        reference: ready.aligned.reference,
        scans: ready
            .aligned
            .volumes
            .map(|volume| volume.map(std::borrow::Cow::into_owned)),
        brain: ready.brain,
        preparation: ready.preparation,
        checks: ready.verdicts,
        seconds: stages.finish(),
    })
}
