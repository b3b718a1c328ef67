//! Which sequence a scan is, guessed from its file's name or from what a scanner wrote; by its picture, see
//! [`naming`](crate::check::naming). The person confirms.

use serde::{Deserialize, Serialize};

use crate::Sequence;

mod attributes;
mod choose;
mod content;
mod identity;
mod twins;
mod words;

#[cfg(test)]
mod tests;

pub use attributes::read_attributes;
pub use choose::{Candidate, choose};
pub use content::is_label_map;
pub use identity::{Identity, identity};
pub use twins::uneven_twins;
use words::{Word, words};

/// What a file's name says of its scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// It is this sequence.
    Sequence(Sequence),
    /// It is none of the four.
    Aside(Kind),
    /// Nothing.
    Unknown,
}

impl Named {
    /// The sequence, where it is one.
    #[must_use]
    pub fn sequence(self) -> Option<Sequence> {
        match self {
            Self::Sequence(sequence) => Some(sequence),
            Self::Aside(_) | Self::Unknown => None,
        }
    }

    /// The other kind, where it is one.
    #[must_use]
    pub fn aside(self) -> Option<Kind> {
        match self {
            Self::Aside(kind) => Some(kind),
            Self::Sequence(_) | Self::Unknown => None,
        }
    }
}

/// A picture that is none of the four sequences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A mask, a segmentation, an atlas's labels.
    Mask,
    /// DWI, its trace, ADC, FA.
    Diffusion,
    /// T2*, SWI.
    Susceptibility,
    /// DSC, rCBV, ASL.
    Perfusion,
    /// T1 with contrast agent less T1 without.
    Subtraction,
    /// Vessels alone.
    Angiography,
    /// What the examination was planned on.
    Localizer,
    /// Numbers that were computed from scans.
    Map,
    /// Another kind of picture.
    Other,
}

impl Kind {
    /// For a person.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Mask => "a mask or segmentation",
            Self::Diffusion => "a diffusion picture",
            Self::Susceptibility => "a T2* or susceptibility picture",
            Self::Perfusion => "a perfusion picture",
            Self::Subtraction => "a subtraction",
            Self::Angiography => "an angiogram",
            Self::Localizer => "a localizer",
            Self::Map => "a computed map",
            Self::Other => "another kind of picture",
        }
    }
}

/// Guesses from one name; folders before it are not looked at. `None` where the name says nothing, and where it
/// says that this is none of the four.
#[must_use]
pub fn from_name(name: &str) -> Option<Sequence> {
    read_name(name).sequence()
}

/// What one name says; folders before it are not looked at.
#[must_use]
pub fn read_name(name: &str) -> Named {
    let stem = stem(name);
    let words = without_target(words(&stem));
    match by_words(&words) {
        Named::Unknown => by_channel(&stem).map_or(Named::Unknown, Named::Sequence),
        said => said,
    }
}

/// Guesses for a set of files: for each of [`Sequence::ALL`], the place of its file in `names`. The
/// first name that fits wins.
#[must_use]
pub fn assign(names: &[&str]) -> [Option<usize>; 4] {
    let guesses: Vec<_> = names.iter().map(|name| from_name(name)).collect();
    Sequence::ALL.map(|sequence| guesses.iter().position(|g| *g == Some(sequence)))
}

/// The last part of a path, without the suffixes of image files.
fn stem(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let mut stem = name.to_owned();
    for suffix in [".gz", ".nii", ".hdr", ".img"] {
        let at = stem.len().saturating_sub(suffix.len());
        if stem.is_char_boundary(at) && stem[at..].eq_ignore_ascii_case(suffix) {
            stem.truncate(at);
        }
    }
    stem
}

/// Without the scan that this one was laid upon: `flair_to_t1`, `space-T1w_FLAIR`.
fn without_target(mut words: Vec<String>) -> Vec<String> {
    let is_sequence = |w: Option<&String>| {
        w.is_some_and(|w| matches!(Word::of(w), Word::Sequence(_) | Word::ImpliesT1))
    };
    if let Some(at) = (words.iter().position(|w| w == "space"))
        .filter(|at| is_sequence(words.get(at + 1)) && words.len() > at + 2)
    {
        words.drain(at..at + 2);
    }
    let lays_upon = |w: &String| ["to", "onto", "on", "in", "into", "2"].contains(&w.as_str());
    let target =
        (1..words.len()).find(|at| lays_upon(&words[*at]) && is_sequence(words.get(at + 1)));
    if let Some(at) = target {
        words.truncate(at);
    }
    words
}

