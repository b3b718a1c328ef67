//! The words of a file's name, and what each says.

use super::Kind;
use crate::Sequence::{self, Flair, T1, T1ce, T2};

/// What a word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Sequence(Sequence),
    /// A way to acquire a T1, which says so where nothing else does.
    ImpliesT1,
    /// Contrast agent was given, wherever it stands.
    Contrast,
    /// The same, but only behind `t1`: too short to mean anything elsewhere.
    ShortContrast,
    /// Before or after something: contrast agent, unless surgery or therapy comes next.
    Post,
    /// Takes away the contrast agent that is named next.
    Without,
    /// Contrast agent was not given.
    Plain,
    /// None of the four, whatever else the name says.
    Aside(Kind),
    /// None of the four, where the name says no sequence.
    WeakAside(Kind),
    /// A gradient echo, which makes a T2 a T2*.
    GradientEcho,
    /// A plane, a way to acquire: says nothing, and parts nothing.
    Neutral,
    Other,
}

/// Each line: what the words behind it say. Lower case, without accents.
const TABLE: [(Word, &str); 27] = [
    (
        Word::Sequence(Flair),
        "flair fla t2f t2flair t2fla flairt2 flairw tirm darkfluid",
    ),
    (
        Word::Sequence(T1ce),
        "t1ce t1c t1gd t1gad t1gado t1km t1post t1postgd t1postgad t1wce t1wc t1wgd t1cw ct1 ce1 \
         t1contrast t1cm t1ca t1cplus cet1 cet1w",
    ),
    (
        Word::Sequence(T1),
        "t1 t1n t1w t1wi t1pre t1native t1nativ t1wn t1flair t1weighted",
    ),
    (Word::Sequence(T2), "t2 t2w t2wi t2weighted"),
    (
        Word::ImpliesT1,
        "mprage mpr mp2rage memprage spgr fspgr irspgr irfspgr bravo vibe tfl3d",
    ),
    (
        Word::Contrast,
        "gd gad gado gadolinium gadolinio gadovist dotarem contrast contraste contrasto kontrast postcontrast \
         postcontraste postgad postgd postgado enhanced km mdc kontrastmittel injection injecte",
    ),
    (Word::ShortContrast, "c ce cm gdtpa inj iv ivcm"),
    (Word::Post, "post apres nach dopo despues after"),
    (
        Word::Without,
        "pre no non not without wo ohne vor sans avant sin senza sem zonder voor before antes prima",
    ),
    (
        Word::Plain,
        "precontrast prekm pregad pregd noncontrast nocontrast unenhanced nonenhanced native nativ nativo plain \
         blanco",
    ),
    (
        Word::Aside(Kind::Mask),
        "mask masks seg segs segm label labels labelmap lbl pred preds prediction roi rois aparc parc parcellation \
         contour contours groundtruth annotation",
    ),
    (
        Word::WeakAside(Kind::Mask),
        "tumor tumour lesion wt tc et gt truth prob",
    ),
    (
        Word::Aside(Kind::Diffusion),
        "dwi dti adc eadc diff diffusion trace tracew ivim dki tensor colfa",
    ),
    (Word::WeakAside(Kind::Diffusion), "fa md ad rd ep2d resolve"),
    (
        Word::Aside(Kind::Susceptibility),
        "t2star t2starw t2s star swi swan swip minip qsm venobold hemo",
    ),
    (Word::WeakAside(Kind::Susceptibility), "mag pha phase"),
    (
        Word::Aside(Kind::Perfusion),
        "dsc dce pwi perf perfusion perfusie asl pasl pcasl cbf cbv rcbf rcbv mtt ttp tmax ktrans",
    ),
    (
        Word::Aside(Kind::Subtraction),
        "subtraction subtracted subtract subtr subtraktion subtrahiert soustraction sustraccion",
    ),
    (
        Word::Aside(Kind::Angiography),
        "tof mra mrv angio angiography angiographie mip",
    ),
    (
        Word::Aside(Kind::Localizer),
        "localizer localiser localizador localisateur scout survey topogram aahscout lokalizer",
    ),
    (Word::WeakAside(Kind::Localizer), "loc surv"),
    (
        Word::Aside(Kind::Map),
        "map maps mapping t1map t2map ratio t1rho mtr mtsat jacobian warp deformation",
    ),
    (Word::WeakAside(Kind::Map), "atlas template uni inv1 inv2"),
    (
        Word::Aside(Kind::Other),
        "cest apt aptw mrs csi svs spectroscopy fmri bold fieldmap",
    ),
    (
        Word::WeakAside(Kind::Other),
        "ct pet fdg fet suv pd pdw stir dir psir ciss fiesta rest epi",
    ),
    (Word::GradientEcho, "gre fl2d ffe medic star"),
    (
        Word::Neutral,
        "ax axial tra trans transversal sag sagittal cor coronal obl oblique 2d 3d 4d se tse fse ffs fs fatsat fl3d \
         space cube vista ir tfe hr iso isotropic p2 p3 1mm 3mm 5mm weighted w",
    ),
];

