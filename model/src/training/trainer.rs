//! The loop: draw, forward, loss, backward, step; every few minutes all that is needed to go on is
//! written.

mod checkpoint;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use burn::grad_clipping::GradientClippingConfig;
use burn::module::{Module, ModuleMapper, Param, ParamId};
use burn::optim::{AdamWConfig, GradientsAccumulator, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor, TensorData};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use super::example::Example;
use super::loss::{CLASSES, loss};
use super::paint;
use super::recipe::Recipe;
use super::schedule::learning_rate;
use super::smooth::Smooth;
use super::vary::{Window, draw};
use crate::ModelError;
use crate::network::{MtsUnet, MtsUnetConfig};
use crate::parameters::{self, Weights};

/// Time between two checkpoints.
const BETWEEN: Duration = Duration::from_secs(240);

/// The examples to draw from.
#[derive(Clone, Debug, Default)]
pub struct Pools {
    /// With experts' labels, or fused ones.
    pub expert: Vec<Example>,
    /// With the whole tumour alone.
    pub whole_tumour: Vec<Example>,
    /// Synthetic.
    pub phantom: Vec<Example>,
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
    /// Seconds it took.
    pub seconds: f64,
}

/// Why training stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The network.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// There is nothing to draw from.
    #[error("no case to train on: every pool that the recipe draws from is empty")]
    NoCases,
    /// A checkpoint.
    #[error("the checkpoint cannot be {verb}: {problem}: {}", path.display())]
    Checkpoint {
        /// Read or written.
        verb: &'static str,
        /// What happened.
        problem: String,
        /// Where.
        path: PathBuf,
    },
    /// The loss is no number any more.
    #[error("the loss of step {0} is no number: lower the learning rate")]
    Diverged(usize),
}

/// Trains `config`'s network, from `start`'s weights where given, or from where an earlier run in
/// `folder` stopped. Gives the smoothed weights.
///
/// # Errors
/// See [`TrainError`].
pub fn train(
    recipe: &Recipe,
    config: &MtsUnetConfig,
    pools: &Pools,
    start: Option<&Weights>,
    folder: &Path,
    tell: &mut dyn FnMut(&Step),
) -> Result<Weights, TrainError> {
    let device = Device::flex().autodiff();
    let mut run = Run::begin(recipe, config, start, folder, &device)?;
    let choices = Choices::new(recipe, pools)?;
    let first = run.step;
    std::thread::scope(|scope| {
        let (sender, drawn) = sync_channel(2);
        scope.spawn(move || {
            for step in first..recipe.steps() {
                // Closed when the loop below has ended early.
                let windows = (0..recipe.batch).map(|part| choices.window(recipe, step, part));
                if sender.send(windows.collect()).is_err() {
                    break;
                }
            }
        });
        run.go(recipe, &drawn, folder, tell)
    })?;
    Ok(run.smooth.weights)
}

/// Which example a step draws.
struct Choices<'a> {
    pools: Vec<Pool<'a>>,
    painted: f64,
}

/// Examples of a kind.
struct Pool<'a> {
    /// How often one of these is drawn.
    part: f64,
    examples: &'a [Example],
    /// The same with what they lack.
    painted: Vec<Option<Example>>,
}

impl<'a> Choices<'a> {
    fn new(recipe: &Recipe, pools: &'a Pools) -> Result<Self, TrainError> {
        let lenders: Vec<&Example> = pools.expert.iter().collect();
        let draw = &recipe.draw;
        let pools: Vec<Pool<'a>> = [
            (draw.expert, &pools.expert[..]),
            (draw.whole_tumour, &pools.whole_tumour),
            (draw.phantom, &pools.phantom),
        ]
        .into_iter()
        .filter(|(part, pool)| *part > 0.0 && !pool.is_empty())
        .map(|(part, examples)| Pool {
            part,
            examples,
            painted: if draw.painted > 0.0 {
                paint::completed(examples, &lenders, recipe.seed)
            } else {
                vec![None; examples.len()]
            },
        })
        .collect();
        if pools.is_empty() {
            return Err(TrainError::NoCases);
        }
        Ok(Self {
            pools,
            painted: draw.painted,
        })
    }

    /// By the step's number alone, so that a run that goes on draws what it would have drawn.
    fn window(&self, recipe: &Recipe, step: usize, part: usize) -> Window {
        let number = (step * recipe.batch + part) as u64;
        let seed = recipe.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number;
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let all: f64 = self.pools.iter().map(|pool| pool.part).sum();
        let mut at = rng.random::<f64>() * all;
        let mut chosen = &self.pools[self.pools.len() - 1];
        for pool in &self.pools {
            if at < pool.part {
                chosen = pool;
                break;
            }
            at -= pool.part;
        }
        let place = rng.random_range(0..chosen.examples.len());
        let painted = chosen.painted[place].as_ref();
        let example = painted
            .filter(|_| rng.random_bool(self.painted))
            .unwrap_or(&chosen.examples[place]);
        draw(
            example,
            recipe.window(step),
            &recipe.variation,
            rng.random(),
        )
    }
}

/// Everything that changes.
struct Run {
    network: MtsUnet,
    optimizer: ModuleOptimizer,
    smooth: Smooth,
    step: usize,
}

