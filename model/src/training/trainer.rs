//! The loop: draw, forward, loss, backward, step; every few minutes all that is needed to go on is
//! written.

mod choices;
mod validation;

use std::path::Path;
use std::sync::mpsc::Receiver;
use std::time::Instant;

use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

pub use super::error::TrainError;
use super::example::Example;
use super::joint::{
    Balance, CaseClasses, Classes, JointHeads, LOG_VARIANCES, Learner, cross_entropy,
};
use super::loss::{CLASSES, Loss, loss};
use super::numbers::numbers;
use super::recipe::Recipe;
use super::run::{Run, Steps, ahead, each};
use super::schedule::learning_rate;
use super::team::{Found, Processors, Team, with_team};
use crate::ModelError;
use crate::network::MtsUnetConfig;
use crate::parameters::{self, Weights};
use choices::{Choices, Drawn};
pub use validation::Look;
use validation::Watch;

/// The examples to draw from.
#[derive(Clone, Debug, Default)]
pub struct Pools {
    /// With experts' labels, or fused ones.
    pub expert: Vec<Example>,
    /// With the whole tumour alone.
    pub whole_tumour: Vec<Example>,
    /// Synthetic.
    pub phantom: Vec<Example>,
    /// Never drawn: what the smoothed weights are looked at with. Where there are any, the run gives
    /// the best weights and not the last.
    pub validation: Vec<Example>,
    /// What is known of the cases for heads that learn too.
    pub classes: CaseClasses,
}

impl Pools {
    /// Of the cases that are drawn and not made.
    fn learnt_classes(&self) -> impl Iterator<Item = &Classes> + Clone {
        let cases = self.expert.iter().chain(&self.whole_tumour);
        cases.filter_map(|case| self.classes.get(&case.name))
    }
}

/// What a step told.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Step {
    /// Its number, from 0.
    pub step: usize,
    /// Of the segmentation: cross entropy plus 1 − Dice.
    pub loss: f64,
    /// Cross entropy of each head that learns too, where a window's case has the label.
    pub heads: [Option<f64>; 3],
    /// Soft Dice of whole tumour, core, enhancing, where the window has them and they are known.
    pub dice: [Option<f64>; 3],
    /// Learning rate.
    pub learning_rate: f64,
    /// Seconds it took, without the look.
    pub seconds: f64,
    /// The look at the cases not learnt from, where it was time for one.
    pub look: Option<Look>,
}

/// What a run gives.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The smoothed weights: the best where there were cases to validate on, else the last.
    pub weights: Weights,
    /// What they were found to be worth there.
    pub look: Option<Look>,
}

/// Trains `config`'s network on `processors`, from `start`'s weights where given, or from where an earlier run
/// in `folder` stopped.
///
/// # Errors
/// See [`TrainError`].
pub fn train(
    recipe: &Recipe,
    config: &MtsUnetConfig,
    pools: &Pools,
    start: Option<&Weights>,
    processors: &Processors,
    folder: &Path,
    tell: &mut dyn FnMut(&Step),
) -> Result<Trained, TrainError> {
    check(recipe, pools)?;
    let mut at_once = usize::MAX;
    for phase in &recipe.phases {
        at_once = at_once.min(processors.at_once(config, phase.window)?);
    }
    // Whether T2 and FLAIR can be compared is told of a window, not of several.
    let at_once = if recipe.heads.joint { 1 } else { at_once };
    let learner = begin(recipe, config, start, &Processors::home())?;
    let steps = Steps {
        weight_decay: recipe.weight_decay,
        clip: recipe.clip,
        smoothing: recipe.smoothing,
    };
    let mut run = Run::begin(learner, steps, &Processors::home(), folder)?;
    let cases = &pools.validation;
    let device = processors.first().inner();
    let mut watch = Watch::begin(recipe.validation, cases, config, device, folder, run.step)?;
    let choices = Choices::new(recipe, pools)?;
    let windows = |step| {
        let windows = (0..recipe.batch).map(|part| choices.window(recipe, step, part));
        windows.collect()
    };
    let how = How {
        heads: recipe.heads,
        balance: Balance::of(recipe.heads, pools.learnt_classes()),
        share: 1.0 / recipe.batch as f32,
    };
    let work = |learner: Learner, drawn: &[Drawn], device: &Device| {
        gradients(learner, drawn, &how, device)
    };
    with_team(processors, at_once, &work, |team| {
        ahead(
            (run.step, recipe.steps()),
            processors.draws(),
            windows,
            |drawn| go(&mut run, &mut watch, recipe, team, &drawn, tell),
        )
    })?;
    let (look, mut weights) = match watch.into_best() {
        Some((look, weights)) => (Some(look), weights),
        None => (None, run.smooth.weights),
    };
    weights.remove(LOG_VARIANCES);
    Ok(Trained { weights, look })
}

/// The network before its first step. What is drawn is drawn on the CPU, so that a seed means the same network on
/// every device; heads that learn too are drawn where `start` has none, or others.
fn begin(
    recipe: &Recipe,
    config: &MtsUnetConfig,
    start: Option<&Weights>,
    home: &Device,
) -> Result<Learner, ModelError> {
    let cpu = Device::flex();
    cpu.seed(recipe.seed);
    let drawn = parameters::values(&Learner::new(config, recipe.heads, &cpu)?);
    let mut weights = start.cloned().unwrap_or_default();
    for (name, values) in drawn {
        let is_beside = name == LOG_VARIANCES || (recipe.heads.joint && name.starts_with("heads."));
        let is_there = weights
            .get(&name)
            .is_some_and(|(shape, _)| *shape == values.0);
        if start.is_none() || (is_beside && !is_there) {
            weights.insert(name, values);
        }
    }
    parameters::filled(Learner::new(config, recipe.heads, home)?, &weights)
}

