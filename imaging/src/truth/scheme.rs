//! How segmentations number their labels.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::TruthError;
use super::numbers::found;
use crate::LabelMap;

/// How a segmentation numbers its labels. In all of them 0 is background, 1 necrotic or non-enhancing
/// core and 2 oedema or infiltration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Scheme {
    /// 3 non-enhancing core, 4 enhancing: BraTS 2012 to 2016.
    Brats2015,
    /// 4 enhancing, no 3: BraTS 2017 to 2021.
    Brats2021,
    /// 3 enhancing, no 4: BraTS 2023, and this project.
    Brats2023,
    /// 3 enhancing, 4 resection cavity, which is no tumour and becomes background: BraTS 2024 on, after
    /// treatment.
    Brats2024,
    /// What is not 0 is tumour, and nothing is known of its parts.
    WtOnly,
}

impl Scheme {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Brats2015,
        Self::Brats2021,
        Self::Brats2023,
        Self::Brats2024,
        Self::WtOnly,
    ];

    /// The name in manifests.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Brats2015 => "brats2015",
            Self::Brats2021 => "brats2021",
            Self::Brats2023 => "brats2023",
            Self::Brats2024 => "brats2024",
            Self::WtOnly => "wt-only",
        }
    }

    /// Which labels it has, in words.
    #[must_use]
    pub const fn labels(self) -> &'static str {
        match self {
            Self::Brats2015 | Self::Brats2024 => "0 to 4",
            Self::Brats2021 => "0, 1, 2 and 4",
            Self::Brats2023 => "0 to 3",
            Self::WtOnly => "0 and 1",
        }
    }

    /// What its labels mean, as a person who is asked can recognise them.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Brats2015 => {
                "1 necrosis, 2 oedema, 3 non-enhancing, 4 enhancing tumour (BraTS 2012 to 2016)"
            }
            Self::Brats2021 => "1 core, 2 oedema, 4 enhancing tumour (BraTS 2017 to 2021)",
            Self::Brats2023 => "1 core, 2 oedema, 3 enhancing tumour (BraTS 2023)",
            Self::Brats2024 => {
                "1 core, 2 oedema, 3 enhancing tumour, 4 resection cavity (BraTS 2024 on)"
            }
            Self::WtOnly => "the whole tumour, its parts not told apart",
        }
    }

    /// Whether core and enhancing tumour are told apart, so that they can be learnt and scored.
    #[must_use]
    pub const fn tells_parts(self) -> bool {
        !matches!(self, Self::WtOnly)
    }

    /// A label in the project's numbers; `None` if the scheme does not have it.
    #[must_use]
    pub const fn label(self, number: u8) -> Option<u8> {
        match (self, number) {
            (_, 0) => Some(0),
            (Self::WtOnly, _) => Some(1),
            (_, 1 | 2) => Some(number),
            (Self::Brats2015, 3) => Some(1),
            (Self::Brats2023 | Self::Brats2024, 3) | (Self::Brats2021 | Self::Brats2015, 4) => {
                Some(3)
            }
            // A cavity is what the surgeon left behind, not tumour.
            (Self::Brats2024, 4) => Some(0),
            _ => None,
        }
    }

    /// A whole map in the project's numbers.
    ///
    /// # Errors
    /// [`TruthError::ManyValues`] where it is no map of labels at all, [`TruthError::ThreeAndFour`] and
    /// [`TruthError::Foreign`] where it has labels that this scheme does not have.
    pub fn translate(self, mut map: LabelMap) -> Result<LabelMap, TruthError> {
        let found = found(&map)?;
        if found.iter().any(|number| self.label(*number).is_none()) {
            let small = found.iter().all(|number| *number <= 4);
            return Err(if small && found.contains(&3) && found.contains(&4) {
                TruthError::ThreeAndFour { scheme: self }
            } else {
                TruthError::Foreign {
                    found,
                    scheme: self,
                }
            });
        }
        for number in &mut map.data {
            *number = self.label(*number).unwrap_or_default();
        }
        Ok(map)
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl FromStr for Scheme {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        let named = Self::ALL.into_iter().find(|scheme| scheme.key() == name);
        named.ok_or(())
    }
}
