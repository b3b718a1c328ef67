//! Heads that learn together with the segmentation, as the paper has it: masked cross entropy for each, its gradient
//! through the gate into the segmentation, and where wanted weights of the losses that are learnt too.
//!
//! The shipped heads are not made so: see [`heads`](super::heads).

use std::collections::BTreeMap;

use burn::module::{Module, Param};
use burn::nn::Initializer;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::heads::TASKS;
use super::numbers::numbers;
use crate::ModelError;
use crate::network::config::{HeadConfig, HeadInput, Task};
use crate::network::{HeadOutput, MtsUnet, MtsUnetConfig};

/// Losses: the segmentation's, and each head's.
const LOSSES: usize = 1 + TASKS.len();

/// The parameter that no network has.
pub(super) const LOG_VARIANCES: &str = "log_variances";

/// A case's class for each of the [`TASKS`], where known.
pub type Classes = [Option<usize>; TASKS.len()];

/// Whether and how heads learn with the segmentation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JointHeads {
    /// Whether they do. Else the network has none; `mts heads` trains them after it.
    pub joint: bool,
    /// Whether rare classes count as much as common ones.
    pub balanced: bool,
    /// Whether the losses' weights are learnt, after Kendall, Gal and Cipolla (2018). Else each counts 1.
    pub uncertainty: bool,
}

/// The paper's heads on this backbone: IDH and 1p/19q fuse TAFE and CMD, grade reads TAFE alone.
pub(super) fn with_heads(network: MtsUnetConfig) -> MtsUnetConfig {
    let heads = TASKS.map(|(task, classes)| HeadConfig {
        task,
        input: match task {
            Task::Grade => HeadInput::Tafe,
            Task::Idh | Task::Codeletion1p19q => HeadInput::Dsf,
        },
        classes,
    });
    network.with_heads(heads.to_vec())
}

/// A network, and what is learnt beside it.
#[derive(Module, Debug)]
pub struct Learner {
    pub(super) network: MtsUnet,
    /// s = log σ² of each loss, the segmentation's first, where they are learnt: a loss counts exp(−s), and s/2 is
    /// added.
    log_variances: Option<Param<Tensor<1>>>,
}

impl Learner {
    /// At first every loss counts 1.
    pub(super) fn new(
        config: &MtsUnetConfig,
        heads: JointHeads,
        device: &Device,
    ) -> Result<Self, ModelError> {
        Ok(Self {
            network: config.init(device)?,
            log_variances: heads
                .uncertainty
                .then(|| Initializer::Zeros.init([LOSSES], device)),
        })
    }

    /// What to go back from, of losses in the order of [`LOSSES`]: beside each loss's value something whose gradient
    /// is its own. A loss that is not there teaches nothing.
    pub(super) fn together(
        &self,
        losses: [Option<(f64, Tensor<1>)>; LOSSES],
    ) -> Result<Option<Tensor<1>>, ModelError> {
        let weights = match &self.log_variances {
            Some(s) => numbers(s.val().inner())?.iter().map(|s| (-s).exp()).collect(),
            None => vec![1.0; LOSSES],
        };
        let mut values = [None; LOSSES];
        let mut sum: Option<Tensor<1>> = None;
        for ((loss, value), weight) in losses.into_iter().zip(&mut values).zip(weights) {
            let Some((found, slopes)) = loss else { continue };
            *value = Some(found as f32);
            let slopes = slopes * weight;
            sum = Some(match sum {
                Some(sum) => sum + slopes,
                None => slopes,
            });
        }
        let Some(s) = &self.log_variances else {
            return Ok(sum);
        };
        // By s alone: exp(−s) times the value, and s/2 of each loss that is there.
        let s = s.val();
        let row = |of: &dyn Fn(f32) -> f32| {
            let row = values.map(|value| value.map_or(0.0, of));
            Tensor::<1>::from_data(TensorData::new(row.to_vec(), [LOSSES]), &s.device())
        };
        let (values, halves) = (row(&|value| value), row(&|_| 0.5));
        let of_s = ((-s.clone()).exp() * values + s * halves).sum();
        Ok(sum.map(|sum| sum + of_s))
    }
}

/// The cross entropy of a head's answer about one case, times the class's `weight`.
pub(super) fn cross_entropy(
    head: &HeadOutput,
    class: usize,
    weight: f32,
) -> Result<(f64, Tensor<1>), ModelError> {
    let right = log_softmax(head.logits.clone(), 1).narrow(1, class, 1);
    let loss = (right * -weight).sum();
    let value = numbers(loss.clone().inner())?[0];
    Ok((f64::from(value), loss))
}

/// What each class of each task counts: 1, or where they are balanced so much that all classes of a task count the
/// same together, and a case 1 on average.
#[derive(Clone, Debug)]
pub(super) struct Balance([Vec<f32>; TASKS.len()]);

impl Balance {
    pub(super) fn of<'a>(
        heads: JointHeads,
        cases: impl Iterator<Item = &'a Classes> + Clone,
    ) -> Self {
        Self(std::array::from_fn(|task| {
            let mut counts = vec![0_usize; TASKS[task].1];
            for class in cases.clone().filter_map(|classes| classes[task]) {
                counts[class] += 1;
            }
            let all: usize = counts.iter().sum();
            let there = counts.iter().filter(|count| **count > 0).count();
            let weight = |count: usize| match (heads.balanced, count) {
                (false, _) | (true, 0) => 1.0,
                (true, count) => all as f32 / (there * count) as f32,
            };
            counts.into_iter().map(weight).collect()
        }))
    }

    pub(super) fn weight(&self, task: usize, class: usize) -> f32 {
        self.0[task][class]
    }
}

/// The classes of cases by their names.
pub type CaseClasses = BTreeMap<String, Classes>;
