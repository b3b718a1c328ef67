//! Which scans can be read together, and what there is to say of them: the checks of [`imaging::check`], and what
//! becomes of a case that fails one.

use std::borrow::Cow;

use imaging::check::{self, Check, Coarse, Head, Level, Verdict};
use imaging::{Background, Sequence, Series, Volume, parallel};

use super::{Case, REFERENCES};
use crate::ModelError;

/// Scans that share less of the smaller one's space than this are not of one session, or misplaced.
const LEAST_OVERLAP: f64 = 0.5;

/// The same, of the larger one's: a slab is a part of a head, a head in metres is a speck in it.
const LEAST_PART: f64 = 0.05;

/// So many deviations of noise around the background are background.
const NOISE: f32 = 4.0;

/// A case that may be read.
pub(super) struct Checked<'a> {
    /// Without the scans that show nothing.
    pub(super) case: Case<'a>,
    /// What surrounds the head, in the order of [`Sequence::ALL`].
    pub(super) backgrounds: [Background; 4],
    pub(super) verdicts: Vec<Verdict>,
}

/// Looks at all scans, alone and beside each other.
pub(super) fn check(case: Case<'_>, insist: bool) -> Result<Checked<'_>, ModelError> {
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
    let shown = case.without(|sequence| empty(&sequence));
    let sound = |sequence: Sequence| {
        let of_size =
            |verdict: &&Verdict| verdict.check == Check::Size && verdict.sequence == Some(sequence);
        verdicts
            .iter()
            .filter(of_size)
            .all(|verdict| verdict.level < Level::Doubtful)
    };
    if shown.given().next().is_none() && case.given().next().is_some() {
        return Err(imaging::ImagingError::NoBrain.into());
    }
    apart(&shown, sound)?;
    if let Some(words) = skull(&verdicts) {
        if !insist {
            return Err(ModelError::SkullOn(words));
        }
        let words = format!("Read on although it was said: {words}");
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
        verdicts,
    })
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

/// Refuses scans that lie somewhere else than the reference. Of a scan whose size is `sound` its part of the other is
/// asked as well; a slice among whole scans is said to be a slice.
fn apart(case: &Case<'_>, sound: impl Fn(Sequence) -> bool) -> Result<(), ModelError> {
    let (reference, to) = case.reference()?;
    for (sequence, volume) in case.given() {
        let [of_smaller, of_larger] = volume.grid.overlap_fractions(&to.grid);
        let sizes_are_sound = sound(sequence) && sound(reference);
        if of_smaller < LEAST_OVERLAP || (sizes_are_sound && of_larger < LEAST_PART) {
            return Err(ModelError::Apart {
                sequence,
                reference,
                percent: 100.0
                    * if of_smaller < LEAST_OVERLAP {
                        of_smaller
                    } else {
                        of_larger
                    },
            });
        }
    }
    Ok(())
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
    let above = NOISE * noise;
    let taken_off = |v: &f32| {
        let v = v - value;
        if v.abs() > above { v } else { 0.0 }
    };
    Cow::Owned(Volume {
        grid: volume.grid,
        data: volume.data.iter().map(taken_off).collect(),
    })
}