impl Word {
    /// What a lower-case word without accents says.
    pub(super) fn of(word: &str) -> Self {
        let listed = TABLE
            .iter()
            .find(|(_, words)| words.split(' ').any(|w| w == word));
        if let Some((means, _)) = listed {
            return *means;
        }
        // `tumorseg`, `brainmask`, `segmentation`; not `masked`, which is a scan.
        if word.ends_with("mask") || word.ends_with("seg") || word.starts_with("segment") {
            return Self::Aside(Kind::Mask);
        }
        match word
            .strip_prefix('b')
            .and_then(|rest| rest.parse::<u32>().ok())
        {
            // A strength of diffusion weighting, in s/mm².
            Some(b) if b % 50 == 0 && b <= 5000 => Self::WeakAside(Kind::Diffusion),
            _ => Self::Other,
        }
    }

    /// Behind `pre` or `post`: then they tell of surgery or therapy, not of contrast agent.
    pub(super) fn is_treatment(word: &str) -> bool {
        let treatments = "surg treat therap radi chem resect biops oper bestrahl rt rx tx op ops";
        let short = |t: &&str| t.len() <= 3;
        let mut all = treatments.split(' ');
        all.clone().filter(short).any(|t| t == word)
            || all.any(|t| t.len() > 3 && word.starts_with(t))
    }
}

/// Lower-case words. Whatever is neither letter nor digit parts them, and so does a capital after a small
/// letter or a digit (`T2FLAIR`, `patient1T1`), unless the whole has a meaning (`T1CE`). Signs that say
/// something become words: `+C` and `C+` contrast, `C-` and ` -C` plain, `T2*` star.
pub(super) fn words(stem: &str) -> Vec<String> {
    let mut words = Vec::new();
    for chunk in signs(&without_accents(stem)).split(|c: char| !c.is_alphanumeric()) {
        let whole = chunk.to_lowercase();
        if Word::of(&whole) != Word::Other {
            words.push(whole);
        } else {
            words.extend(at_capitals(chunk));
        }
    }
    // `w/o`, whose slash no file name keeps.
    for at in (1..words.len()).rev() {
        if words[at] == "o" && words[at - 1] == "w" {
            words.remove(at);
            words[at - 1] = "wo".to_owned();
        }
    }
    words
}

/// `après` as `apres`, whether the accent is part of its letter or follows it, as on macOS.
fn without_accents(name: &str) -> String {
    let plain = |c: char| match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' => 'a',
        'À' | 'Á' | 'Â' | 'Ã' | 'Ä' => 'A',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'È' | 'É' | 'Ê' | 'Ë' => 'E',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => 'o',
        'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' => 'O',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        other => other,
    };
    let marks = '\u{300}'..='\u{36f}';
    name.chars()
        .filter(|c| !marks.contains(c))
        .map(plain)
        .collect()
}

/// The signs that say something, as words.
fn signs(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let at = |i: Option<usize>| i.and_then(|i| letters.get(i)).copied();
    let parts = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '+' && c != '-');
    let mut text = String::new();
    for (i, &c) in letters.iter().enumerate() {
        let (before, after) = (at(i.checked_sub(1)), at(Some(i + 1)));
        let is_c = |c: Option<char>| matches!(c, Some('c' | 'C'));
        let alone = |c: Option<char>| c.is_none_or(|c| !c.is_alphabetic());
        let c_before = is_c(before) && alone(at(i.checked_sub(2)));
        let c_after = is_c(after) && alone(at(Some(i + 2)));
        match c {
            '*' => text.push_str("star "),
            '+' if c_before || c_after => text.push_str(" contrast "),
            '-' if c_before && parts(after) => {
                text.pop();
                text.push_str(" plain ");
            }
            '-' if c_after && parts(before) && parts(at(Some(i + 2))) => text.push_str(" plain "),
            other => text.push(other),
        }
    }
    text
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
