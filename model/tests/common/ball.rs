//! A made-up case to train on, and how.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Gradients, Tensor};
use half::f16;
use mts_unet::training::recipe::{Phase, Recipe};
use mts_unet::training::trainer::{Pools, Step};
use mts_unet::training::{Example, Processors, TrainError, Trained, Truth, Weights, train};

/// A bright ball in noise, which is the tumour.
pub fn example() -> Example {
    let dims = [36, 34, 66];
    let voxels = dims.iter().product::<usize>();
    let inside = |at: usize| {
        let v = [at / (34 * 66), at / 66 % 34, at % 66];
        let from = [14.0, 18.0, 40.0];
        let square = |a: usize| (v[a] as f64 - from[a]).powi(2);
        (0..3).map(square).sum::<f64>() < 64.0
    };
    let channel = |c: usize| {
        let value = |at: usize| {
            let noise = ((at * 7919 + c * 31) % 2003) as f32 / 1001.0 - 1.0;
            f16::from_f32(noise + if inside(at) { 3.0 } else { 0.0 })
        };
        Some((0..voxels).map(value).collect())
    };
    Example {
        name: "ball".into(),
        dims,
        channels: [channel(0), channel(1), channel(2), channel(3)],
        brain: vec![true; voxels],
        labels: (0..voxels).map(|at| 2 * u8::from(inside(at))).collect(),
        truth: Truth::Kinds,
    }
}

/// So many steps on the smallest windows but one: 32³ is too small.
pub fn recipe(steps: usize) -> Recipe {
    Recipe {
        phases: vec![Phase {
            steps,
            window: [32, 32, 64],
        }],
        // Longer than all of it, so that the rate hangs on the step alone.
        warm_up: 50,
        learning_rate: 5e-3,
        ..Recipe::default()
    }
}

/// A run in a folder that is thrown away, and its steps.
pub fn tried(
    recipe: &Recipe,
    pools: &Pools,
    start: Option<&Weights>,
    on: &Processors,
) -> (Result<Trained, TrainError>, Vec<Step>) {
    let folder = tempfile::tempdir().unwrap();
    let mut told = Vec::new();
    let mut tell = |step: &Step| told.push(*step);
    let (config, folder) = (recipe.network(), folder.path());
    let trained = train(recipe, &config, pools, start, on, folder, &mut tell);
    (trained, told)
}

/// Has every parameter's gradient kept.
pub struct Required;

impl ModuleMapper for Required {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        Param::initialized(param.id, param.val().require_grad())
    }
}

/// The gradient of every parameter, where it has one.
pub fn of_parameters<M: Module>(module: &M, gradients: Gradients) -> Vec<Option<Vec<f32>>> {
    struct Reader(Gradients, Vec<Option<Vec<f32>>>);
    impl ModuleVisitor for Reader {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let gradient = param.val().grad(&self.0);
            self.1
                .push(gradient.map(|gradient| gradient.into_data().try_to_vec().unwrap()));
        }
    }
    let mut reader = Reader(gradients, Vec::new());
    module.visit(&mut reader);
    reader.1
}
