//! What a pretraining is told: a TOML file.

use serde::{Deserialize, Serialize};

use crate::network::MtsUnetConfig;
use crate::training::recipe::network;
use crate::training::vary::Variation;

/// A pretraining.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PretrainRecipe {
    /// The bundle's name.
    pub name: String,
    /// Channels of the network's first level; that of the training that follows.
    pub feature_size: usize,
    /// Edge of a voxel, in mm.
    pub spacing_mm: f64,
    /// How many steps.
    pub steps: usize,
    /// Edge of a window in voxels, a multiple of 32. Windows are cubes, so that a turned one is one too.
    pub window: usize,
    /// Windows a step, 2 at least; two views of each are made.
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
    /// What is hidden of a view.
    pub mask: Mask,
    /// What each task counts.
    pub weights: TaskWeights,
    /// Of the contrast between views: how much the nearest of the others count.
    pub temperature: f64,
    /// Numbers by which views are compared.
    pub embedding: usize,
    /// Synthetic patients to draw from beside the manifest's cases.
    pub phantoms: usize,
    /// How windows are varied. Where the tumour is is not known: `on_tumour` counts as 0.
    pub variation: Variation,
    /// Where every random number comes from.
    pub seed: u64,
}

/// What is hidden of a view.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mask {
    /// Edge of a block in voxels, a divisor of the window's.
    pub block: usize,
    /// Part of the blocks with brain in them that is hidden, above 0 and below 1.
    pub part: f64,
}

/// What each task counts; 0 leaves it out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TaskWeights {
    /// Filling in what is hidden.
    pub inpainting: f64,
    /// Telling how a view is turned.
    pub rotation: f64,
    /// Finding the other view of the same window.
    pub contrast: f64,
}

impl Default for Mask {
    fn default() -> Self {
        Self {
            block: 16,
            part: 0.4,
        }
    }
}

impl Default for TaskWeights {
    fn default() -> Self {
        Self {
            inpainting: 1.0,
            rotation: 1.0,
            contrast: 1.0,
        }
    }
}

impl Default for PretrainRecipe {
    fn default() -> Self {
        Self {
            name: "encoder".into(),
            feature_size: 12,
            spacing_mm: 2.0,
            steps: 1000,
            window: 64,
            batch: 2,
            learning_rate: 1e-3,
            warm_up: 50,
            weight_decay: 1e-5,
            clip: 1.0,
            smoothing: 0.99,
            mask: Mask::default(),
            weights: TaskWeights::default(),
            temperature: 0.5,
            embedding: 128,
            phantoms: 0,
            variation: Variation::default(),
            seed: 1,
        }
    }
}

impl PretrainRecipe {
    /// Reads a recipe; what is left out has its usual value, what is not known is refused.
    ///
    /// # Errors
    /// In words, with the line where it is one line's fault.
    pub fn parse(text: &str) -> Result<Self, String> {
        let recipe: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let Self { window, mask, .. } = recipe;
        if window == 0 || window % 32 != 0 {
            return Err(format!("window is {window}; it must be a multiple of 32"));
        }
        if mask.block == 0 || window % mask.block != 0 {
            return Err(format!(
                "mask.block is {}; it must divide the window's edge, {window}",
                mask.block
            ));
        }
        if !(mask.part > 0.0 && mask.part < 1.0) {
            return Err(format!(
                "mask.part is {}; it must lie between 0 and 1",
                mask.part
            ));
        }
        if recipe.batch < 2 {
            return Err(format!(
                "batch is {}; it must be 2 at least, so that a view has another window's to be told from",
                recipe.batch
            ));
        }
        if recipe.temperature <= 0.0 || recipe.embedding == 0 {
            return Err("temperature and embedding must be above 0".into());
        }
        Ok(recipe)
    }

    /// The network whose encoder it trains: that of a training recipe of this feature size.
    #[must_use]
    pub fn network(&self) -> MtsUnetConfig {
        network(self.feature_size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_task_is_refused_by_name() {
        assert!(PretrainRecipe::parse("seed = 7").is_ok_and(|recipe| recipe.seed == 7));
        for (text, word) in [
            ("window = 48", "window"),
            ("[mask]\nblock = 24", "mask.block"),
            ("[mask]\npart = 1.0", "mask.part"),
            ("batch = 1", "batch"),
            ("temperature = 0.0", "temperature"),
            ("windows = 64", "windows"),
        ] {
            let found = PretrainRecipe::parse(text).unwrap_err();
            assert!(found.contains(word), "{text}: {found}");
        }
    }
}
