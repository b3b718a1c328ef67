//! Who computes the windows of a step: the CPU's cores, a GPU, or several GPUs that share them.

use std::num::NonZero;
use std::slice;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::{Device, TensorData};

use super::exchange;
use super::run::{each, numbered};
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
    /// GPUs, each of which takes its share of a step's windows. Weights and optimizer are at home on the CPU: AdamW
    /// is a dozen small operations for each of two hundred tensors, which a GPU would spend more time on being told
    /// than on computing.
    Gpus {
        /// One at least.
        gpus: Vec<Opened>,
        /// Windows that each computes together, as far as its buffers hold them: more are faster, and take more memory.
        at_once: usize,
    },
}

impl Processors {
    /// Where weights and optimizer are at home, with gradients.
    pub(super) fn home() -> Device {
        Device::flex().autodiff()
    }

    /// Where what is not shared is computed, with gradients: the first GPU, or the CPU.
    pub(super) fn first(&self) -> Device {
        let first = self.gpus().first().map(|gpu| gpu.device.clone());
        first.unwrap_or_else(Device::flex).autodiff()
    }

    pub(super) fn gpus(&self) -> &[Opened] {
        match self {
            Self::Cpu => &[],
            Self::Gpus { gpus, .. } => gpus,
        }
    }

    /// Windows to compute together: as many as are wanted and every GPU holds. Its way there computes whole volumes,
    /// and each must fit a buffer; a window that does not by itself is refused.
    pub(super) fn at_once(
        &self,
        config: &MtsUnetConfig,
        window: [usize; 3],
    ) -> Result<usize, ModelError> {
        let Self::Gpus { gpus, at_once } = self else {
            return Ok(1);
        };
        let limits = gpus.iter().filter_map(|gpu| gpu.limits);
        let Some(limit_bytes) = limits.map(Limits::largest_tensor_bytes).min() else {
            return Ok((*at_once).max(1));
        };
        let needs = |window, count| {
            let (whole, full) = (Finest::Whole, Activations::Full);
            let plan = Plan::new(config, window, count, whole, full, Part::Segmentation);
            plan.map(|plan| plan.largest_bytes)
        };
        let holds = |window, count| needs(window, count).is_ok_and(|bytes| bytes <= limit_bytes);
        let needed_bytes = needs(window, 1)?;
        if needed_bytes > limit_bytes {
            return Err(ModelError::TooLarge {
                what: "a window of the training",
                voxels: window,
                needed_bytes,
                limit_bytes,
                fits: largest_cube(window, |cube| holds(cube, 1)),
            });
        }
        let most = (1..=*at_once).rev().find(|&count| holds(window, count));
        Ok(most.unwrap_or(1))
    }

    /// `work` on each of `items`: on the CPU each on a thread, on a GPU one after the other, since one
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
        each(items, work)
    }

    /// `module` where [`Self::first`] computes.
    pub(super) fn placed<M: Module>(&self, module: &M) -> M {
        if self.gpus().is_empty() {
            return module.clone();
        }
        exchange::with_weights(module.clone(), &exchange::weights(module), &self.first())
    }

    /// Its gradients, at home.
    pub(super) fn brought_home<M: Module>(
        &self,
        module: &M,
        gradients: GradientsParams,
    ) -> GradientsParams {
        if self.gpus().is_empty() {
            return gradients;
        }
        let home = Self::home().inner();
        exchange::gradients_on(&home, module, exchange::gradients(module, gradients))
    }

    /// Steps to draw at once: a GPU is done with one before a core has drawn the next, and the CPU is busy with
    /// the steps themselves.
    pub(super) fn draws(&self) -> usize {
        if self.gpus().is_empty() {
            return 1;
        }
        thread::available_parallelism().map_or(1, NonZero::get)
    }
}

/// What windows give: what is told of each, and their gradients' sum.
pub(super) type Found<R> = Result<(Vec<R>, GradientsParams), ModelError>;

/// How windows are learnt from together, by a module on a device.
pub(super) type Work<'a, M, T, R> = &'a (dyn Fn(M, &[T], &Device) -> Found<R> + Sync);

