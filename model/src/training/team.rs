//! Who computes the windows of a step: the CPU's cores, a GPU, or several GPUs that share them.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::{Device, TensorData};

use super::exchange;
use super::run::numbered;
use crate::ModelError;
use crate::device::{Limits, Opened};
use crate::network::{Activations, Finest, MtsUnetConfig};
use crate::plan::{Part, Plan, largest_cube};

/// What a training computes on.
#[derive(Clone, Debug, Default)]
pub enum Processors {
    /// The CPU: every window of a step on a thread of its own, since much of a forward keeps one core busy.
    #[default]
    Cpu,
    /// GPUs, one at least, each of which takes its share of a step's windows, one after the other. Weights and
    /// optimizer are at home on the first; what the others find goes to it by way of the CPU.
    Gpus(Vec<Opened>),
}

impl Processors {
    /// Where weights and optimizer are at home, with gradients.
    pub(super) fn home(&self) -> Device {
        let home = self.gpus().first().map(|gpu| gpu.device.clone());
        home.unwrap_or_else(Device::flex).autodiff()
    }

    pub(super) fn gpus(&self) -> &[Opened] {
        match self {
            Self::Cpu => &[],
            Self::Gpus(gpus) => gpus,
        }
    }

    /// Refuses a window that a GPU cannot hold: its way there computes whole volumes, and each must fit a buffer.
    pub(super) fn check_holds(
        &self,
        config: &MtsUnetConfig,
        window: [usize; 3],
    ) -> Result<(), ModelError> {
        let limits = self.gpus().iter().filter_map(|gpu| gpu.limits);
        let Some(limit_bytes) = limits.map(Limits::largest_tensor_bytes).min() else {
            return Ok(());
        };
        let needs = |window| {
            let (whole, full) = (Finest::Whole, Activations::Full);
            let plan = Plan::new(config, window, 1, whole, full, Part::Segmentation);
            plan.map(|plan| plan.largest_bytes)
        };
        let needed_bytes = needs(window)?;
        if needed_bytes <= limit_bytes {
            return Ok(());
        }
        let holds = |cube| needs(cube).is_ok_and(|bytes| bytes <= limit_bytes);
        Err(ModelError::TooLarge {
            what: "a window of the training",
            voxels: window,
            needed_bytes,
            limit_bytes,
            fits: largest_cube(window, holds),
        })
    }

    /// `work` on each of `items` at home: on the CPU each on a thread, on a GPU one after the other, since one
    /// thread drives it.
    pub(super) fn each<T: Send, R: Send>(
        &self,
        items: impl IntoIterator<Item = T>,
        work: impl Fn(T) -> R + Sync,
    ) -> Vec<R> {
        let items = items.into_iter();
        if !self.gpus().is_empty() {
            return items.map(work).collect();
        }
        let work = &work;
        thread::scope(|scope| {
            let threads: Vec<_> = items.map(|item| scope.spawn(move || work(item))).collect();
            let join = |thread: thread::ScopedJoinHandle<'_, R>| match thread.join() {
                Ok(found) => found,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            threads.into_iter().map(join).collect()
        })
    }
}

/// What a window gives: what is told of it, and its gradients.
pub(super) type Found<R> = Result<(R, GradientsParams), ModelError>;

/// How a window is learnt from, by a module on a device.
pub(super) type Work<'a, M, T, R> = &'a (dyn Fn(M, &T, &Device) -> Found<R> + Sync);

/// Whoever computes the windows of a step.
pub(super) struct Team<'a, M, T, R> {
    processors: &'a Processors,
    work: Work<'a, M, T, R>,
    others: Vec<Other<M, T, R>>,
}

/// A GPU that is not the home. It has a thread of its own, which ends when nobody can send it anything.
struct Other<M, T, R> {
    steps: Sender<Step<M, T>>,
    found: Receiver<Result<Elsewhere<R>, ModelError>>,
}

/// What another GPU gets for a step.
struct Step<M, T> {
    module: M,
    /// The module's numbers: no thread reads tensors of another's GPU.
    weights: Arc<Vec<TensorData>>,
    windows: Vec<T>,
}

/// What it gives back: of each window, and the gradients' sum, by the module's parameters.
struct Elsewhere<R> {
    told: Vec<R>,
    gradients: Vec<Option<TensorData>>,
}

