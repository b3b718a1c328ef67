//! The encoder's training without labels, after Swin UNETR's: a view of a place in a brain, turned about z
//! and with blocks hidden, is to be filled in, its turn told, and the other view of the same place, as
//! another scanner would show it, found among others. What it leaves is `swinViT`, for a training to start from.

mod heads;
pub mod loss;
pub mod recipe;
pub mod task;

use std::path::Path;
use std::sync::mpsc::Receiver;
use std::time::Instant;

use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt;

pub use heads::{Answers, Pretrainer};
pub use recipe::PretrainRecipe;

use super::encoder::encoder;
use super::numbers::{chance, numbers};
use super::run::{Run, Steps, ahead, numbered};
use super::schedule::learning_rate;
use super::team::Processors;
use super::vary::{Variation, draw_pair};
use super::{Example, TrainError, Weights};
use crate::ModelError;
use crate::parameters;
use task::View;

/// What a step told. Losses stand beside what the best answer that looks at nothing would cost.
#[derive(Clone, Copy, Debug)]
pub struct PretrainStep {
    /// Its number, from 0.
    pub step: usize,
    /// The sum that is learnt from.
    pub loss: f64,
    /// Mean absolute difference of hidden voxels, in standard deviations of the brain.
    pub inpainting: Told,
    /// Cross entropy of the turns.
    pub rotation: Told,
    /// Cross entropy of the pairs of views.
    pub contrast: Told,
    /// Views whose turn was told right, as a part of one.
    pub right_turns: f64,
    /// Learning rate.
    pub learning_rate: f64,
    /// Seconds it took.
    pub seconds: f64,
}

/// A task's loss in a step.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    /// The loss.
    pub loss: f64,
    /// What guessing would cost.
    pub guessed: f64,
}

/// Trains an encoder on `examples`, whose labels are not read, or goes on where an earlier run in
/// `folder` stopped. Gives the smoothed weights of `swinViT` alone. Of several GPUs the first alone works: the
/// losses of a step's views hang together.
///
/// # Errors
/// See [`TrainError`].
pub fn pretrain(
    recipe: &PretrainRecipe,
    examples: &[Example],
    processors: &Processors,
    folder: &Path,
    tell: &mut dyn FnMut(&PretrainStep),
) -> Result<Weights, TrainError> {
    if examples.is_empty() {
        return Err(TrainError::NoCases);
    }
    processors.at_once(&recipe.network(), [recipe.window; 3])?;
    // Drawn on the CPU, so that a seed means the same on every device.
    let cpu = Device::flex();
    cpu.seed(recipe.seed);
    let drawn = parameters::values(&Pretrainer::new(recipe, &cpu)?);
    let module = parameters::filled(Pretrainer::new(recipe, &Processors::home())?, &drawn)?;
    let steps = Steps {
        weight_decay: recipe.weight_decay,
        clip: recipe.clip,
        smoothing: recipe.smoothing,
    };
    let mut run = Run::begin(module, steps, &Processors::home(), folder)?;
    // Where the tumour is is not known.
    let variation = Variation {
        on_tumour: 0.0,
        ..recipe.variation.clone()
    };
    let views = |step| views(recipe, &variation, examples, step);
    ahead(
        (run.step, recipe.steps),
        processors.draws(),
        views,
        |drawn| go(&mut run, recipe, processors, &drawn, tell),
    )?;
    Ok(encoder(run.smooth.weights))
}

/// Two views of each of a step's windows, by the step's number alone.
fn views(
    recipe: &PretrainRecipe,
    variation: &Variation,
    examples: &[Example],
    step: usize,
) -> Vec<View> {
    let windows = (0..recipe.batch).flat_map(|part| {
        let number = (step * recipe.batch + part) as u64;
        let mut rng = chance(recipe.seed, number);
        let example = &examples[rng.random_range(0..examples.len())];
        let windows = draw_pair(example, [recipe.window; 3], variation, rng.random());
        windows.map(|window| task::view(&window, recipe.mask, &mut rng))
    });
    windows.collect()
}

fn go(
    run: &mut Run<Pretrainer>,
    recipe: &PretrainRecipe,
    processors: &Processors,
    drawn: &Receiver<Vec<View>>,
    tell: &mut dyn FnMut(&PretrainStep),
) -> Result<(), TrainError> {
    while let Ok(views) = drawn.recv() {
        let begun = Instant::now();
        let (step, highest) = (run.step, recipe.learning_rate);
        let learning_rate = learning_rate(step, recipe.steps, recipe.warm_up, highest);
        let device = processors.first();
        let module = processors.placed(&run.module);
        let networks = views.iter().map(|view| (numbered(module.clone()), view));
        let forwards = processors.each(networks, |(network, view)| {
            Forward::of(network, view, &device)
        });
        let forwards: Vec<Forward> = forwards.into_iter().collect::<Result<_, _>>()?;
        let (told, slopes) = judge(recipe, &views, &forwards);
        if !told.loss.is_finite() {
            return Err(TrainError::Diverged(step));
        }
        let both = forwards.into_iter().zip(slopes);
        let gradients = processors.each(both, |(forward, slopes)| forward.back(slopes));
        let home = |gradients| processors.brought_home(&module, gradients);
        run.learn(gradients.into_iter().map(home).collect(), learning_rate);
        tell(&PretrainStep {
            step,
            learning_rate,
            seconds: begun.elapsed().as_secs_f64(),
            ..told
        });
        if run.is_due() || run.step == recipe.steps {
            run.save()?;
        }
    }
    Ok(())
}

