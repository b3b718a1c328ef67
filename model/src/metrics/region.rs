//! The nested regions that BraTS scores.

use imaging::{ImagingError, LabelMap, Mask, measure};
use serde::{Deserialize, Serialize};

use super::surface::hd95_mm;

/// A region of a label map 0 to 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    /// Whole tumour: every label but background.
    Wt,
    /// Tumour core: labels 1 and 3.
    Tc,
    /// Enhancing tumour: label 3.
    Et,
}

/// How well one region was found in one case.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegionScore {
    /// 2·|A∩B| / (|A|+|B|); 1 where neither has any, 0 where only one has.
    pub dice: f64,
    /// See [`hd95_mm`]: 0 where neither has any, 373.13 where only one has.
    pub hd95_mm: f64,
    /// Volume in truth, in mL.
    pub truth_ml: f64,
    /// Volume found, in mL.
    pub found_ml: f64,
}

impl Region {
    /// All three, from the largest to the smallest.
    pub const ALL: [Self; 3] = [Self::Wt, Self::Tc, Self::Et];

    /// The name in files: `wt`, `tc`, `et`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Wt => "wt",
            Self::Tc => "tc",
            Self::Et => "et",
        }
    }

    /// Whether a label belongs to it.
    #[must_use]
    pub const fn contains(self, label: u8) -> bool {
        match self {
            Self::Wt => label != 0,
            Self::Tc => matches!(label, 1 | 3),
            Self::Et => label == 3,
        }
    }

    /// Where it is.
    #[must_use]
    pub fn mask(self, labels: &LabelMap) -> Mask {
        Mask {
            grid: labels.grid,
            data: labels.data.iter().map(|l| self.contains(*l)).collect(),
        }
    }

    /// Scores what was found against the truth.
    ///
    /// # Errors
    /// [`ImagingError::GridMismatch`] if the maps lie on different grids.
    pub fn score(self, found: &LabelMap, truth: &LabelMap) -> Result<RegionScore, ImagingError> {
        let dice = measure::dice(found, truth, |label| self.contains(label))?;
        let volume_ml = |map| measure::volume_ml(map, |label| self.contains(label));
        Ok(RegionScore {
            dice: dice.unwrap_or(1.0),
            hd95_mm: hd95_mm(&self.mask(found), &self.mask(truth))?,
            truth_ml: volume_ml(truth),
            found_ml: volume_ml(found),
        })
    }
}