impl Run {
    fn begin(
        recipe: &Recipe,
        config: &MtsUnetConfig,
        start: Option<&Weights>,
        folder: &Path,
        device: &Device,
    ) -> Result<Self, TrainError> {
        device.seed(recipe.seed);
        let mut network = config.init(device)?;
        if let Some(weights) = start {
            network = parameters::filled(network, weights)?;
        }
        // Numbered, so that the optimizer of an earlier run knows them again.
        let network = network.map(&mut Numbered(0));
        let optimizer = AdamWConfig::new()
            .with_weight_decay(recipe.weight_decay)
            .with_epsilon(1e-8)
            .with_grad_clipping(Some(GradientClippingConfig::Norm(recipe.clip)))
            .init();
        let run = Self {
            smooth: Smooth::new(&network, recipe.smoothing),
            network,
            optimizer,
            step: 0,
        };
        if checkpoint::step_file(folder).exists() {
            return run.resume(folder);
        }
        fs::create_dir_all(folder).map_err(|e| checkpoint::failed("written", folder, &e))?;
        Ok(run)
    }

    fn resume(self, folder: &Path) -> Result<Self, TrainError> {
        let (step, weights, smooth) = checkpoint::read(folder)?;
        let path = checkpoint::optimizer_file(folder);
        let network = parameters::filled(self.network, &weights)?.map(&mut Numbered(0));
        Ok(Self {
            network,
            optimizer: self
                .optimizer
                .load(&path)
                .map_err(|e| checkpoint::failed("read", &path, &format!("{e:?}")))?,
            smooth: Smooth {
                weights: smooth,
                ..self.smooth
            },
            step,
        })
    }

    fn go(
        &mut self,
        recipe: &Recipe,
        drawn: &Receiver<Vec<Window>>,
        folder: &Path,
        tell: &mut dyn FnMut(&Step),
    ) -> Result<(), TrainError> {
        let mut written = Instant::now();
        while let Ok(windows) = drawn.recv() {
            let begun = Instant::now();
            let rate = learning_rate(
                self.step,
                recipe.steps(),
                recipe.warm_up,
                recipe.learning_rate,
            );
            let (total, dice) = self.learn(&windows, rate)?;
            self.smooth.follow(&self.network, self.step);
            tell(&Step {
                step: self.step,
                loss: total,
                dice,
                learning_rate: rate,
                seconds: begun.elapsed().as_secs_f64(),
            });
            self.step += 1;
            if written.elapsed() > BETWEEN || self.step == recipe.steps() {
                let weights = parameters::values(&self.network);
                checkpoint::write(folder, self.step, &weights, &self.smooth.weights)?;
                let path = checkpoint::optimizer_file(folder);
                self.optimizer
                    .save(&path)
                    .map_err(|e| checkpoint::failed("written", &path, &format!("{e:?}")))?;
                written = Instant::now();
            }
        }
        Ok(())
    }

    /// One step on the mean gradient of the windows, each on a thread of its own: much of a forward
    /// keeps one core busy.
    fn learn(
        &mut self,
        windows: &[Window],
        rate: f64,
    ) -> Result<(f64, [Option<f64>; 3]), TrainError> {
        let share = 1.0 / windows.len() as f32;
        let found: Vec<Result<Found, ModelError>> = std::thread::scope(|scope| {
            let threads: Vec<_> = windows
                .iter()
                .map(|window| {
                    // The same numbers under new nodes: graphs that share a node wait for each other.
                    let network = self.network.clone().map(&mut Numbered(0));
                    scope.spawn(move || gradients(network, window, share))
                })
                .collect();
            let join = |thread: std::thread::ScopedJoinHandle<'_, _>| match thread.join() {
                Ok(found) => found,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            threads.into_iter().map(join).collect()
        });
        let mut sum = GradientsAccumulator::new();
        let (mut total, mut dice) = (0.0, [None; 3]);
        for found in found {
            let found = found?;
            total += found.loss * f64::from(share);
            for (dice, found) in dice.iter_mut().zip(found.dice) {
                *dice = dice.or(found);
            }
            sum.accumulate(&self.network, found.gradients);
        }
        if !total.is_finite() {
            return Err(TrainError::Diverged(self.step));
        }
        self.network = self.optimizer.step(rate, self.network.clone(), sum.grads());
        Ok((total, dice))
    }
}

/// What one window gave.
struct Found {
    loss: f64,
    dice: [Option<f64>; 3],
    gradients: GradientsParams,
}

/// Forward and backward; gradients times `share`.
fn gradients(network: MtsUnet, window: &Window, share: f32) -> Result<Found, ModelError> {
    let [x, y, z] = window.edges;
    let device = Device::flex().autodiff();
    let input = TensorData::new(window.input.clone(), [1, 4, x, y, z]);
    let input = Tensor::<5>::from_data(input, &device);
    let (_, logits) = network.backbone().forward(input)?;
    let found: Vec<f32> = logits
        .clone()
        .inner()
        .into_data()
        .try_to_vec()
        .map_err(|e| ModelError::Device(format!("{e:?}")))?;
    let loss = loss(&found, &window.labels, &window.brain, window.truth);
    let (total, dice) = (loss.total(), loss.dice);
    // The sum of logits, each times its slope, has the loss's own gradient.
    let slopes = TensorData::new(loss.gradient, [1, CLASSES, x, y, z]);
    let slopes = Tensor::<5>::from_data(slopes, &device) * share;
    let gradients = (logits * slopes).sum().backward();
    Ok(Found {
        loss: total,
        dice,
        gradients: GradientsParams::from_grads(gradients, &network),
    })
}

/// Gives parameters the numbers 1, 2, 3, … as identities, and has gradients kept for them.
struct Numbered(u64);

impl ModuleMapper for Numbered {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        self.0 += 1;
        let value = param.val().detach().require_grad();
        Param::initialized(ParamId::from(self.0), value)
    }
}