fn by_words(words: &[String]) -> Named {
    let meaning: Vec<Word> = words.iter().map(|w| Word::of(w)).collect();
    let says = |word: Word| meaning.contains(&word);
    let sequence = |wanted: Sequence| says(Word::Sequence(wanted));
    if let Some(kind) = aside(words, &meaning) {
        return Named::Aside(kind);
    }
    let t2 = sequence(Sequence::T2);
    let is_t1 = is_t1_flair(words, &meaning) && !t2;
    if sequence(Sequence::Flair) && !is_t1 {
        // Before T2, since FLAIR is T2-weighted and its names often say both.
        return Named::Sequence(Sequence::Flair);
    }
    if sequence(Sequence::T1ce) {
        return Named::Sequence(Sequence::T1ce);
    }
    let t1 = |word: Word| meaning.iter().position(|w| *w == word);
    let explicit = t1(Word::Sequence(Sequence::T1));
    let Some(t1) = explicit.or_else(|| t1(Word::ImpliesT1).filter(|_| !t2)) else {
        return match t2 {
            true => Named::Sequence(Sequence::T2),
            false => Named::Unknown,
        };
    };
    // A name with T1 and T2 in it (a folder of both, a pair) decides nothing.
    if t2 {
        return Named::Unknown;
    }
    Named::Sequence(match has_contrast(words, &meaning, t1) {
        true => Sequence::T1ce,
        false => Sequence::T1,
    })
}

/// Which of the other kinds it is.
fn aside(words: &[String], meaning: &[Word]) -> Option<Kind> {
    let strong = meaning.iter().find_map(|word| match word {
        Word::Aside(kind) => Some(*kind),
        _ => None,
    });
    let t2 = meaning.contains(&Word::Sequence(Sequence::T2));
    let star = t2 && meaning.contains(&Word::GradientEcho);
    let sequence = |word: Option<&Word>| matches!(word, Some(Word::Sequence(_)));
    let is_any = meaning
        .iter()
        .any(|word| sequence(Some(word)) || *word == Word::ImpliesT1);
    let weak = meaning.iter().find_map(|word| match word {
        Word::WeakAside(kind) if !is_any => Some(*kind),
        _ => None,
    });
    // `sub-01` is a subject, `t1_sub` and `sub_t1` are subtractions.
    let is_number =
        |w: Option<&String>| w.is_some_and(|w| w.starts_with(|c: char| c.is_ascii_digit()));
    let subtracted = (0..words.len()).any(|at| {
        let behind = if at == 0 {
            sequence(meaning.get(1)) && words.len() == 2
        } else {
            true
        };
        words[at] == "sub" && behind && !is_number(words.get(at + 1))
    });
    strong
        .or(subtracted.then_some(Kind::Subtraction))
        .or(star.then_some(Kind::Susceptibility))
        .or(weak)
}

/// GE's T1 FLAIR is T1-weighted: inversion only sharpens it.
fn is_t1_flair(words: &[String], meaning: &[Word]) -> bool {
    let whole = words.iter().any(|word| word == "t1flair");
    let (t1, flair) = (
        Word::Sequence(Sequence::T1),
        Word::Sequence(Sequence::Flair),
    );
    whole || meaning.windows(2).any(|pair| pair == [t1, flair])
}

/// Whether contrast agent was given, of a name with T1 at `t1`.
fn has_contrast(words: &[String], meaning: &[Word], t1: usize) -> bool {
    let negated = |at: usize| at > 0 && meaning[at - 1] == Word::Without;
    let given = (0..words.len()).any(|at| match meaning[at] {
        Word::Contrast => !negated(at),
        // "post" of "post op" is about surgery.
        Word::Post => !words
            .get(at + 1)
            .is_some_and(|next| Word::is_treatment(next)),
        _ => false,
    });
    let passes = |word: &&Word| matches!(word, Word::Neutral | Word::ImpliesT1);
    let behind = meaning[t1 + 1..].iter().find(|word| !passes(word));
    let is_plain = meaning.contains(&Word::Plain);
    (given || behind == Some(&Word::ShortContrast)) && !is_plain
}

/// nnU-Net's channel number at the end of a name. Its BraTS conversions store T1, T1ce, T2, FLAIR as
/// 0 to 3; the order differs from [`Sequence::ALL`].
fn by_channel(stem: &str) -> Option<Sequence> {
    let (_, number) = stem.rsplit_once('_')?;
    match number {
        "0000" => Some(Sequence::T1),
        "0001" => Some(Sequence::T1ce),
        "0002" => Some(Sequence::T2),
        "0003" => Some(Sequence::Flair),
        _ => None,
    }
}