/// `go` with a team on `processors` that does `work`.
pub(super) fn with_team<M: Module, T: Send + Sync, R: Send, Out>(
    processors: &Processors,
    work: Work<'_, M, T, R>,
    go: impl FnOnce(&Team<'_, M, T, R>) -> Out,
) -> Out {
    thread::scope(|scope| {
        let others = processors.gpus().iter().skip(1).map(|gpu| {
            let device = gpu.device.clone().autodiff();
            let (steps, taken) = channel();
            let (give, found) = channel();
            scope.spawn(move || {
                while let Ok(step) = taken.recv() {
                    if give.send(elsewhere(step, work, &device)).is_err() {
                        break;
                    }
                }
            });
            Other { steps, found }
        });
        let team = Team {
            processors,
            work,
            others: others.collect(),
        };
        go(&team)
    })
}

impl<M: Module, T: Send + Sync, R: Send> Team<'_, M, T, R> {
    /// What is told of each window, in their order, and gradients whose sum is that of all windows.
    pub(super) fn learn_from(
        &self,
        module: &M,
        windows: Vec<T>,
    ) -> Result<(Vec<R>, Vec<GradientsParams>), ModelError> {
        let home = self.processors.home();
        if self.processors.gpus().is_empty() {
            let windows = windows
                .iter()
                .map(|window| (numbered(module.clone()), window));
            let found = self.processors.each(windows, |(module, window)| {
                (self.work)(module, window, &home)
            });
            let found: Vec<_> = found.into_iter().collect::<Result<_, _>>()?;
            return Ok(found.into_iter().unzip());
        }
        let mut shares = dealt(windows, self.others.len() + 1).into_iter();
        let own = shares.next().unwrap_or_default();
        self.send(module, shares);
        let (told, gradients) = one_by_one(module, &own, self.work, &home)?;
        let (mut told, mut gradients) = (vec![told], vec![gradients]);
        for other in &self.others {
            let ended = |_| ModelError::Device("the thread of another GPU has ended".into());
            let found = other.found.recv().map_err(ended)??;
            let here = exchange::gradients_on(&home.clone().inner(), module, found.gradients);
            gradients.push(here);
            told.push(found.told);
        }
        Ok((gathered(told), gradients))
    }

    fn send(&self, module: &M, shares: impl Iterator<Item = Vec<T>>) {
        if self.others.is_empty() {
            return;
        }
        let weights = Arc::new(exchange::weights(module));
        for (other, windows) in self.others.iter().zip(shares) {
            // That a thread has ended is noticed where it should answer.
            let _ = other.steps.send(Step {
                module: module.clone(),
                weights: weights.clone(),
                windows,
            });
        }
    }
}

/// `items` for so many members, in turn.
fn dealt<T>(items: Vec<T>, members: usize) -> Vec<Vec<T>> {
    let mut shares: Vec<Vec<T>> = (0..members).map(|_| Vec::new()).collect();
    for (at, item) in items.into_iter().enumerate() {
        shares[at % members].push(item);
    }
    shares
}

/// The other way round.
fn gathered<T>(shares: Vec<Vec<T>>) -> Vec<T> {
    let mut shares: Vec<_> = shares.into_iter().map(Vec::into_iter).collect();
    let mut all = Vec::new();
    loop {
        let before = all.len();
        all.extend(shares.iter_mut().filter_map(Iterator::next));
        if all.len() == before {
            return all;
        }
    }
}

/// Windows one after the other, their gradients summed on the way.
fn one_by_one<M: Module, T, R>(
    module: &M,
    windows: &[T],
    work: Work<'_, M, T, R>,
    device: &Device,
) -> Result<(Vec<R>, GradientsParams), ModelError> {
    let (mut told, mut sum) = (Vec::new(), GradientsAccumulator::new());
    for window in windows {
        let (one, gradients) = work(numbered(module.clone()), window, device)?;
        sum.accumulate(module, gradients);
        told.push(one);
    }
    Ok((told, sum.grads()))
}

fn elsewhere<M: Module, T, R>(
    step: Step<M, T>,
    work: Work<'_, M, T, R>,
    device: &Device,
) -> Result<Elsewhere<R>, ModelError> {
    let module = exchange::with_weights(step.module, &step.weights, device);
    let (told, gradients) = one_by_one(&module, &step.windows, work, device)?;
    Ok(Elsewhere {
        told,
        gradients: exchange::gradients(&module, gradients),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dealt_is_gathered_in_its_order() {
        for (count, members) in [(0, 2), (1, 2), (5, 2), (7, 3), (3, 1)] {
            let items: Vec<usize> = (0..count).collect();
            let shares = dealt(items.clone(), members);
            assert_eq!(shares.len(), members);
            assert!(
                shares
                    .iter()
                    .all(|share| share.len() <= count.div_ceil(members))
            );
            assert_eq!(gathered(shares), items);
        }
    }
}