/// A view's forward, and its answers as plain numbers. The views' losses hang together, so the way back
/// begins only once all are here.
struct Forward {
    network: Pretrainer,
    answers: Answers,
    inpainting: Vec<f32>,
    rotation: [f32; 4],
    embedding: Vec<f32>,
}

/// By the numbers of a view's answers.
struct Slopes {
    inpainting: Vec<f32>,
    rotation: [f32; 4],
    embedding: Vec<f32>,
}

impl Forward {
    fn of(network: Pretrainer, view: &View, device: &Device) -> Result<Self, ModelError> {
        let edge = view.edge;
        let input = TensorData::new(view.input.clone(), [1, 4, edge, edge, edge]);
        let input = Tensor::<5>::from_data(input, device);
        let answers = network.forward(input);
        let rotation = numbers(answers.rotation.clone().inner())?;
        Ok(Self {
            inpainting: numbers(answers.inpainting.clone().inner())?,
            rotation: std::array::from_fn(|turns| rotation[turns]),
            embedding: numbers(answers.embedding.clone().inner())?,
            network,
            answers,
        })
    }

    /// The sum of answers, each times its slope, has the loss's own gradient.
    fn back(self, slopes: Slopes) -> GradientsParams {
        let weighed = times(self.answers.inpainting, slopes.inpainting)
            + times(self.answers.rotation, slopes.rotation.to_vec())
            + times(self.answers.embedding, slopes.embedding);
        GradientsParams::from_grads(weighed.backward(), &self.network)
    }
}

fn times<const D: usize>(answer: Tensor<D>, slopes: Vec<f32>) -> Tensor<1> {
    let slopes = TensorData::new(slopes, answer.dims());
    let slopes = Tensor::from_data(slopes, &answer.device());
    (answer * slopes).sum()
}

/// The losses of all views together, and their slopes.
fn judge(
    recipe: &PretrainRecipe,
    views: &[View],
    forwards: &[Forward],
) -> (PretrainStep, Vec<Slopes>) {
    let weights = recipe.weights;
    let share = 1.0 / views.len() as f64;
    let mut inpainting = Told::default();
    let mut filled = Vec::new();
    for (view, forward) in views.iter().zip(forwards) {
        let loss = loss::inpainting(
            &forward.inpainting,
            &view.target,
            &view.hidden,
            view.present,
        );
        inpainting.loss += share * loss.value;
        inpainting.guessed += share * loss.guessed;
        filled.push(scaled(loss.gradient, weights.inpainting * share));
    }
    let logits: Vec<[f32; 4]> = forwards.iter().map(|forward| forward.rotation).collect();
    let turns: Vec<u8> = views.iter().map(|view| view.turns).collect();
    let rotation = loss::rotation(&logits, &turns);
    let embeddings: Vec<Vec<f32>> = forwards.iter().map(|f| f.embedding.clone()).collect();
    let contrast = loss::contrast(&embeddings, recipe.temperature);
    let right = logits.iter().zip(&turns).filter(|(logits, turn)| {
        let said = logits[usize::from(**turn)];
        logits.iter().all(|&other| other <= said)
    });
    let told = PretrainStep {
        step: 0,
        loss: weights.inpainting * inpainting.loss
            + weights.rotation * rotation.value
            + weights.contrast * contrast.value,
        inpainting,
        rotation: Told {
            loss: rotation.value,
            guessed: rotation.guessed,
        },
        contrast: Told {
            loss: contrast.value,
            guessed: contrast.guessed,
        },
        right_turns: share * right.count() as f64,
        learning_rate: 0.0,
        seconds: 0.0,
    };
    let slopes = filled
        .into_iter()
        .zip(rotation.gradient)
        .zip(contrast.gradient);
    let slopes = slopes.map(|((inpainting, rotation), embedding)| Slopes {
        inpainting,
        rotation: rotation.map(|slope| slope * weights.rotation as f32),
        embedding: scaled(embedding, weights.contrast),
    });
    (told, slopes.collect())
}

fn scaled(mut slopes: Vec<f32>, by: f64) -> Vec<f32> {
    for slope in &mut slopes {
        *slope *= by as f32;
    }
    slopes
}
