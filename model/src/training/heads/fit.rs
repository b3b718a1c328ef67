//! Training the heads on what they see: for each task a regression that is convex in all it learns,
//! written into the network's own layers. No step size, no seed, no moment to stop.

use burn::tensor::Device;

use super::TASKS;
use super::cases::{Labelled, Seen, batch};
use super::choose::{Choice, Learnt};
use super::reading::Source;
use crate::ModelError;
use crate::network::MtsUnetConfig;
use crate::network::sited::{MEASURES, NARROW};
use crate::parameters;
use crate::training::Weights;
use crate::training::numbers::numbers;

/// Heads that have learnt.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// Their weights, named without `heads.`. What each class is said too seldom or too often by is in
    /// the constants already.
    pub weights: Weights,
    /// What each task's logits are to be divided by.
    pub temperatures: [f64; 3],
    /// What the calibration has added to each task's constants.
    pub shifts: [Vec<f64>; 3],
    /// How each came about; none where no case tells anything of the task.
    pub choices: [Option<Choice>; 3],
}

impl Fitted {
    /// The places of the measures that the heads read.
    #[must_use]
    pub fn read(&self) -> Vec<usize> {
        let factors = self.weights.get("tafe.sited.per_deviation");
        let factors = factors.map_or(&[][..], |(_, factors)| factors);
        let all = factors.iter().enumerate();
        all.filter(|(_, factor)| **factor != 0.0)
            .map(|(measure, _)| measure)
            .collect()
    }
}

/// Heads of `config` that learnt from these cases, from the numbers of `source`: [`Source::Network`] or,
/// where several networks looked at the cases, [`Source::Measures`].
///
/// # Errors
/// The network cannot be made, or its heads cannot read the source.
pub fn fit(
    config: &MtsUnetConfig,
    cases: &[&Labelled],
    source: Source,
) -> Result<Fitted, ModelError> {
    if !matches!(source, Source::Network | Source::Measures) {
        return Err(ModelError::Config(format!("no head reads {source:?}")));
    }
    let heads = config.init(&Device::flex())?.heads().clone();
    let mut weights = parameters::values(&heads);
    let (mut temperatures, mut choices) = ([1.0; 3], [None; 3]);
    let mut shifts = TASKS.map(|(_, classes)| vec![0.0; classes]);
    let mut put = |name: &str, values: Vec<f32>| match weights.get_mut(name) {
        Some((_, at)) if at.len() == values.len() => {
            *at = values;
            Ok(())
        }
        _ => Err(ModelError::Config(format!(
            "the network has no {name} of {} numbers",
            values.len()
        ))),
    };
    let singles = |of: &[f64]| of.iter().map(|&v| v as f32).collect::<Vec<f32>>();
    let reading = source.learn(cases);
    if let Some(scale) = reading.scale {
        put("tafe.sited.mean", scale.mean)?;
        put("tafe.sited.per_deviation", scale.per_deviation)?;
    }
    if let Some(states) = reading.states {
        put(
            "tafe.sited.narrow.weight",
            singles(&states.weights.concat()),
        )?;
        put("tafe.sited.narrow.bias", singles(&states.constants))?;
    }
    for (task, (_, classes)) in TASKS.into_iter().enumerate() {
        let learnt = Learnt::from(source, cases, task);
        let inputs = MEASURES + NARROW;
        let mut sums = vec![0.0; classes * inputs];
        let mut constants = vec![0.0; classes];
        if let Some(learnt) = &learnt {
            temperatures[task] = learnt.calibration.temperature;
            choices[task] = Some(learnt.choice);
            shifts[task].clone_from(&learnt.calibration.shifts);
            for (class, found) in learnt.logistic.classes.iter().enumerate() {
                let (constant, found) = found.split_last().unwrap_or((&0.0, &[]));
                constants[class] = constant + shifts[task][class];
                // What it does not read stays 0.
                sums[class * inputs..][..found.len()].copy_from_slice(found);
            }
        }
        let layer = format!("tasks.{task}.tafe.layers.0");
        put(&format!("{layer}.weight"), singles(&sums))?;
        put(&format!("{layer}.bias"), singles(&constants))?;
    }
    Ok(Fitted {
        weights,
        temperatures,
        shifts,
        choices,
    })
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
        let logits = numbers(answer.logits)?;
        for (found, logits) in found.iter_mut().zip(logits.chunks_exact(classes)) {
            found[task] = logits.iter().map(|&l| f64::from(l)).collect();
        }
    }
    Ok(found)
}
