//! Which scans can be read together, and what there is to say of them: the checks of [`imaging::check`], and what
//! becomes of a case that fails one.

use std::borrow::Cow;

use imaging::check::{self, Check, Coarse, Head, Level, Verdict};
use imaging::{Background, Sequence, Series, Volume, parallel};

use super::align::Aligned;
use super::{Case, REFERENCES};
use crate::ModelError;

/// Scans that share less of the smaller one's space than this are not of one session, or misplaced.
const LEAST_OVERLAP: f64 = 0.5;

/// The same, of the larger one's: a slab is a part of a head, a head in metres is a speck in it.
const LEAST_PART: f64 = 0.05;

/// A case that may be read.
pub(super) struct Checked<'a> {
    /// Without the scans that show nothing.
    pub(super) case: Case<'a>,
    /// What surrounds the head, in the order of [`Sequence::ALL`].
    pub(super) backgrounds: [Background; 4],
    /// Which scans have their skull on.
    pub(super) skull_on: Vec<Sequence>,
    /// Scans that share too little of the reference's space by their headers, and how many per cent.
    apart: Vec<(Sequence, f64)>,
    pub(super) verdicts: Vec<Verdict>,
}

/// Looks at all scans, alone and beside each other.
pub(super) fn check(case: Case<'_>, as_they_are: bool) -> Result<Checked<'_>, ModelError> {
    given_twice(&case)?;
    let looked = parallel::map(Sequence::ALL.to_vec(), |sequence| {
        let series = case.series(sequence)?;
        Some(match case.head(sequence) {
            Some(head) => Cow::Borrowed(head),
            None => Cow::Owned(look(series)),
        })
    });
    let head = |sequence: Sequence| looked[sequence.channel()].as_deref();
    let heads: Vec<(Sequence, &Head)> = REFERENCES
        .into_iter()
        .filter_map(|sequence| Some((sequence, head(sequence)?)))
        .collect();
    let mut verdicts = check::case(&heads);
    if let Some(verdict) = verdicts.iter().find(|verdict| verdict.is_hopeless()) {
        return Err(ModelError::Unusable(verdict.words.clone()));
    }
    let empty = |sequence: &Sequence| {
        let of = |verdict: &&Verdict| verdict.sequence == Some(*sequence);
        let mut own = verdicts.iter().filter(of);
        own.any(|verdict| verdict.check == Check::Empty && verdict.matters())
    };
    let mut shown = case.without(|sequence| empty(&sequence));
    let sound = |sequence: Sequence| {
        let of_size =
            |verdict: &&Verdict| verdict.check == Check::Size && verdict.sequence == Some(sequence);
        verdicts
            .iter()
            .filter(of_size)
            .all(|verdict| verdict.level < Level::Doubtful)
    };
    shown.unfit = Sequence::ALL.map(|sequence| !sound(sequence));
    if shown.given().next().is_none() && case.given().next().is_some() {
        return Err(imaging::ImagingError::NoBrain.into());
    }
    let apart = apart(&shown, sound)?;
    let mut skull_on: Vec<Sequence> = verdicts
        .iter()
        .filter(|verdict| verdict.check == Check::Skull && verdict.matters())
        .filter_map(|verdict| verdict.sequence)
        .collect();
    skull_on.sort_unstable_by_key(|sequence| sequence.channel());
    if as_they_are && let Some(words) = skull(&verdicts) {
        let words = format!("The scans were read as they are: {words}");
        verdicts.push(Verdict::new(Check::Insisted, Level::Doubtful, words));
    }
    let none = Background {
        value: 0.0,
        noise: 0.0,
    };
    let background = |sequence| head(sequence).map_or(none, Head::background);
    Ok(Checked {
        case: shown,
        backgrounds: Sequence::ALL.map(background),
        skull_on,
        apart,
        verdicts,
    })
}

impl Checked<'_> {
    /// Why a scan shares no place with the reference, where it does not.
    pub(super) fn apart(&self, sequence: Sequence) -> Option<ModelError> {
        let (_, percent) = *self.apart.iter().find(|(other, _)| *other == sequence)?;
        let (reference, _) = self.case.reference().ok()?;
        Some(ModelError::Apart {
            sequence,
            reference,
            percent,
        })
    }

    /// Whether a scan has to be registered to the reference: it or the reference comes with its skull on, as the
    /// scanner left it, or the checks found either somewhere else.
    pub(super) fn is_off(&self, sequence: Sequence, reference: Sequence) -> bool {
        let either = |of: &Sequence| *of == sequence || *of == reference;
        let moved = |verdict: &Verdict| {
            matches!(verdict.check, Check::Registration | Check::Overlap)
                && verdict.matters()
                && verdict.sequence.as_ref().is_some_and(either)
        };
        self.skull_on.iter().any(either) || self.verdicts.iter().any(moved)
    }

    /// By how many mm the checks found a scan or the reference off, where both come without skull; of scans that differ
    /// inside they say more than a registration finds.
    pub(super) fn off_mm(&self, sequence: Sequence, reference: Sequence) -> Option<f64> {
        let either = |of: &Sequence| *of == sequence || *of == reference;
        if self.skull_on.iter().any(either) {
            return None;
        }
        // Other verdicts of that check measure a part, not mm.
        let in_mm = |verdict: &&Verdict| {
            verdict.check == Check::Registration
                && verdict.level == Level::Doubtful
                && verdict.threshold.is_some_and(|threshold| threshold > 1.0)
                && verdict.sequence.as_ref().is_some_and(either)
        };
        let found = self.verdicts.iter().filter(in_mm);
        found.filter_map(|verdict| verdict.measure).reduce(f64::max)
    }

    /// What the checks say of the scans once they were moved or their skull was taken off; what they say of the files
    /// stays. The scans lie on one grid.
    pub(super) fn again(&self, aligned: &Aligned<'_>) -> Vec<Verdict> {
        let heads = parallel::map(REFERENCES.to_vec(), |sequence| {
            let volume = aligned.volumes[sequence.channel()].as_deref()?;
            let info = &self.case.series(sequence)?.info;
            Some((sequence, Head::of(Coarse::of_volume(volume, info))))
        });
        let heads: Vec<(Sequence, &Head)> = heads
            .iter()
            .flatten()
            .map(|(sequence, head)| (*sequence, head))
            .collect();
        let of_the_file = |verdict: &&Verdict| {
            use Check::{
                Background, Empty, Geometry, LabelMap, NotNumbers, Outliers, Size, Wrapped,
            };
            matches!(
                verdict.check,
                Background | Empty | Geometry | LabelMap | NotNumbers | Outliers | Size | Wrapped
            )
        };
        let before = self.verdicts.iter().filter(of_the_file).cloned();
        let after = check::case(&heads);
        let after = after.into_iter().filter(|verdict| !of_the_file(&verdict));
        before.chain(after).collect()
    }
}

