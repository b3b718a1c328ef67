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
use super::loss::{CLASSES, loss};
use super::numbers::numbers;
use super::recipe::Recipe;
use super::run::{Run, Steps, ahead};
use super::schedule::learning_rate;
use super::team::{Found, Processors, Team, with_team};
use super::vary::Window;
use crate::ModelError;
use crate::network::{MtsUnet, MtsUnetConfig};
use crate::parameters::{self, Weights};
use choices::Choices;
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
}

/// What a step told.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Step {
    /// Its number, from 0.
    pub step: usize,
    /// Cross entropy plus 1 − Dice.
    pub loss: f64,
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
    check(pools)?;
    for phase in &recipe.phases {
        processors.check_holds(config, phase.window)?;
    }
    let network = begin(recipe, config, start, &processors.home())?;
    let steps = Steps {
        weight_decay: recipe.weight_decay,
        clip: recipe.clip,
        smoothing: recipe.smoothing,
    };
    let mut run = Run::begin(network, steps, &processors.home(), folder)?;
    let cases = &pools.validation;
    let device = processors.home().inner();
    let mut watch = Watch::begin(recipe.validation, cases, config, device, folder, run.step)?;
    let choices = Choices::new(recipe, pools)?;
    let windows = |step| {
        let windows = (0..recipe.batch).map(|part| choices.window(recipe, step, part));
        windows.collect()
    };
    let share = 1.0 / recipe.batch as f32;
    let work = |network: MtsUnet, window: &Window, device: &Device| {
        gradients(network, window, share, device)
    };
    with_team(processors, &work, |team| {
        ahead(run.step, recipe.steps(), windows, |drawn| {
            go(&mut run, &mut watch, recipe, team, &drawn, tell)
        })
    })?;
    Ok(match watch.into_best() {
        Some((look, weights)) => Trained {
            weights,
            look: Some(look),
        },
        None => Trained {
            weights: run.smooth.weights,
            look: None,
        },
    })
}

/// The network before its first step. What is drawn is drawn on the CPU, so that a seed means the same network on
/// every device.
fn begin(
    recipe: &Recipe,
    config: &MtsUnetConfig,
    start: Option<&Weights>,
    home: &Device,
) -> Result<MtsUnet, ModelError> {
    let drawn;
    let weights = match start {
        Some(weights) => weights,
        None => {
            let cpu = Device::flex();
            cpu.seed(recipe.seed);
            drawn = parameters::values(&config.init(&cpu)?);
            &drawn
        }
    };
    parameters::filled(config.init(home)?, weights)
}

/// Refuses a case on both sides, and validation that could find nothing. Patients' other cases are for
/// whoever makes the pools to keep apart.
fn check(pools: &Pools) -> Result<(), TrainError> {
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
    run: &mut Run<MtsUnet>,
    watch: &mut Watch<'_>,
    recipe: &Recipe,
    team: &Team<'_, MtsUnet, Window, Told>,
    drawn: &Receiver<Vec<Window>>,
    tell: &mut dyn FnMut(&Step),
) -> Result<(), TrainError> {
    let end = recipe.steps();
    // A run that had stopped for want of a better look stays stopped.
    while !watch.is_over() {
        let Ok(windows) = drawn.recv() else { break };
        let begun = Instant::now();
        let (step, highest) = (run.step, recipe.learning_rate);
        let learning_rate = learning_rate(step, end, recipe.warm_up, highest);
        let (loss, dice) = learn(run, team, windows, learning_rate)?;
        let seconds = begun.elapsed().as_secs_f64();
        let look = watch.look(run.step, end, &run.smooth.weights)?;
        tell(&Step {
            step,
            loss,
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
    run: &mut Run<MtsUnet>,
    team: &Team<'_, MtsUnet, Window, Told>,
    windows: Vec<Window>,
    learning_rate: f64,
) -> Result<(f64, [Option<f64>; 3]), TrainError> {
    let (told, gradients) = team.learn_from(&run.module, windows)?;
    let total = told.iter().map(|told| told.loss).sum::<f64>() / told.len() as f64;
    if !total.is_finite() {
        return Err(TrainError::Diverged(run.step));
    }
    run.learn(gradients, learning_rate);
    // Of each region, that of the first window that has it.
    let dice = std::array::from_fn(|region| told.iter().find_map(|told| told.dice[region]));
    Ok((total, dice))
}

/// What is told of one window.
struct Told {
    loss: f64,
    dice: [Option<f64>; 3],
}

/// Forward and backward; gradients times `share`.
fn gradients(network: MtsUnet, window: &Window, share: f32, device: &Device) -> Found<Told> {
    let [x, y, z] = window.edges;
    let input = TensorData::new(window.input.clone(), [1, 4, x, y, z]);
    let input = Tensor::<5>::from_data(input, device);
    let (_, logits) = network.backbone().forward(input)?;
    let found = numbers(logits.clone().inner())?;
    let loss = loss(&found, &window.labels, &window.brain);
    let told = Told {
        loss: loss.total(),
        dice: loss.dice,
    };
    // The sum of logits, each times its slope, has the loss's own gradient.
    let slopes = TensorData::new(loss.gradient, [1, CLASSES, x, y, z]);
    let slopes = Tensor::<5>::from_data(slopes, device) * share;
    let gradients = (logits * slopes).sum().backward();
    Ok((told, GradientsParams::from_grads(gradients, &network)))
}
