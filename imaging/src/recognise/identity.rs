//! Whose scan a file is, as far as its name tells: two patients must not become one case.

use super::words::{Word, words};
use super::{Named, read_name, stem, without_target};
use crate::Sequence;

/// What names of one patient's files have in common: the words with digits in them that say nothing of the
/// sequence, such as `00005 000` of `BraTS-GLI-00005-000-t1n`. Empty where a name tells nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity(String);

impl Identity {
    /// Whether the name tells nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What tells, for a person.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.0
    }

    /// Whose a set of files is, where two of different sequences at least say the same and none says otherwise.
    #[must_use]
    pub fn shared<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut said: Option<Self> = None;
        let mut sequences: Vec<Sequence> = Vec::new();
        for name in names {
            let Named::Sequence(sequence) = read_name(name) else {
                continue;
            };
            let own = identity(name);
            if own.is_empty() || said.as_ref().is_some_and(|said| *said != own) {
                return None;
            }
            said = Some(own);
            if !sequences.contains(&sequence) {
                sequences.push(sequence);
            }
        }
        said.filter(|_| sequences.len() > 1)
    }
}

/// Whose a file is; folders before its name are not looked at.
#[must_use]
pub fn identity(name: &str) -> Identity {
    let words = without_target(words(&stem(name)));
    let tells = |word: &&String| {
        word.contains(|c: char| c.is_ascii_digit()) && Word::of(word) == Word::Other
    };
    let telling: Vec<&str> = words.iter().filter(tells).map(String::as_str).collect();
    Identity(telling.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_patient_share_what_their_names_count_by() {
        let of = |names: &[&str]| Identity::shared(names.iter().copied());
        for names in [
            [
                "BraTS-GLI-00005-000-t1n.nii.gz",
                "BraTS-GLI-00005-000-t2f.nii.gz",
            ],
            ["sub-01_T1w.nii.gz", "sub-01_FLAIR.nii.gz"],
            [
                "UCSF-PDGM-0004_T1c_bias.nii.gz",
                "UCSF-PDGM-0004_T2_bias.nii.gz",
            ],
            ["patient1T1.nii", "patient1FLAIR.nii"],
        ] {
            assert!(of(&names).is_some(), "{names:?}");
        }
        assert_ne!(identity("sub-01_T1w.nii.gz"), identity("sub-02_T2w.nii.gz"));
    }

    #[test]
    fn numbers_of_series_and_bare_names_tell_nothing() {
        let of = |names: &[&str]| Identity::shared(names.iter().copied());
        assert_eq!(of(&["3_AX_T1.nii", "5_AX_T2.nii"]), None);
        assert_eq!(of(&["t1.nii.gz", "t2.nii.gz"]), None);
        assert_eq!(of(&["3D_T1.nii", "2D_T2.nii"]), None);
        assert_eq!(of(&["sub-01_T1w.nii.gz"]), None);
        assert!(identity("t1.nii.gz").is_empty());
    }
}