/// What a scan shows by itself; a caller may have asked already.
#[must_use]
pub fn look(series: &Series) -> Head {
    Head::of(Coarse::of(series))
}

/// Refuses a scan that stands for two sequences.
fn given_twice(case: &Case<'_>) -> Result<(), ModelError> {
    let given: Vec<_> = case.given().collect();
    for (i, (a, volume)) in given.iter().enumerate() {
        for (b, other) in &given[..i] {
            // Two empty ones are each said to be empty.
            let some = || volume.data.iter().any(|value| *value != volume.data[0]);
            if volume.grid.dims == other.grid.dims && volume.data == other.data && some() {
                return Err(ModelError::SameScan(*b, *a));
            }
        }
    }
    Ok(())
}

/// Scans that lie somewhere else than the reference, and what part they share with it in per cent. Of a scan whose size
/// is `sound` its part of the other is asked as well; a slice among whole scans is said to be a slice.
fn apart(
    case: &Case<'_>,
    sound: impl Fn(Sequence) -> bool,
) -> Result<Vec<(Sequence, f64)>, ModelError> {
    let (reference, to) = case.reference()?;
    let far = |(sequence, volume): (Sequence, &Volume)| {
        let [of_smaller, of_larger] = volume.grid.overlap_fractions(&to.grid);
        let sizes_are_sound = sound(sequence) && sound(reference);
        let part = if of_smaller < LEAST_OVERLAP {
            of_smaller
        } else if sizes_are_sound && of_larger < LEAST_PART {
            of_larger
        } else {
            return None;
        };
        Some((sequence, 100.0 * part))
    };
    Ok(case.given().filter_map(far).collect())
}

/// Which scans have their skull on, in a sentence; none where none has.
fn skull(verdicts: &[Verdict]) -> Option<String> {
    let on: Vec<&Verdict> = verdicts
        .iter()
        .filter(|verdict| verdict.check == Check::Skull && verdict.matters())
        .collect();
    let first = on.first()?;
    let names: Vec<Sequence> = on.iter().filter_map(|verdict| verdict.sequence).collect();
    Some(match names.len() {
        1 => first.words.clone(),
        _ => {
            let why = first.words.split_once(": ").map_or("", |(_, why)| why);
            let (name, names) = (names[0], super::listed(&names));
            format!("The skull seems to be on in {names}. {name}: {why}")
        }
    })
}

/// A scan without what surrounds the head: its background becomes 0, noise around it too.
pub(super) fn without_background(volume: &Volume, background: Background) -> Cow<'_, Volume> {
    let Background { value, noise } = background;
    if value == 0.0 && noise == 0.0 {
        return Cow::Borrowed(volume);
    }
    let above = background.reach();
    let taken_off = |v: &f32| {
        let v = v - value;
        if v.abs() > above { v } else { 0.0 }
    };
    Cow::Owned(Volume {
        grid: volume.grid,
        data: volume.data.iter().map(taken_off).collect(),
    })
}
