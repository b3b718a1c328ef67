//! Which sequence a DICOM series is, by what the scanner wrote: first in words, then in times.

use super::{Kind, Named, read_name};
use crate::Sequence;
use crate::dicom::Attributes;

/// An inversion so late (ms) leaves fluid dark in a T2-weighted picture.
const FLUID_INVERSION_MS: f64 = 1500.0;

/// Echoes later than this (ms) are T2-weighted, where the repetition is as long as [`LONG_REPETITION_MS`].
const LATE_ECHO_MS: f64 = 60.0;
const LONG_REPETITION_MS: f64 = 1900.0;

/// Echoes earlier than this (ms) are T1-weighted, where the repetition is short or the echo is a gradient's.
const EARLY_ECHO_MS: f64 = 35.0;
const SHORT_REPETITION_MS: f64 = 1300.0;

/// What the scanner says of a series.
#[must_use]
pub fn read_attributes(attributes: &Attributes) -> Named {
    if let Some(kind) = aside(attributes) {
        return Named::Aside(kind);
    }
    let words = [&attributes.description, &attributes.protocol];
    let said = words.map(|words| read_name(&as_name(words)));
    let said = said.into_iter().find(|said| *said != Named::Unknown);
    let found = match said {
        Some(Named::Aside(kind)) => return Named::Aside(kind),
        Some(Named::Sequence(sequence)) => Some(sequence),
        _ => None,
    };
    let by_times = by_times(attributes);
    let sequence = match (found, by_times) {
        // "T2 dark fluid" and the like.
        (Some(Sequence::T2), Some(Sequence::Flair)) => Some(Sequence::Flair),
        (None, by_times) => by_times,
        (found, _) => found,
    };
    match sequence {
        Some(Sequence::T1) if has_agent(attributes) && !says_without(attributes) => {
            Named::Sequence(Sequence::T1ce)
        }
        Some(sequence) => Named::Sequence(sequence),
        None => Named::Unknown,
    }
}

/// What a radiographer types, as words that a file's name could hold.
fn as_name(words: &str) -> String {
    let lower = words.to_lowercase();
    let spelt = lower
        .replace("w/o", " without ")
        .replace("w/", " with ")
        .replace("s/c", " without contrast ");
    spelt.replace(['/', '\\'], " ")
}

/// Pictures that are none of the four whatever their times say.
fn aside(attributes: &Attributes) -> Option<Kind> {
    let types: Vec<String> = attributes
        .image_type
        .iter()
        .map(|word| word.to_uppercase())
        .collect();
    let has = |words: &[&str]| types.iter().any(|t| words.contains(&t.as_str()));
    if attributes.b_value.is_some_and(|b| b > 0.0)
        || has(&["ADC", "DIFFUSION", "TRACEW", "FA", "TENSOR"])
    {
        Some(Kind::Diffusion)
    } else if has(&[
        "PERFUSION",
        "PERFUSION_ASL",
        "ASL",
        "RELCBV",
        "CBV",
        "CBF",
        "MTT",
        "TTP",
    ]) {
        Some(Kind::Perfusion)
    } else if has(&["SWI", "MNIP", "PHASE", "P"]) {
        Some(Kind::Susceptibility)
    } else if has(&["SUB", "SUBTRACTION", "SUBTRACT"]) {
        Some(Kind::Subtraction)
    } else if has(&["LOCALIZER", "LOCALISER"]) {
        Some(Kind::Localizer)
    } else if has(&["MIP", "PROJECTION IMAGE"]) {
        Some(Kind::Angiography)
    } else {
        None
    }
}