/// Refuses heads without a label to learn from, a case on both sides, and validation that could find nothing.
/// Patients' other cases are for whoever makes the pools to keep apart.
fn check(recipe: &Recipe, pools: &Pools) -> Result<(), TrainError> {
    let mut classes = pools.learnt_classes().flatten();
    if recipe.heads.joint && classes.all(Option::is_none) {
        return Err(TrainError::NoLabels);
    }
    let looked_at = &pools.validation;
    let has_tumour = |case: &Example| case.labels.iter().any(|&label| label > 0);
    if !looked_at.is_empty() && !looked_at.iter().any(has_tumour) {
        return Err(TrainError::NoTumour);
    }
    let drawn = [&pools.expert, &pools.whole_tumour, &pools.phantom];
    let mut drawn = drawn.into_iter().flatten();
    let both = drawn.find(|case| looked_at.iter().any(|other| other.name == case.name));
    both.map_or(Ok(()), |case| {
        Err(TrainError::LearntFrom(case.name.clone()))
    })
}

fn go(
    run: &mut Run<Learner>,
    watch: &mut Watch<'_>,
    recipe: &Recipe,
    team: &Team<'_, Learner, Drawn, Told>,
    drawn: &Receiver<Vec<Drawn>>,
    tell: &mut dyn FnMut(&Step),
) -> Result<(), TrainError> {
    let end = recipe.steps();
    // A run that had stopped for want of a better look stays stopped.
    while !watch.is_over() {
        let Ok(windows) = drawn.recv() else { break };
        let begun = Instant::now();
        let (step, highest) = (run.step, recipe.learning_rate);
        let learning_rate = learning_rate(step, end, recipe.warm_up, highest);
        let Told { loss, heads, dice } = learn(run, team, windows, learning_rate)?;
        let seconds = begun.elapsed().as_secs_f64();
        let look = watch.look(run.step, end, &run.smooth.weights)?;
        tell(&Step {
            step,
            loss,
            heads,
            dice,
            learning_rate,
            seconds,
            look,
        });
        if run.is_due() || run.step == end || watch.is_over() {
            watch.save()?;
            run.save()?;
        }
    }
    Ok(())
}

/// One step on the mean gradient of the windows.
fn learn(
    run: &mut Run<Learner>,
    team: &Team<'_, Learner, Drawn, Told>,
    windows: Vec<Drawn>,
    learning_rate: f64,
) -> Result<Told, TrainError> {
    let (told, gradients) = team.learn_from(&run.module, windows)?;
    let loss = told.iter().map(|told| told.loss).sum::<f64>() / told.len() as f64;
    if !loss.is_finite() {
        return Err(TrainError::Diverged(run.step));
    }
    run.learn(gradients, learning_rate);
    // Of each region, that of the first window that has it.
    let dice = std::array::from_fn(|region| told.iter().find_map(|told| told.dice[region]));
    let heads = std::array::from_fn(|task| {
        let found = told.iter().filter_map(|told| told.heads[task]);
        let count = found.clone().count();
        (count > 0).then(|| found.sum::<f64>() / count as f64)
    });
    Ok(Told { loss, heads, dice })
}

/// What is told of one window, or of a step.
struct Told {
    loss: f64,
    heads: [Option<f64>; 3],
    dice: [Option<f64>; 3],
}

/// How a window is learnt from.
struct How {
    heads: JointHeads,
    balance: Balance,
    /// What a window counts.
    share: f32,
}

/// Forward and backward, of windows of one size; where heads learn too, of one.
fn gradients(learner: Learner, drawn: &[Drawn], how: &How, device: &Device) -> Found<Told> {
    let count = drawn.len();
    let [x, y, z] = drawn[0].window.edges;
    let inputs = drawn.iter().flat_map(|drawn| &drawn.window.input).copied();
    let input = TensorData::new(inputs.collect::<Vec<f32>>(), [count, 4, x, y, z]);
    let input = Tensor::<5>::from_data(input, device);
    let network = &learner.network;
    let pass = network.backbone().pass(input.clone())?;
    let (logits, answers) = if how.heads.joint {
        let output = network.finish_with(input, pass, drawn[0].mismatch);
        (output.logits, output.heads)
    } else {
        (pass.finish().1, Vec::new())
    };
    let found = numbers(logits.clone().inner())?;
    let windows = found.chunks_exact(found.len() / count).zip(drawn);
    let losses = each(windows, |(found, Drawn { window, .. })| {
        loss(found, &window.labels, &window.brain)
    });
    let tell = |loss: &Loss| Told {
        loss: loss.total(),
        heads: [None; 3],
        dice: loss.dice,
    };
    let mut told: Vec<Told> = losses.iter().map(tell).collect();
    // The sum of logits, each times its slope, has the loss's own gradient.
    let slopes = losses.into_iter().flat_map(|loss| loss.gradient);
    let slopes = TensorData::new(slopes.collect::<Vec<f32>>(), [count, CLASSES, x, y, z]);
    let slopes = Tensor::<5>::from_data(slopes, device);
    let segmentation = (told[0].loss, (logits * slopes).sum());
    let mut heads = [const { None }; 3];
    for (task, answer) in answers.iter().enumerate() {
        if let Some(class) = drawn[0].classes[task] {
            let weight = how.balance.weight(task, class);
            let (value, loss) = cross_entropy(answer, class, weight)?;
            told[0].heads[task] = Some(value);
            heads[task] = Some((value, loss));
        }
    }
    let together = learner.together(segmentation, heads)? * how.share;
    let gradients = GradientsParams::from_grads(together.backward(), &learner);
    Ok((told, gradients))
}
