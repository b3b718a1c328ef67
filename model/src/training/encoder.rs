//! Starting from the encoder of another network, and from that alone.

use burn::tensor::Device;

use super::Weights;
use crate::ModelError;
use crate::network::MtsUnetConfig;
use crate::parameters;

/// What the names of an encoder's parameters begin with.
const ENCODER: &str = "swinViT.";

/// The encoder's parameters out of a network's.
#[must_use]
pub fn encoder(weights: Weights) -> Weights {
    let weights = weights.into_iter();
    weights
        .filter(|(name, _)| name.starts_with(ENCODER))
        .collect()
}

/// Fresh weights of `config`'s network, drawn from `seed`, but for the encoder's, which are `given`'s;
/// whatever else is given is left alone.
///
/// # Errors
/// `given` has no encoder of that shape.
pub fn with_encoder(
    config: &MtsUnetConfig,
    seed: u64,
    given: Weights,
) -> Result<Weights, ModelError> {
    let device = Device::flex();
    device.seed(seed);
    let mut weights = parameters::values(&config.init(&device)?);
    let mut given = encoder(given);
    for (name, fresh) in &mut weights {
        if !name.starts_with(ENCODER) {
            continue;
        }
        match given.remove(name) {
            Some(given) if given.0 == fresh.0 => *fresh = given,
            _ => {
                return Err(ModelError::MissingTensor {
                    name: name.clone(),
                    expected: fresh.0.clone(),
                });
            }
        }
    }
    Ok(weights)
}
