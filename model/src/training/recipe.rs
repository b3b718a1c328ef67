//! What a training run is told: a TOML file.

use imaging::resample::Sampling;
use serde::{Deserialize, Serialize};

use super::joint::{self, JointHeads};
use super::vary::Variation;
use crate::intake::{Intake, Normalisation};
use crate::network::config::{ClippedWindow, Merging, MtsUnetConfig, SwinUnetrConfig, TafeVariant};

/// A training run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recipe {
    /// The bundle's name.
    pub name: String,
    /// Channels of the network's first level.
    pub feature_size: usize,
    /// Edge of a voxel, in mm.
    pub spacing_mm: f64,
    /// How scans are brought onto such voxels.
    pub sampling: Sampling,
    /// How intensities are brought onto one scale.
    pub normalisation: Normalisation,
    /// One part after the other; windows may grow.
    pub phases: Vec<Phase>,
    /// Windows a step.
    pub batch: usize,
    /// Highest learning rate.
    pub learning_rate: f64,
    /// Steps until it is reached.
    pub warm_up: usize,
    /// Of AdamW.
    pub weight_decay: f32,
    /// Largest norm of a parameter's gradient.
    pub clip: f32,
    /// Of the smoothed weights, which are what the bundle holds.
    pub smoothing: f32,
    /// How often cases with expert labels, with the whole tumour alone, and phantoms are drawn, as
    /// parts of one.
    pub draw: Draw,
    /// Synthetic patients to make; each is drawn again and again, varied.
    pub phantoms: usize,
    /// Pieces of tumour smaller than this part of the largest are left out when the bundle is read; 0
    /// keeps all. Nothing in training hangs on it.
    pub smallest_piece: f64,
    /// How windows are varied.
    pub variation: Variation,
    /// How cases that are not learnt from are looked at, where there are any.
    pub validation: Validation,
    /// Whether heads learn with the segmentation, and how.
    pub heads: JointHeads,
    /// Where every random number comes from.
    pub seed: u64,
}

/// Steps with windows of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// How many.
    pub steps: usize,
    /// Edges in voxels, multiples of 32.
    pub window: [usize; 3],
}

/// Looks at cases that are not learnt from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Validation {
    /// Steps from one look to the next; the end is looked at too.
    pub every: usize,
    /// Looks without a better one that end the run; 0 never does.
    pub patience: usize,
}

impl Default for Validation {
    fn default() -> Self {
        Self {
            every: 100,
            patience: 0,
        }
    }
}

/// Parts of the draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Draw {
    /// Cases whose kinds of tumour are labelled.
    pub expert: f64,
    /// Cases whose whole tumour is.
    pub whole_tumour: f64,
    /// Synthetic patients.
    pub phantom: f64,
    /// Of cases that lack a sequence, the part that is drawn with what they lack painted; see
    /// [`paint`](super::paint).
    pub painted: f64,
    /// Part of the draws into which the tumour of a case with expert labels is set.
    pub mixed: f64,
}

impl Default for Draw {
    fn default() -> Self {
        Self {
            expert: 0.45,
            whole_tumour: 0.3,
            phantom: 0.25,
            painted: 0.5,
            mixed: 0.0,
        }
    }
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            name: "demo".into(),
            feature_size: 12,
            spacing_mm: 2.0,
            sampling: Sampling::default(),
            normalisation: Normalisation::default(),
            phases: vec![Phase {
                steps: 2000,
                window: [64; 3],
            }],
            batch: 2,
            learning_rate: 1e-3,
            warm_up: 50,
            weight_decay: 1e-5,
            clip: 1.0,
            smoothing: 0.995,
            draw: Draw::default(),
            phantoms: 200,
            smallest_piece: 0.0,
            variation: Variation::default(),
            validation: Validation::default(),
            heads: JointHeads::default(),
            seed: 1,
        }
    }
}

