//! Numbers out of tensors, and chance out of numbers.

use burn::tensor::Tensor;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use crate::ModelError;

/// A tensor's numbers, in the order of its shape.
pub(super) fn numbers<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, ModelError> {
    let numbers = tensor.into_data().try_to_vec();
    numbers.map_err(|e| ModelError::Device(format!("{e:?}")))
}

/// What is drawn as the `number`-th under `seed`: by these alone, so that a run that goes on draws what it
/// would have drawn.
pub(super) fn chance(seed: u64, number: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number)
}
