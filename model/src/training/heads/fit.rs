//! Training the heads on what they see: penalised maximum likelihood, all cases in every step.
//!
//! Everything here was fixed beforehand. A weight of the last layer has a prior deviation of 0.3, so
//! that thirty measures together make logits of ±1.7 or so, an AUC near 0.85, which is what the
//! literature reports; one of the narrow layer 1/√inputs, so that the eight numbers which it makes of
//! the backbone's states move a logit by half as much as that at most. The prior is part of the loss
//! rather than AdamW's decay: Adam takes equal steps however weak the evidence is, so that its decay
//! bounds a weight where a prior weighs it against the data, and then when to stop has to be tuned.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};

use super::TASKS;
use super::cases::{Labelled, Seen, batch};
use super::scale::Scale;
use crate::ModelError;
use crate::network::{Heads, MtsUnetConfig};
use crate::parameters;
use crate::training::Weights;
use crate::training::schedule::learning_rate;

/// Prior deviation of a weight of the last layer.
pub(super) const WEIGHT_DEVIATION: f64 = 0.3;
const STEPS: usize = 500;
const WARM_UP: usize = 20;
const LEARNING_RATE: f64 = 0.02;

/// Heads of `config` that learnt from these cases: their weights, named without `heads.`.
///
/// # Errors
/// The network cannot be made.
pub fn fit(config: &MtsUnetConfig, cases: &[&Labelled], seed: u64) -> Result<Weights, ModelError> {
    let device = Device::flex().autodiff();
    device.seed(seed);
    let heads = config.init(&device)?.heads().clone();
    let mut weights = parameters::values(&heads);
    let scale = Scale::of(cases);
    for (name, values) in [
        ("tafe.sited.mean", scale.mean),
        ("tafe.sited.per_deviation", scale.per_deviation),
    ] {
        if let Some((_, at)) = weights.get_mut(name) {
            *at = values;
        }
    }
    let mut heads = parameters::filled(heads, &weights)?.map(&mut Learning(Vec::new()));

    let views: Vec<(&Labelled, &Seen)> = cases
        .iter()
        .flat_map(|case| case.seen.iter().map(|seen| (*case, seen)))
        .collect();
    let seen: Vec<&Seen> = views.iter().map(|(_, seen)| *seen).collect();
    let pooled = batch(&seen, &device);
    let targets: Vec<Tensor<2>> = (0..TASKS.len())
        .map(|task| target(&views, cases, task, &device))
        .collect();
    let mut optimizer: ModuleOptimizer = AdamConfig::new().init();
    for step in 0..STEPS {
        let (_, answers) = heads.forward(Some(&pooled), None);
        let mut loss = prior(&heads);
        for (answer, target) in answers.into_iter().zip(&targets) {
            let entropy = (log_softmax(answer.logits, 1) * target.clone()).sum();
            loss = Some(match loss {
                Some(loss) => loss - entropy,
                None => -entropy,
            });
        }
        let Some(loss) = loss else { break };
        let gradients = (loss / cases.len().max(1) as f64).backward();
        let gradients = GradientsParams::from_grads(gradients, &heads);
        let rate = learning_rate(step, STEPS, WARM_UP, LEARNING_RATE);
        heads = optimizer.step(rate, heads, gradients);
    }
    let mut weights = parameters::values(&heads);
    // Every class counted the same; the constants now say how often each occurs.
    for (place, (_, classes)) in TASKS.iter().enumerate() {
        let labels: Vec<usize> = cases.iter().filter_map(|c| c.labels[place]).collect();
        let bias = format!("tasks.{place}.tafe.layers.0.bias");
        if let Some((_, bias)) = weights.get_mut(&bias) {
            for (bias, share) in bias.iter_mut().zip(shares(&labels, *classes)) {
                *bias += share.ln() as f32;
            }
        }
    }
    Ok(weights)
}

