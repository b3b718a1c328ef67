//! AdamW over the parameters of a module, its state beside them on their device.
//!
//! The rule is Burn's. Burn's optimizer of whole modules is not used: it reads a written state onto the default
//! device, which is a GPU even where a training is not on it, and fails where there is none.

use std::path::Path;

use burn::grad_clipping::{GradientClipping, GradientClippingConfig};
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::{
    AdamW, AdamWConfig, AdamWState, AdaptiveMomentumState, GradientsParams, Optimizer as _,
};
use burn::tensor::{Device, Tensor, TensorData};

use super::{TrainError, Weights, checkpoint, exchange};
use crate::parameters;

/// What names of the two moments begin with in a file.
const MOMENTS: [&str; 2] = ["first.", "second."];

/// AdamW with each parameter's gradient clipped to a norm.
pub(super) struct Optimizer {
    rule: AdamW,
    clipping: GradientClipping,
    /// The first and the second moment of each parameter's gradients.
    moments: [GradientsParams; 2],
}

impl Optimizer {
    pub(super) fn new(weight_decay: f32, clip: f32) -> Self {
        let config = AdamWConfig::new().with_weight_decay(weight_decay);
        Self {
            rule: config.with_epsilon(1e-8).build(),
            clipping: GradientClippingConfig::Norm(clip).init(),
            moments: Default::default(),
        }
    }

    /// `module` after one more step than `done`.
    pub(super) fn step<M: Module>(
        &mut self,
        module: M,
        gradients: GradientsParams,
        learning_rate: f64,
        done: usize,
    ) -> M {
        module.map(&mut Stepper {
            optimizer: self,
            gradients,
            learning_rate,
            done,
        })
    }

    /// Writes the state beside `module`.
    pub(super) fn save<M: Module>(&self, module: &M, path: &Path) -> Result<(), TrainError> {
        let mut all = Weights::new();
        for (which, moment) in MOMENTS.iter().zip(&self.moments) {
            let mut reader = Reader(moment, Vec::new());
            module.visit(&mut reader);
            for ((name, _), data) in parameters::list(module).into_iter().zip(reader.1) {
                let Some(data) = data else { continue };
                let shape = data.shape().to_vec();
                let failed = |e| checkpoint::failed("written", path, &format!("{e:?}"));
                let values = data.try_to_vec::<f32>().map_err(failed)?;
                all.insert(format!("{which}{name}"), (shape, values));
            }
        }
        checkpoint::write_weights(path, &all)
    }

    /// The state that was written beside `module`, on `device`.
    pub(super) fn load<M: Module>(
        self,
        module: &M,
        path: &Path,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let mut all = checkpoint::read_weights(path)?;
        let moments = MOMENTS.map(|which| {
            let found = parameters::list(module).into_iter().map(|(name, _)| {
                let (shape, values) = all.remove(&format!("{which}{name}"))?;
                Some(TensorData::new(values, shape))
            });
            exchange::gradients_on(device, module, found.collect())
        });
        Ok(Self { moments, ..self })
    }
}

struct Stepper<'a> {
    optimizer: &'a mut Optimizer,
    gradients: GradientsParams,
    learning_rate: f64,
    done: usize,
}

impl ModuleMapper for Stepper<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(gradient) = self.gradients.remove::<D>(param.id) else {
            return param;
        };
        let optimizer = &mut *self.optimizer;
        let gradient = optimizer.clipping.clip_gradient(gradient);
        let moments = optimizer.moments.each_mut();
        let state = match moments.map(|moment| moment.remove::<D>(param.id)) {
            [Some(first), Some(second)] => Some(AdamWState::new(AdaptiveMomentumState::new(
                self.done, first, second,
            ))),
            _ => None,
        };
        let value = param.val().inner();
        let (value, state) = optimizer
            .rule
            .step(self.learning_rate, value, gradient, state);
        if let Some(AdamWState { momentum }) = state {
            let found = [momentum.moment_1, momentum.moment_2];
            for (moment, found) in optimizer.moments.iter_mut().zip(found) {
                moment.register(param.id, found);
            }
        }
        Param::initialized(param.id, value.autodiff().require_grad())
    }
}

struct Reader<'a>(&'a GradientsParams, Vec<Option<TensorData>>);

impl ModuleVisitor for Reader<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let moment = self.0.get::<D>(param.id);
        self.1.push(moment.map(Tensor::into_data));
    }
}

#[cfg(test)]
mod tests {
    use burn::nn::{Linear, LinearConfig};

    use super::*;

    const RATE: f64 = 0.03;

    fn gradients(module: &Linear, step: usize) -> GradientsParams {
        let values: Vec<f32> = (0..6).map(|i| ((i * 5 + step) % 7) as f32 - 3.0).collect();
        let input = Tensor::<2>::from_data(TensorData::new(values, [2, 3]), &device());
        let output = module.forward(input);
        let gradients = (output.clone() * output).sum().backward();
        GradientsParams::from_grads(gradients, module)
    }

    fn device() -> Device {
        Device::flex().autodiff()
    }

    fn weight(module: &Linear) -> Vec<f32> {
        module.weight.val().into_data().try_to_vec().unwrap()
    }

    #[test]
    fn it_steps_as_burns_optimizer_does_and_a_written_state_goes_on() {
        let mut burns = AdamWConfig::new()
            .with_weight_decay(0.1)
            .with_epsilon(1e-8)
            .with_grad_clipping(Some(GradientClippingConfig::Norm(0.5)))
            .init();
        let mut expected = LinearConfig::new(3, 2).init(&device());
        let mut found = expected.clone();
        let mut ours = Optimizer::new(0.1, 0.5);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("optimizer.safetensors");
        for step in 0..4 {
            let gradient = gradients(&expected, step);
            expected = burns.step(RATE, expected, gradient);
            let gradient = gradients(&found, step);
            found = ours.step(found, gradient, RATE, step);
            assert_eq!(weight(&found), weight(&expected), "{step}");
            // As if the run had been stopped after every step.
            ours.save(&found, &path).unwrap();
            let fresh = Optimizer::new(0.1, 0.5);
            ours = fresh.load(&found, &path, &Device::flex()).unwrap();
        }
    }
}
