//! A smoothed copy of the weights: the exponential mean over the steps, which answers better than
//! the last step's.

use burn::module::Module;

use crate::parameters::{self, Weights};

/// The exponential mean.
#[derive(Clone, Debug)]
pub(super) struct Smooth {
    pub(super) weights: Weights,
    pub(super) decay: f32,
}

impl Smooth {
    /// Starting from this network.
    pub(super) fn new<M: Module>(module: &M, decay: f32) -> Self {
        Self {
            weights: parameters::values(module),
            decay,
        }
    }

    /// One step on; the first `steps` forget faster, so that the start is not remembered.
    pub(super) fn follow<M: Module>(&mut self, module: &M, steps: usize) {
        let decay = self.decay.min((1.0 + steps as f32) / (10.0 + steps as f32));
        for (name, (_, values)) in parameters::values(module) {
            if let Some((_, mean)) = self.weights.get_mut(&name) {
                for (mean, value) in mean.iter_mut().zip(values) {
                    *mean += (1.0 - decay) * (value - *mean);
                }
            }
        }
    }
}
