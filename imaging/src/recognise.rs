//! Which sequence a scan is, guessed from its file name. The person confirms.

use crate::Sequence;

/// Guesses from one name; folders before it are not looked at. `None` where the name says nothing,
/// and for masks and segmentations.
#[must_use]
pub fn from_name(name: &str) -> Option<Sequence> {
    let stem = stem(name);
    let words = words(&stem);
    let has = |word: &str| words.iter().any(|w| w == word);
    if ["seg", "mask", "label", "labels", "pred"]
        .into_iter()
        .any(has)
    {
        return None;
    }
    by_words(&words).or_else(|| by_channel(&stem))
}

/// Guesses for a set of files: for each of [`Sequence::ALL`], the place of its file in `names`. The
/// first name that fits wins.
#[must_use]
pub fn assign(names: &[&str]) -> [Option<usize>; 4] {
    let guesses: Vec<_> = names.iter().map(|name| from_name(name)).collect();
    Sequence::ALL.map(|sequence| guesses.iter().position(|g| *g == Some(sequence)))
}

/// The last part of a path, lower case, without the suffixes of image files.
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

/// Lower-case words. Whatever is neither letter nor digit parts them, and so does a capital after a
/// small letter or a digit (`T2FLAIR`, `patient1T1`), unless the whole has a meaning (`T1CE`).
fn words(stem: &str) -> Vec<String> {
    let mut words = Vec::new();
    for chunk in stem.split(|c: char| !c.is_alphanumeric() && c != '+') {
        // `T1+C` is how some scanners say contrast; the plus itself says nothing more.
        for chunk in chunk.split('+') {
            if chunk.is_empty() {
                continue;
            }
            let whole = chunk.to_lowercase();
            if Word::of(&whole) != Word::Other {
                words.push(whole);
            } else {
                words.extend(at_capitals(chunk));
            }
        }
    }
    words
}

