//! The scans onto each other: those that the headers do not put where the reference's head lies are registered, then
//! all are brought onto the reference's grid, in RAS.

use std::borrow::Cow;

use imaging::check::{Check, Level, Verdict};
use imaging::register::{self, Registration};
use imaging::{Affine, Mask, Orientation, Sequence, Volume, parallel, reorient, resample};

use super::check::{Checked, without_background};
use super::stages::Stages;
use crate::ModelError;
use crate::intake::Normalisation;
use crate::report::Moved;

/// A registration finds this part at least of what the checks found a scan to be off.
const AGREES: f64 = 0.5;

/// The sequences on the reference's grid in RAS.
pub(super) struct Aligned<'a> {
    /// Whose grid it is.
    pub(super) reference: Sequence,
    /// In the order of [`Sequence::ALL`], where given; borrowed where the scan was in place already.
    pub(super) volumes: [Option<Cow<'a, Volume>>; 4],
    /// Where each scan's own voxels lie in the reference's patient space, in the same order.
    pub(super) places: [Option<Affine>; 4],
    /// Which scans were moved, and how far.
    pub(super) moved: Vec<Moved>,
    /// What there is to say of the moves.
    pub(super) verdicts: Vec<Verdict>,
    /// Which scans were resampled.
    pub(super) notes: Vec<String>,
}

impl Aligned<'_> {
    /// The scans that are there.
    pub(super) fn given(&self) -> impl Iterator<Item = (Sequence, &Volume)> {
        let with = |sequence: Sequence| {
            let volume = self.volumes[sequence.channel()].as_deref();
            Some((sequence, volume?))
        };
        Sequence::ALL.into_iter().filter_map(with)
    }

    /// Sets a scan to 0 outside `brain`.
    pub(super) fn cut(&mut self, sequence: Sequence, brain: &Mask) {
        let Some(volume) = &mut self.volumes[sequence.channel()] else {
            return;
        };
        for (value, inside) in volume.to_mut().data.iter_mut().zip(&brain.data) {
            *value = if *inside { *value } else { 0.0 };
        }
    }
}

/// Brings the scans of a case onto one grid; with `as_they_are` by their headers alone.
///
/// # Errors
/// [`ModelError::Apart`] where a scan lies far from the reference and could not be registered; if nobody wants the
/// answer any more.
pub(super) fn align<'a>(
    checked: &Checked<'a>,
    normalisation: Normalisation,
    as_they_are: bool,
    stages: &mut Stages<'_>,
) -> Result<Aligned<'a>, ModelError> {
    let case = checked.case;
    let (reference, _) = case.reference()?;
    let ready = parallel::map(Sequence::ALL.to_vec(), |sequence| {
        let volume = Cow::Borrowed(case.volume(sequence)?);
        let background = checked.backgrounds[sequence.channel()];
        let volume = then(volume, |volume| without_background(volume, background));
        let volume = then(volume, |volume| normalisation.believed(volume));
        Some(then(volume, to_ras))
    });
    let mut volumes: [Option<Cow<'a, Volume>>; 4] = [const { None }; 4];
    for (place, volume) in volumes.iter_mut().zip(ready) {
        *place = volume;
    }
    let mut places = Sequence::ALL.map(|sequence| Some(case.volume(sequence)?.grid.affine));
    let (mut moved, mut verdicts, mut notes) = (Vec::new(), Vec::new(), Vec::new());

    let asked: Vec<Sequence> = case
        .given()
        .map(|(sequence, _)| sequence)
        .filter(|sequence| *sequence != reference)
        .collect();
    // Out of its place meanwhile, so that the others can be changed beside it.
    let still = volumes[reference.channel()].take();
    let still = still.ok_or(imaging::ImagingError::NoVolume)?;
    for (at, &sequence) in asked.iter().enumerate() {
        stages.tell(at as f32 / asked.len() as f32)?;
        let slot = &mut volumes[sequence.channel()];
        let Some(volume) = slot else { continue };
        let apart = checked.apart(sequence);
        if !as_they_are && (apart.is_some() || checked.is_off(sequence, reference)) {
            let found = register::rigid(volume, &still, &register::Options::default());
            // A patient's scan among another's is not mended by a little move.
            let agrees = checked
                .off_mm(sequence, reference)
                .is_none_or(|mm| found.confidence.moved_mm > AGREES * mm);
            let is_sure = found.is_sure() && agrees;
            let verdict = verdict(sequence, reference, &found, is_sure);
            if is_sure {
                let back = found.transform.inverse().affine();
                if !found.already_in_place {
                    moved.push(told(sequence, reference, &found));
                    volume.to_mut().grid.affine = back.compose(&volume.grid.affine);
                    let place = &mut places[sequence.channel()];
                    *place = place.map(|own| back.compose(&own));
                }
            } else if let Some(error) = apart {
                return Err(error);
            }
            verdicts.extend(verdict);
        } else if let Some(error) = apart {
            return Err(error);
        }
        if !volume.grid.is_close(&still.grid) {
            notes.push(format!(
                "{sequence} was on a grid of its own and was resampled to the {reference}'s."
            ));
            *slot = Some(Cow::Owned(resample::linear(volume, &still.grid)));
        }
    }
    volumes[reference.channel()] = Some(still);
    Ok(Aligned {
        reference,
        volumes,
        places,
        moved,
        verdicts,
        notes,
    })
}

/// How far a scan was moved.
fn told(sequence: Sequence, onto: Sequence, found: &Registration) -> Moved {
    Moved {
        sequence,
        onto,
        mm: found.confidence.moved_mm,
        degrees: found.transform.angle_deg(),
    }
}

/// What there is to say of a registration; nothing where the scan lay in place.
fn verdict(
    sequence: Sequence,
    onto: Sequence,
    found: &Registration,
    is_sure: bool,
) -> Option<Verdict> {
    let verdict = if !is_sure {
        let words = format!(
            "{sequence} could not be registered to {onto} reliably; it stays where its header puts it."
        );
        Verdict::new(Check::Moved, Level::Doubtful, words)
    } else if found.already_in_place {
        return None;
    } else {
        let words = format!(
            "{sequence} lay {:.0} mm off {onto} and was registered to it.",
            found.confidence.moved_mm
        );
        Verdict::new(Check::Moved, Level::Note, words)
    };
    Some(verdict.of(sequence).against(onto))
}

/// One step more, which may leave a volume as it is.
fn then<'a>(
    volume: Cow<'a, Volume>,
    step: impl for<'b> FnOnce(&'b Volume) -> Cow<'b, Volume>,
) -> Cow<'a, Volume> {
    match volume {
        Cow::Borrowed(volume) => step(volume),
        Cow::Owned(volume) => Cow::Owned(step(&volume).into_owned()),
    }
}

fn to_ras(volume: &Volume) -> Cow<'_, Volume> {
    if Orientation::of(&volume.grid.affine) == Orientation::RAS {
        Cow::Borrowed(volume)
    } else {
        Cow::Owned(reorient(volume, Orientation::RAS))
    }
}
