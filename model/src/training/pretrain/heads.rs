//! The encoder with the heads of its tasks, which are thrown away afterwards.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::gelu;
use burn::tensor::{Device, Tensor};

use super::recipe::PretrainRecipe;
use crate::ModelError;
use crate::network::{SwinTransformer, Upsample};

/// The encoder and three heads.
#[derive(Module, Debug)]
pub struct Pretrainer {
    swin: SwinTransformer,
    /// From h4 upwards, each level onto the hidden state of the next, the last onto the four sequences.
    inpainting: Vec<Upsample>,
    rotation: Linear,
    contrast: Linear,
}

/// What it says of one view.
#[derive(Clone, Debug)]
pub struct Answers {
    /// `[1, 4, x, y, z]`.
    pub inpainting: Tensor<5>,
    /// Logits of 0 to 3 quarter turns, `[1, 4]`.
    pub rotation: Tensor<2>,
    /// `[1, embedding]`.
    pub embedding: Tensor<2>,
}

impl Pretrainer {
    /// Fresh, drawn from the device's random numbers.
    ///
    /// # Errors
    /// If the numbers do not make a network.
    pub fn new(recipe: &PretrainRecipe, device: &Device) -> Result<Self, ModelError> {
        let config = recipe.network();
        config.check().map_err(ModelError::Config)?;
        let config = config.backbone;
        let f = config.feature_size;
        let widths = [16 * f, 8 * f, 4 * f, 2 * f, f, config.in_channels];
        let tokens = (recipe.window / 32).pow(3);
        Ok(Self {
            swin: SwinTransformer::new(&config, device),
            inpainting: widths
                .windows(2)
                .map(|w| Upsample::new(w[0], w[1], device))
                .collect(),
            rotation: LinearConfig::new(16 * f * tokens, 4).init(device),
            contrast: LinearConfig::new(16 * f, recipe.embedding)
                .with_bias(false)
                .init(device),
        })
    }

    /// `x` `[1, 4, x, y, z]`, axes the recipe's window. Hidden blocks are filled in from all levels, so
    /// that every stage is taught by them directly; how it is turned is told from h4 in its places, which
    /// window it is of from h4's mean.
    pub fn forward(&self, x: Tensor<5>) -> Answers {
        let mut hidden = self.swin.start(x).finish();
        let mut y = hidden.remove(4);
        let tokens: Tensor<3> = y.clone().flatten(2, 4);
        let places: Tensor<2> = tokens.clone().flatten(1, 2);
        // So that a step moves a logit no further for there being many numbers: with a handful of views
        // the head would run after the last step's turns.
        let fewer = 1.0 / (places.dims()[1] as f64).sqrt();
        let mean: Tensor<2> = tokens.mean_dim(2).flatten(1, 2);
        for up in &self.inpainting {
            y = match hidden.pop() {
                Some(skip) => gelu(up.forward(y) + skip),
                None => up.forward(y),
            };
        }
        Answers {
            inpainting: y,
            rotation: self.rotation.forward(places.mul_scalar(fewer)),
            embedding: self.contrast.forward(mean),
        }
    }
}
