//! What every training shares: a module, its optimizer and its smoothed weights, which can be written
//! and read again, and draws made ahead of the step that takes them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};

use burn::module::{Module, ModuleMapper, Param, ParamId};
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::{Device, Tensor};

use super::TrainError;
use super::checkpoint;
use super::optimizer::Optimizer;
use super::smooth::Smooth;
use crate::parameters;

/// Time between two checkpoints.
const BETWEEN: Duration = Duration::from_secs(240);

/// How steps are taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps {
    /// Of AdamW.
    pub(super) weight_decay: f32,
    /// Largest norm of a parameter's gradient.
    pub(super) clip: f32,
    /// Of the smoothed weights.
    pub(super) smoothing: f32,
}

/// Everything that changes from step to step.
pub(super) struct Run<M> {
    pub(super) module: M,
    pub(super) smooth: Smooth,
    /// Steps done.
    pub(super) step: usize,
    optimizer: Optimizer,
    folder: PathBuf,
    written: Instant,
}

impl<M: Module> Run<M> {
    /// With `module`'s weights, or from where an earlier run in `folder` stopped; `home` is the module's device.
    pub(super) fn begin(
        module: M,
        steps: Steps,
        home: &Device,
        folder: &Path,
    ) -> Result<Self, TrainError> {
        let module = numbered(module);
        let run = Self {
            smooth: Smooth::new(&module, steps.smoothing),
            module,
            step: 0,
            optimizer: Optimizer::new(steps.weight_decay, steps.clip),
            folder: folder.to_owned(),
            written: Instant::now(),
        };
        if checkpoint::step_file(folder).exists() {
            return run.resume(home);
        }
        fs::create_dir_all(folder).map_err(|e| checkpoint::failed("written", folder, &e))?;
        Ok(run)
    }

    fn resume(self, home: &Device) -> Result<Self, TrainError> {
        let folder = &self.folder;
        let weights = checkpoint::read_weights(&checkpoint::weights_file(folder))?;
        let smooth = checkpoint::read_weights(&checkpoint::smooth_file(folder))?;
        let module = numbered(parameters::filled(self.module, &weights)?);
        let path = checkpoint::optimizer_file(folder);
        let state = home.clone().inner();
        Ok(Self {
            step: checkpoint::read_step(folder)?,
            optimizer: self.optimizer.load(&module, &path, &state)?,
            module,
            smooth: Smooth {
                weights: smooth,
                ..self.smooth
            },
            ..self
        })
    }

    /// One step on the sum of the gradients.
    pub(super) fn learn(&mut self, gradients: Vec<GradientsParams>, learning_rate: f64) {
        let mut sum = GradientsAccumulator::new();
        for gradients in gradients {
            sum.accumulate(&self.module, gradients);
        }
        let module = self.module.clone();
        self.module = self
            .optimizer
            .step(module, sum.grads(), learning_rate, self.step);
        self.smooth.follow(&self.module, self.step);
        self.step += 1;
    }

    /// Whether it is time to write.
    pub(super) fn is_due(&self) -> bool {
        self.written.elapsed() > BETWEEN
    }

    /// Writes all that is needed to go on.
    pub(super) fn save(&mut self) -> Result<(), TrainError> {
        let folder = &self.folder;
        let weights = parameters::values(&self.module);
        checkpoint::write_weights(&checkpoint::weights_file(folder), &weights)?;
        checkpoint::write_weights(&checkpoint::smooth_file(folder), &self.smooth.weights)?;
        let path = checkpoint::optimizer_file(folder);
        self.optimizer.save(&self.module, &path)?;
        checkpoint::write_step(folder, self.step)?;
        self.written = Instant::now();
        Ok(())
    }
}

/// `go` with what `draw` gives for the steps from `first` to `end`, in order, so many `at_once` drawn while earlier
/// ones are learnt from.
pub(super) fn ahead<T: Send, R>(
    (first, end): (usize, usize),
    at_once: usize,
    draw: impl Fn(usize) -> T + Sync,
    go: impl FnOnce(Receiver<T>) -> R,
) -> R {
    let draw = &draw;
    std::thread::scope(|scope| {
        let (sender, drawn) = sync_channel(at_once.max(2));
        scope.spawn(move || {
            for first in (first..end).step_by(at_once) {
                let steps = first..end.min(first + at_once);
                for drawn in each(steps, draw) {
                    // Closed when `go` has ended early.
                    if sender.send(drawn).is_err() {
                        return;
                    }
                }
            }
        });
        go(drawn)
    })
}

/// `work` on each of `items`, each on a thread of its own.
pub(super) fn each<T: Send, R: Send>(
    items: impl IntoIterator<Item = T>,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let work = &work;
    std::thread::scope(|scope| {
        let items = items.into_iter();
        let threads: Vec<_> = items.map(|item| scope.spawn(move || work(item))).collect();
        let join = |thread: ScopedJoinHandle<'_, R>| match thread.join() {
            Ok(found) => found,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        threads.into_iter().map(join).collect()
    })
}

/// The same numbers under new nodes, with the identities 1, 2, 3, …: graphs that share a node wait for
/// each other, and the optimizer of an earlier run knows the parameters again.
pub(super) fn numbered<M: Module>(module: M) -> M {
    module.map(&mut Numbered(0))
}

struct Numbered(u64);

impl ModuleMapper for Numbered {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        self.0 += 1;
        let value = param.val().detach().require_grad();
        Param::initialized(ParamId::from(self.0), value)
    }
}