/// Whoever computes the windows of a step.
pub(super) struct Team<'a, M, T, R> {
    processors: &'a Processors,
    work: Work<'a, M, T, R>,
    at_once: usize,
    others: Vec<Other<M, T, R>>,
}

/// A GPU that is not the first. It has a thread of its own, which ends when nobody can send it anything.
struct Other<M, T, R> {
    shares: Sender<Share<M, T>>,
    found: Receiver<Result<Elsewhere<R>, ModelError>>,
}

/// What a GPU gets for a step.
struct Share<M, T> {
    module: M,
    /// The module's numbers: no thread reads tensors of another's device.
    weights: Arc<Vec<TensorData>>,
    windows: Vec<T>,
}

/// What it gives back: of each window, and the gradients' sum, by the module's parameters.
struct Elsewhere<R> {
    told: Vec<R>,
    gradients: Vec<Option<TensorData>>,
}

/// `go` with a team on `processors` that does `work`, on a GPU with so many windows `at_once`.
pub(super) fn with_team<M: Module, T: Send + Sync, R: Send, Out>(
    processors: &Processors,
    at_once: usize,
    work: Work<'_, M, T, R>,
    go: impl FnOnce(&Team<'_, M, T, R>) -> Out,
) -> Out {
    thread::scope(|scope| {
        let others = processors.gpus().iter().skip(1).map(|gpu| {
            let device = gpu.device.clone().autodiff();
            let (shares, taken) = channel();
            let (give, found) = channel();
            scope.spawn(move || {
                while let Ok(share) = taken.recv() {
                    if give.send(elsewhere(share, at_once, work, &device)).is_err() {
                        break;
                    }
                }
            });
            Other { shares, found }
        });
        let team = Team {
            processors,
            work,
            at_once,
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
        let first = self.processors.first();
        if self.processors.gpus().is_empty() {
            let windows = windows
                .iter()
                .map(|window| (numbered(module.clone()), slice::from_ref(window)));
            let found = each(windows, |(module, window)| {
                (self.work)(module, window, &first)
            });
            let found: Vec<_> = found.into_iter().collect::<Result<_, _>>()?;
            let (told, gradients): (Vec<_>, _) = found.into_iter().unzip();
            return Ok((told.into_iter().flatten().collect(), gradients));
        }
        let weights = Arc::new(exchange::weights(module));
        let shares = dealt(windows, self.others.len() + 1).into_iter();
        let mut shares = shares.map(|windows| Share {
            module: module.clone(),
            weights: weights.clone(),
            windows,
        });
        let own = shares.next();
        for (other, share) in self.others.iter().zip(shares) {
            // That a thread has ended is noticed where it should answer.
            let _ = other.shares.send(share);
        }
        let own = own.map(|share| elsewhere(share, self.at_once, self.work, &first));
        let others = self.others.iter().map(|other| {
            let ended = |_| ModelError::Device("the thread of another GPU has ended".into());
            other.found.recv().map_err(ended)?
        });
        let (mut told, mut gradients) = (Vec::new(), Vec::new());
        for found in own.into_iter().chain(others) {
            let found = found?;
            told.push(found.told);
            let home = Processors::home().inner();
            gradients.push(exchange::gradients_on(&home, module, found.gradients));
        }
        Ok((gathered(told), gradients))
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

/// A GPU's share, so many windows at once, the gradients summed on the way.
fn elsewhere<M: Module, T, R>(
    share: Share<M, T>,
    at_once: usize,
    work: Work<'_, M, T, R>,
    device: &Device,
) -> Result<Elsewhere<R>, ModelError> {
    let module = exchange::with_weights(share.module, &share.weights, device);
    let (mut told, mut sum) = (Vec::new(), GradientsAccumulator::new());
    for windows in share.windows.chunks(at_once) {
        let (some, gradients) = work(numbered(module.clone()), windows, device)?;
        sum.accumulate(&module, gradients);
        told.extend(some);
    }
    Ok(Elsewhere {
        told,
        gradients: exchange::gradients(&module, sum.grads()),
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