/// By repetition, echo and inversion; nothing where they are missing or between.
fn by_times(attributes: &Attributes) -> Option<Sequence> {
    let echo = attributes.echo_ms?;
    let repetition = attributes.repetition_ms?;
    let inversion = attributes.inversion_ms.unwrap_or(0.0);
    let by_gradient = attributes.scanning_sequence.iter().any(|word| word == "GR");
    if echo >= LATE_ECHO_MS && repetition >= LONG_REPETITION_MS {
        let is_fluid_dark = inversion >= FLUID_INVERSION_MS;
        return Some(if is_fluid_dark {
            Sequence::Flair
        } else {
            Sequence::T2
        });
    }
    // MPRAGE counts its repetition from one inversion to the next.
    let is_short = repetition <= SHORT_REPETITION_MS || (by_gradient && inversion > 0.0);
    (echo <= EARLY_ECHO_MS && is_short && !(by_gradient && echo > 12.0)).then_some(Sequence::T1)
}

/// Whether the scanner wrote that contrast agent was given.
fn has_agent(attributes: &Attributes) -> bool {
    let agent = attributes.contrast_agent.trim().to_lowercase();
    !matches!(
        agent.as_str(),
        "" | "no" | "none" | "n" | "0" | "without" | "ohne" | "non" | "nein"
    )
}

/// Whether its words deny it: an agent's field is often filled for all series of a visit.
fn says_without(attributes: &Attributes) -> bool {
    let words = as_name(&format!(
        "{} {}",
        attributes.description, attributes.protocol
    ));
    let mut words = words.split(|c: char| !c.is_alphanumeric());
    words.any(|word| {
        [
            "pre",
            "without",
            "plain",
            "nativ",
            "native",
            "ohne",
            "vor",
            "sin",
            "sans",
            "avant",
            "noncontrast",
        ]
        .contains(&word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(description: &str, times: [f64; 3], agent: &str) -> Attributes {
        let [repetition, echo, inversion] = times;
        Attributes {
            description: description.into(),
            repetition_ms: Some(repetition),
            echo_ms: Some(echo),
            inversion_ms: (inversion > 0.0).then_some(inversion),
            contrast_agent: agent.into(),
            ..Attributes::default()
        }
    }

    #[test]
    fn words_come_first_and_times_where_they_are_silent() {
        use Sequence::{Flair, T1, T1ce, T2};
        for (description, times, agent, expected) in [
            ("AX T1 POST GD", [600.0, 10.0, 0.0], "", T1ce),
            ("Ax T1 W/O CONTRAST", [600.0, 10.0, 0.0], "Gadavist", T1),
            ("t1_mprage_sag", [2200.0, 2.6, 900.0], "", T1),
            ("t1_mprage_sag", [2200.0, 2.6, 900.0], "Magnevist", T1ce),
            ("t1_mprage_sag", [2200.0, 2.6, 900.0], "NONE", T1),
            ("t2_tse_tra", [4500.0, 98.0, 0.0], "Gadovist", T2),
            ("t2 tirm tra dark-fluid", [9000.0, 120.0, 2500.0], "", Flair),
            ("Series 7", [9000.0, 120.0, 2500.0], "", Flair),
            ("", [4500.0, 98.0, 0.0], "", T2),
            ("", [550.0, 9.0, 0.0], "Dotarem", T1ce),
            ("SAG T1 FLAIR", [2200.0, 25.0, 860.0], "", T1),
        ] {
            let found = read_attributes(&series(description, times, agent));
            assert_eq!(
                found,
                Named::Sequence(expected),
                "{description:?} {agent:?}"
            );
        }
    }

    #[test]
    fn diffusion_maps_and_what_lies_between_are_none_of_the_four() {
        let mut dwi = series("ep2d", [6000.0, 90.0, 0.0], "");
        dwi.b_value = Some(1000.0);
        assert_eq!(read_attributes(&dwi), Named::Aside(Kind::Diffusion));
        let mut swi = series("x", [27.0, 20.0, 0.0], "");
        swi.image_type = ["ORIGINAL", "PRIMARY", "M", "SWI"]
            .map(String::from)
            .to_vec();
        assert_eq!(read_attributes(&swi), Named::Aside(Kind::Susceptibility));
        // Proton density.
        assert_eq!(
            read_attributes(&series("", [2500.0, 20.0, 0.0], "")),
            Named::Unknown
        );
        assert_eq!(read_attributes(&Attributes::default()), Named::Unknown);
    }
}