impl Recipe {
    /// How scans become what the network sees.
    #[must_use]
    pub fn intake(&self) -> Intake {
        Intake {
            spacing_mm: self.spacing_mm,
            sampling: self.sampling,
            normalisation: self.normalisation,
        }
    }

    /// Reads a recipe; what is left out has its usual value, what is not known is refused.
    ///
    /// # Errors
    /// In words, with the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let recipe: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        if recipe.phases.iter().any(|phase| {
            phase.window.iter().any(|edge| edge % 32 != 0 || *edge == 0) || phase.window == [32; 3]
        }) {
            return Err("a window's edges must be multiples of 32, and not all 32".into());
        }
        if recipe.validation.every == 0 {
            return Err(
                "[validation] every must be 1 at least; without cases to validate on \
                        nothing is looked at"
                    .into(),
            );
        }
        if !recipe.heads.joint && recipe.heads != JointHeads::default() {
            return Err("[heads] the rest of it is for joint = true".into());
        }
        for (name, part) in [
            ("painted", recipe.draw.painted),
            ("mixed", recipe.draw.mixed),
        ] {
            if !(0.0..=1.0).contains(&part) {
                return Err(format!(
                    "draw's {name} is a part of one: 0 to 1, and not {part}"
                ));
            }
        }
        Ok(recipe)
    }

    /// The network that it trains: segmentation alone, where heads are trained after it.
    #[must_use]
    pub fn network(&self) -> MtsUnetConfig {
        let network = network(self.feature_size);
        if self.heads.joint {
            joint::with_heads(network, self.heads)
        } else {
            network
        }
    }

    /// Steps of all phases.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.phases.iter().map(|phase| phase.steps).sum()
    }

    /// The window of a step.
    #[must_use]
    pub fn window(&self, mut step: usize) -> [usize; 3] {
        for phase in &self.phases {
            if step < phase.steps {
                return phase.window;
            }
            step -= phase.steps;
        }
        self.phases.last().map_or([64; 3], |phase| phase.window)
    }
}

/// The network of a training, and of the pretraining before it.
pub(super) fn network(feature_size: usize) -> MtsUnetConfig {
    // Windows of the training are smaller than the whole brain's, so a clipped window's places have to
    // mean the same in both.
    let backbone = SwinUnetrConfig::new(feature_size)
        .with_merging(Merging::V2)
        .with_clipped_window(ClippedWindow::Geometric);
    MtsUnetConfig::new(backbone).with_tafe(TafeVariant::Multiscale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_has_its_usual_value() {
        let recipe = Recipe::parse("seed = 7\n[variation]\nmirror = false\n").unwrap();
        assert_eq!((recipe.seed, recipe.feature_size), (7, 12));
        assert!(!recipe.variation.mirror && recipe.variation.turn_degrees > 0.0);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert!(Recipe::parse("sede = 7").unwrap_err().contains("sede"));
        let small = "phases = [{ steps = 1, window = [32, 32, 32] }]";
        assert!(Recipe::parse(small).is_err());
        let mixed = Recipe::parse("draw = { mixed = 40 }").unwrap_err();
        assert!(mixed.contains("mixed"), "{mixed}");
        let alone = Recipe::parse("[heads]\nuncertainty = true").unwrap_err();
        assert!(alone.contains("joint"), "{alone}");
        let never = Recipe::parse("[validation]\nevery = 0").unwrap_err();
        assert!(never.contains("every"), "{never}");
    }

    #[test]
    fn phases_follow_each_other() {
        let text =
            "phases = [{ steps = 2, window = [64, 64, 64] }, { steps = 3, window = [96, 96, 64] }]";
        let recipe = Recipe::parse(text).unwrap();
        assert_eq!(recipe.steps(), 5);
        assert_eq!(
            [
                recipe.window(1)[0],
                recipe.window(2)[0],
                recipe.window(9)[0]
            ],
            [64, 96, 96]
        );
    }
}
