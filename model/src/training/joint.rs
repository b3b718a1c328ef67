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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JointHeads {
    /// Whether they do. Else the network has none; `mts heads` trains them after it.
    pub joint: bool,
    /// Whether IDH and 1p/19q read CMD, the comparison of T2 and FLAIR, beside TAFE. Where few cases have both, it
    /// teaches which hospital they are of.
    pub compare: bool,
    /// Whether rare classes count as much as common ones.
    pub balanced: bool,
    /// Whether the losses' weights are learnt, after Kendall, Gal and Cipolla (2018). Else each counts 1.
    pub uncertainty: bool,
}

impl Default for JointHeads {
    fn default() -> Self {
        Self {
            joint: false,
            compare: true,
            balanced: false,
            uncertainty: false,
        }
    }
}

/// The paper's heads on this backbone: IDH and 1p/19q fuse TAFE and CMD, grade reads TAFE alone.
pub(super) fn with_heads(network: MtsUnetConfig, heads: JointHeads) -> MtsUnetConfig {
    let heads = TASKS.map(|(task, classes)| HeadConfig {
        task,
        input: match task {
            Task::Idh | Task::Codeletion1p19q if heads.compare => HeadInput::Dsf,
            _ => HeadInput::Tafe,
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

    /// What to go back from: beside each loss's value something whose gradient is its own. A head's loss that is not
    /// there teaches nothing.
    pub(super) fn together(
        &self,
        segmentation: (f64, Tensor<1>),
        heads: [Option<(f64, Tensor<1>)>; TASKS.len()],
    ) -> Result<Tensor<1>, ModelError> {
        let Some(s) = &self.log_variances else {
            let heads = heads.into_iter().flatten();
            return Ok(heads.fold(segmentation.1, |sum, (_, slopes)| sum + slopes));
        };
        let s = s.val();
        let weights: Vec<f32> = numbers(s.clone().inner())?
            .iter()
            .map(|s| (-s).exp())
            .collect();
        let mut sum = segmentation.1 * weights[0];
        // By s alone: exp(−s) times the value, and s/2, of each loss that is there.
        let mut values = vec![segmentation.0 as f32];
        let mut halves = vec![0.5];
        for (head, weight) in heads.into_iter().zip(&weights[1..]) {
            let is_there = head.is_some();
            values.push(head.as_ref().map_or(0.0, |(value, _)| *value as f32));
            halves.push(if is_there { 0.5 } else { 0.0 });
            if let Some((_, slopes)) = head {
                sum = sum + slopes * *weight;
            }
        }
        let row =
            |row: Vec<f32>| Tensor::<1>::from_data(TensorData::new(row, [LOSSES]), &s.device());
        let of_s = s.clone().neg().exp() * row(values) + s.clone() * row(halves);
        Ok(sum + of_s.sum())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_of_a_task_count_the_same_together_and_a_case_one_on_average() {
        let cases = [
            [Some(0), None, Some(2)],
            [Some(0), None, None],
            [Some(0), None, Some(2)],
            [Some(1), None, None],
        ];
        let heads = JointHeads {
            joint: true,
            balanced: true,
            ..JointHeads::default()
        };
        let balance = Balance::of(heads, cases.iter());
        assert_eq!(balance.0[0], [4.0 / 6.0, 2.0]);
        // Nothing to balance: no label, one class alone.
        assert_eq!(balance.0[1], [1.0, 1.0]);
        assert_eq!(balance.0[2], [1.0, 1.0, 1.0]);
        let plain = JointHeads {
            balanced: false,
            ..heads
        };
        assert_eq!(Balance::of(plain, cases.iter()).0[0], [1.0, 1.0]);
    }

    /// d/ds of exp(−s)·L + s/2 is ½ − L·exp(−s), and what the network is taught is the loss's gradient times exp(−s).
    #[test]
    fn learnt_weights_have_the_slopes_of_their_definition() {
        let device = Device::flex().autodiff();
        let config = crate::training::Recipe::default().network();
        let heads = JointHeads {
            joint: true,
            uncertainty: true,
            ..JointHeads::default()
        };
        let learner = Learner::new(&config, heads, &device).unwrap();
        let s = Tensor::<1>::from_floats([0.5, -1.0, 0.0, 2.0], &device).require_grad();
        let learner = Learner {
            log_variances: Some(Param::initialized(burn::module::ParamId::new(), s.clone())),
            ..learner
        };
        let x = Tensor::<1>::from_floats([3.0], &device).require_grad();
        let loss = |by: f32| x.clone() * by;
        let heads = [Some((4.0, loss(0.5))), None, Some((0.1, loss(7.0)))];
        let sum = learner.together((2.0, loss(1.0)), heads).unwrap();
        let found = (sum * 0.5).backward();
        let numbers = |tensor: Tensor<1>| tensor.into_data().try_to_vec::<f32>().unwrap();
        let of_s = numbers(s.grad(&found).unwrap());
        let slope = |value: f32, s: f32| 0.5 * (0.5 - value * (-s).exp());
        let expected = [slope(2.0, 0.5), slope(4.0, -1.0), 0.0, slope(0.1, 2.0)];
        for (found, expected) in of_s.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{of_s:?}");
        }
        let of_x = numbers(x.grad(&found).unwrap())[0];
        let expected = 0.5 * ((-0.5_f32).exp() + 0.5 * 1.0_f32.exp() + 7.0 * (-2.0_f32).exp());
        assert!((of_x - expected).abs() < 1e-6, "{of_x}");
    }
}
