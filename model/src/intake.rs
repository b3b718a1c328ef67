//! How scans become what a network sees: voxels of which size, how they are reached, and on which scale. The same in
//! training and in reading, so it stands in the bundle.

use std::borrow::Cow;

use imaging::resample::Sampling;
use imaging::{Grid, ImagingError, Limits, Mask, Volume, normalise};
use serde::{Deserialize, Serialize};

/// How intensities are brought onto one scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalisation {
    /// Minus the mean, by the standard deviation, of each sequence's voxels inside the brain; 0 outside.
    #[default]
    ZScoreBrain,
    /// The same, once single voxels that are far off are brought back to the scan's [`Limits`].
    LimitedZScoreBrain,
}

impl Normalisation {
    /// A scan without what this rule does not believe; itself where that is nothing.
    #[must_use]
    pub fn believed(self, volume: &Volume) -> Cow<'_, Volume> {
        match self {
            Self::ZScoreBrain => Cow::Borrowed(volume),
            Self::LimitedZScoreBrain => Limits::of(volume).clip(volume),
        }
    }
}

/// The rules of a recipe or a bundle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Intake {
    /// Edge of a voxel, in mm.
    pub spacing_mm: f64,
    /// How scans are brought onto such voxels.
    pub sampling: Sampling,
    /// How intensities are brought onto one scale.
    pub normalisation: Normalisation,
}

impl Intake {
    /// Voxels of this size by the plainest rules.
    #[must_use]
    pub fn plain(spacing_mm: f64) -> Self {
        Self {
            spacing_mm,
            sampling: Sampling::default(),
            normalisation: Normalisation::default(),
        }
    }

    /// A word for file names: `2mm`, `2mm-average-limited`.
    #[must_use]
    pub fn tag(self) -> String {
        let sampling = match self.sampling {
            Sampling::Centre => "",
            Sampling::Average => "-average",
        };
        let normalisation = match self.normalisation {
            Normalisation::ZScoreBrain => "",
            Normalisation::LimitedZScoreBrain => "-limited",
        };
        format!("{}mm{sampling}{normalisation}", self.spacing_mm)
    }

    /// A scan on `brain`'s grid as the network sees it: z-scores inside, 0 outside.
    ///
    /// # Errors
    /// Those of [`normalise::z_score`].
    pub fn scored(
        self,
        volume: &Volume,
        grid: &Grid,
        brain: &Mask,
    ) -> Result<Volume, ImagingError> {
        let believed = self.normalisation.believed(volume);
        let mut volume = self.sampling.onto(&believed, grid);
        normalise::z_score(&mut volume, brain)?;
        Ok(volume)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_told_apart_by_their_tags() {
        let mut intake = Intake::plain(2.0);
        assert_eq!(intake.tag(), "2mm");
        intake.sampling = Sampling::Average;
        intake.normalisation = Normalisation::LimitedZScoreBrain;
        assert_eq!(intake.tag(), "2mm-average-limited");
    }
}