/// Each case's logits for the three tasks, of the view it is judged by.
///
/// # Errors
/// The weights are not those of `config`'s heads.
pub fn answer(
    config: &MtsUnetConfig,
    weights: &Weights,
    cases: &[&Labelled],
) -> Result<Vec<[Vec<f64>; 3]>, ModelError> {
    let device = Device::flex();
    let heads = parameters::filled(config.init(&device)?.heads().clone(), weights)?;
    let seen: Vec<&Seen> = cases.iter().filter_map(|case| case.seen.first()).collect();
    let (_, answers) = heads.forward(Some(&batch(&seen, &device)), None);
    let mut found = vec![[const { Vec::new() }; 3]; cases.len()];
    for (task, answer) in answers.into_iter().enumerate() {
        let classes = answer.logits.dims()[1];
        let logits = answer.logits.into_data().try_to_vec::<f32>();
        let logits = logits.map_err(|e| ModelError::Device(format!("{e:?}")))?;
        for (found, logits) in found.iter_mut().zip(logits.chunks_exact(classes)) {
            found[task] = logits.iter().map(|&l| f64::from(l)).collect();
        }
    }
    Ok(found)
}

/// What each log probability counts for: nothing but at the label; the views of a case share its
/// weight, and the classes count alike.
fn target(
    views: &[(&Labelled, &Seen)],
    cases: &[&Labelled],
    task: usize,
    device: &Device,
) -> Tensor<2> {
    let classes = TASKS[task].1;
    let labels: Vec<usize> = cases.iter().filter_map(|case| case.labels[task]).collect();
    let balance = class_weights(&labels, classes);
    let mut values = vec![0.0_f32; views.len() * classes];
    for ((case, _), row) in views.iter().zip(values.chunks_exact_mut(classes)) {
        if let Some(label) = case.labels[task] {
            row[label] = (balance[label] / case.seen.len() as f64) as f32;
        }
    }
    Tensor::from_data(TensorData::new(values, [views.len(), classes]), device)
}

/// Weights with which all classes that occur count alike, 1 on average over the labels.
pub(super) fn class_weights(labels: &[usize], classes: usize) -> Vec<f64> {
    let count = |class: usize| labels.iter().filter(|l| **l == class).count();
    let occurring = (0..classes).filter(|&class| count(class) > 0).count();
    let weight = |n: usize| labels.len() as f64 / (occurring * n.max(1)) as f64;
    (0..classes).map(|class| weight(count(class))).collect()
}

/// How often each class occurs; half a case more, so that none is impossible.
pub(super) fn shares(labels: &[usize], classes: usize) -> Vec<f64> {
    let count = |class: usize| labels.iter().filter(|l| **l == class).count() as f64;
    let all = labels.len() as f64 + 0.5 * classes as f64;
    (0..classes)
        .map(|class| (count(class) + 0.5) / all)
        .collect()
}

/// Minus the logarithm of the weights' prior.
fn prior(heads: &Heads) -> Option<Tensor<1>> {
    let mut prior = Prior::default();
    heads.visit(&mut prior);
    prior.cost
}

#[derive(Default)]
struct Prior {
    fields: Vec<String>,
    cost: Option<Tensor<1>>,
}

impl ModuleVisitor for Prior {
    fn enter_module(&mut self, field: &str, _: &str) {
        self.fields.push(field.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.fields.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        // Matrices only: constants cost nothing.
        if D != 2 {
            return;
        }
        let weight = param.val();
        let variance = if self.fields.iter().any(|field| field == "narrow") {
            1.0 / weight.dims()[0] as f64
        } else {
            WEIGHT_DEVIATION * WEIGHT_DEVIATION
        };
        let cost = (weight.clone() * weight).sum() / (2.0 * variance);
        self.cost = Some(match self.cost.take() {
            Some(sum) => sum + cost,
            None => cost,
        });
    }
}

/// Has gradients kept for what is learnt: not for the measures' scale, which is counted, nor for the
/// norms, whose 720 numbers a hundred patients do not bear.
struct Learning(Vec<String>);

impl ModuleMapper for Learning {
    fn enter_module(&mut self, field: &str, _: &str) {
        self.0.push(field.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.0.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let fixed = ["norms", "mean", "per_deviation"];
        let learns = !self.0.iter().any(|field| fixed.contains(&field.as_str()));
        let value = param.val().detach().set_require_grad(learns);
        Param::initialized(param.id, value)
    }
}