fn at_capitals(chunk: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut previous = 'A';
    for c in chunk.chars() {
        if c.is_uppercase() && !previous.is_uppercase() {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            part.extend(c.to_lowercase());
        }
        previous = c;
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// What a word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Sequence(Sequence),
    /// Contrast agent was given, wherever it stands.
    Contrast,
    /// The same, but only right behind `t1`: too short to mean anything elsewhere.
    ShortContrast,
    /// Contrast agent was not given.
    Plain,
    Other,
}

impl Word {
    fn of(word: &str) -> Self {
        match word {
            "flair" | "fla" | "t2f" | "t2flair" | "t2fla" | "flairt2" | "tirm" | "darkfluid" => {
                Self::Sequence(Sequence::Flair)
            }
            "t1ce" | "t1c" | "t1gd" | "t1gad" | "t1km" | "t1post" | "t1wce" | "t1wc" | "t1wgd"
            | "t1cw" | "ct1" | "ce1" | "t1contrast" | "t1cm" => Self::Sequence(Sequence::T1ce),
            "t1" | "t1n" | "t1w" | "t1pre" | "t1native" | "t1wn" => Self::Sequence(Sequence::T1),
            "t2" | "t2w" => Self::Sequence(Sequence::T2),
            "gd" | "gad" | "gado" | "gadolinium" | "contrast" | "postcontrast" | "post"
            | "enhanced" | "km" => Self::Contrast,
            "c" | "ce" | "cm" | "gdtpa" => Self::ShortContrast,
            "pre" | "precontrast" | "noncontrast" | "nocontrast" | "non" | "no" | "without"
            | "native" | "nativ" | "plain" => Self::Plain,
            _ => Self::Other,
        }
    }
}

fn by_words(words: &[String]) -> Option<Sequence> {
    let meaning: Vec<Word> = words.iter().map(|w| Word::of(w)).collect();
    let says = |word: Word| meaning.contains(&word);
    // FLAIR before T2, since FLAIR is T2-weighted and its names often say both.
    if says(Word::Sequence(Sequence::Flair)) {
        return Some(Sequence::Flair);
    }
    let t1 = meaning
        .iter()
        .position(|w| matches!(w, Word::Sequence(Sequence::T1)));
    let t2 = says(Word::Sequence(Sequence::T2));
    if says(Word::Sequence(Sequence::T1ce)) {
        return Some(Sequence::T1ce);
    }
    let Some(t1) = t1 else {
        return t2.then_some(Sequence::T2);
    };
    // A name with T1 and T2 in it (a folder of both, a mapping) decides nothing.
    if t2 {
        return None;
    }
    // "post" of "post op" is about surgery.
    let contrast = (0..meaning.len()).any(|i| {
        let surgery = words[i] == "post" && words.get(i + 1).is_some_and(|w| w.starts_with("op"));
        meaning[i] == Word::Contrast && !surgery
    });
    let behind = meaning.get(t1 + 1) == Some(&Word::ShortContrast);
    let plain = says(Word::Plain);
    Some(if (contrast || behind) && !plain {
        Sequence::T1ce
    } else {
        Sequence::T1
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use Sequence::{Flair, T1, T1ce, T2};

    #[test]
    fn names_of_public_collections_are_recognised() {
        for (name, expected) in [
            ("BraTS2021_00003_t1ce.nii.gz", T1ce),
            ("BraTS2021_00003_flair.nii.gz", Flair),
            ("BraTS2021_00003_t1.nii.gz", T1),
            ("BraTS2021_00003_t2.nii.gz", T2),
            ("BraTS-GLI-00005-000-t1n.nii.gz", T1),
            ("BraTS-GLI-00005-000-t1c.nii.gz", T1ce),
            ("BraTS-GLI-00005-000-t2w.nii.gz", T2),
            ("BraTS-GLI-00005-000-t2f.nii.gz", Flair),
            ("TCGA-FG-6692_fla", Flair),
            ("fla.nii.gz", Flair),
            ("UCSF-PDGM-0004_T1c_bias.nii.gz", T1ce),
            ("UPENN-GBM-00001_11_T1GD.nii.gz", T1ce),
            ("UPENN-GBM-00001_11_T1.nii", T1),
            ("sub-01_ce-GADOLINIUM_T1w.nii.gz", T1ce),
            ("sub-01_T1w.nii.gz", T1),
            ("sub-01_FLAIR.nii.gz", Flair),
            ("IXI002-Guys-0828-T2.nii.gz", T2),
        ] {
            assert_eq!(from_name(name), Some(expected), "{name}");
        }
    }

    #[test]
    fn names_that_say_two_things_are_read_as_radiologists_do() {
        for (name, expected) in [
            ("t2_flair.nii", Flair),
            ("t2-FLAIR.nii.gz", Flair),
            ("T2FLAIR.nii.gz", Flair),
            ("ax_t2_tirm_dark-fluid.nii", Flair),
            ("t1_post.nii", T1ce),
            ("t1_gd.nii", T1ce),
            ("T1 + C.nii", T1ce),
            ("t1km.nii", T1ce),
            ("Gd_T1_mprage.nii", T1ce),
            ("patient1T1Gd.nii", T1ce),
            ("t1_post_op.nii", T1),
            ("t1_pre_contrast.nii", T1),
            ("t1_without_contrast.nii.gz", T1),
            ("c_t1.nii", T1),
            ("AX T2 FSE.hdr", T2),
            ("T1/session2/t2.nii", T2),
        ] {
            assert_eq!(from_name(name), Some(expected), "{name}");
        }
    }

    #[test]
    fn digits_and_letters_around_a_name_do_not_fool_it() {
        for name in [
            "patient_t1000.nii",
            "at1.nii",
            "t12.nii",
            "scan.nii.gz",
            "BraTS2021_00003_seg.nii.gz",
            "hdbet_mask_t1.nii.gz",
            "t1_t2_ratio.nii",
            "case_0004.nii.gz",
            "0000.nii.gz",
            "",
            "ß.nii",
        ] {
            assert_eq!(from_name(name), None, "{name}");
        }
    }

    #[test]
    fn channel_numbers_count_only_where_words_say_nothing() {
        assert_eq!(from_name("case12_0000.nii.gz"), Some(T1));
        assert_eq!(from_name("case12_0003.nii.gz"), Some(Flair));
        assert_eq!(from_name("t2_0001.nii.gz"), Some(T2));
    }

    #[test]
    fn a_set_is_assigned_in_channel_order_and_the_first_fit_wins() {
        let names = [
            "x_t2.nii",
            "x_seg.nii",
            "x_t1ce.nii",
            "y_t2.nii",
            "x_flair.nii",
        ];
        assert_eq!(assign(&names), [Some(4), None, Some(2), Some(0)]);
    }
}
