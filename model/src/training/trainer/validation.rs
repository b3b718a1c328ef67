//! Looks at cases that are not learnt from: the smoothed weights read their whole brains, and those
//! with the best Dice are kept.

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use crate::ModelError;
use crate::inference::SlidingWindow;
use crate::metrics::Region;
use crate::network::{MtsUnet, MtsUnetConfig};
use crate::parameters::{self, Weights};
use crate::training::TrainError;
use crate::training::checkpoint;
use crate::training::example::{Example, Truth};
use crate::training::heads::window;
use crate::training::loss::CLASSES;
use crate::training::numbers::numbers;
use crate::training::recipe::Validation;

/// What one look found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Steps done before it.
    pub steps: usize,
    /// Dice of whole tumour, core and enhancing, each a mean over the cases that have some and whose
    /// labels tell; none where no case does.
    pub dice: [Option<f64>; 3],
}

impl Look {
    /// The mean over the regions, by which the best is chosen.
    #[must_use]
    pub fn score(&self) -> f64 {
        let there = self.dice.iter().flatten();
        there.clone().sum::<f64>() / there.count().max(1) as f64
    }
}

/// The cases, and what was found so far.
pub(super) struct Watch<'a> {
    how: Validation,
    cases: &'a [Example],
    config: &'a MtsUnetConfig,
    device: Device,
    folder: PathBuf,
    looks: Vec<Look>,
    best_weights: Weights,
}

/// What is written of it beside the best weights.
#[derive(Serialize, Deserialize)]
struct Record {
    cases: Vec<String>,
    looks: Vec<Look>,
}

impl<'a> Watch<'a> {
    /// Nothing seen, or what a run in `folder` had seen after `steps` steps.
    pub(super) fn begin(
        how: Validation,
        cases: &'a [Example],
        config: &'a MtsUnetConfig,
        device: Device,
        folder: &Path,
        steps: usize,
    ) -> Result<Self, TrainError> {
        let mut watch = Self {
            how,
            cases,
            config,
            device,
            folder: folder.to_owned(),
            looks: Vec::new(),
            best_weights: Weights::new(),
        };
        let path = watch.record_file();
        if !cases.is_empty() && steps > 0 && path.exists() {
            let failed = |e: &dyn std::fmt::Display| checkpoint::failed("read", &path, e);
            let text = fs::read_to_string(&path).map_err(|e| failed(&e))?;
            let record: Record = serde_json::from_str(&text).map_err(|e| failed(&e))?;
            if record.cases != watch.names() {
                return Err(TrainError::OtherCases(path));
            }
            watch.looks = record.looks;
            // Of a run that was cut off while it wrote: the steps are done again, and so are the looks.
            watch.looks.retain(|look| look.steps <= steps);
            watch.best_weights = checkpoint::read_weights(&watch.weights_file())?;
        }
        Ok(watch)
    }

    /// Looks, where it is time after `steps` steps of `end`; the last step is always looked at.
    pub(super) fn look(
        &mut self,
        steps: usize,
        end: usize,
        weights: &Weights,
    ) -> Result<Option<Look>, ModelError> {
        if self.cases.is_empty() || !(steps.is_multiple_of(self.how.every) || steps == end) {
            return Ok(None);
        }
        // Without gradients, and in a network of its own: training's stays as it is.
        let network = parameters::filled(self.config.init(&self.device)?, weights)?;
        let dice = dice(&network, self.cases, &self.device)?;
        let look = Look { steps, dice };
        if self.best().is_none_or(|best| look.score() > best.score()) {
            self.best_weights.clone_from(weights);
        }
        self.looks.push(look);
        Ok(Some(look))
    }

    /// Whether the best is so many looks old that the run ends.
    pub(super) fn is_over(&self) -> bool {
        let best = self.best().map_or(0, |best| best.steps);
        let since = self.looks.iter().filter(|look| look.steps > best);
        self.how.patience > 0 && since.count() >= self.how.patience
    }

    /// The first of the best looks.
    pub(super) fn best(&self) -> Option<Look> {
        let better = |best: Look, look: &Look| {
            if look.score() > best.score() {
                *look
            } else {
                best
            }
        };
        let (first, rest) = self.looks.split_first()?;
        Some(rest.iter().fold(*first, better))
    }

    /// The weights that the best look was of.
    pub(super) fn into_best(self) -> Option<(Look, Weights)> {
        Some((self.best()?, self.best_weights))
    }

    pub(super) fn save(&self) -> Result<(), TrainError> {
        if self.looks.is_empty() {
            return Ok(());
        }
        checkpoint::write_weights(&self.weights_file(), &self.best_weights)?;
        let record = Record {
            cases: self.names(),
            looks: self.looks.clone(),
        };
        let path = self.record_file();
        let text = serde_json::to_string_pretty(&record)
            .map_err(|e| checkpoint::failed("written", &path, &e))?;
        fs::write(&path, text).map_err(|e| checkpoint::failed("written", &path, &e))
    }

    fn names(&self) -> Vec<String> {
        self.cases.iter().map(|case| case.name.clone()).collect()
    }

    fn record_file(&self) -> PathBuf {
        self.folder.join("validation.json")
    }

    fn weights_file(&self) -> PathBuf {
        self.folder.join("best.safetensors")
    }
}

/// Dice by region, mean over the cases.
fn dice(
    network: &MtsUnet,
    cases: &[Example],
    device: &Device,
) -> Result<[Option<f64>; 3], ModelError> {
    let mut found = [const { Vec::new() }; 3];
    for case in cases {
        let labels = segment(network, case, device)?;
        for (found, dice) in found.iter_mut().zip(case_dice(case, &labels)) {
            found.extend(dice);
        }
    }
    // To six places: what is written in decimals must come back as the same number, and what lies
    // beyond them is the order in which threads add.
    let mean = |found: Vec<f64>| {
        let mean = found.iter().sum::<f64>() / found.len() as f64;
        (mean * 1e6).round() / 1e6
    };
    Ok(found.map(|found| (!found.is_empty()).then(|| mean(found))))
}

/// Dice of one case; none for a region that it does not have or whose kind is unknown.
fn case_dice(case: &Example, found: &[u8]) -> [Option<f64>; 3] {
    let tells = |region| region == Region::Wt || case.truth == Truth::Kinds;
    Region::ALL.map(|region| {
        let count = |labels: &[u8]| labels.iter().filter(|&&l| region.contains(l)).count();
        let truth = count(&case.labels);
        let both = found.iter().zip(&case.labels);
        let both = both.filter(|(f, t)| region.contains(**f) && region.contains(**t));
        let dice = 2.0 * both.count() as f64 / (count(found) + truth) as f64;
        (truth > 0 && tells(region)).then_some(dice)
    })
}

/// The likeliest label of every voxel of the brain; 0 outside it.
fn segment(network: &MtsUnet, case: &Example, device: &Device) -> Result<Vec<u8>, ModelError> {
    let voxels = case.labels.len();
    // As a bundle's: at 2 mm, a whole brain.
    let windows = SlidingWindow::default();
    let run = windows.run(
        window(case, case.dims, [0, 1, 2, 3], device),
        Some(&case.brain),
        &[1.0, 0.0, 0.0, 0.0],
        |window| network.segment(window),
        |_, _| std::ops::ControlFlow::Continue(()),
    );
    let logits = numbers(pollster::block_on(run)?)?;
    let likeliest = |voxel: usize| {
        let of = |class: usize| logits[class * voxels + voxel];
        (1..CLASSES).fold(
            0,
            |best, class| if of(class) > of(best) { class } else { best },
        ) as u8
    };
    let labels = case.brain.iter().enumerate();
    Ok(labels
        .map(|(voxel, &inside)| if inside { likeliest(voxel) } else { 0 })
        .collect())
}

#[cfg(test)]
mod tests {
    use half::f16;

    use super::*;

    fn case(labels: Vec<u8>, truth: Truth) -> Example {
        let voxels = labels.len();
        Example {
            name: "case".into(),
            dims: [1, 1, voxels],
            channels: [const { None::<Vec<f16>> }; 4],
            brain: vec![true; voxels],
            labels,
            truth,
        }
    }

    #[test]
    fn a_region_counts_where_there_is_any_and_its_kind_is_known() {
        let found = [0, 2, 2, 1, 0, 3];
        let kinds = case(vec![0, 2, 1, 1, 2, 0], Truth::Kinds);
        // Whole tumour: 3 of 4 and 4; core: 1 of 2 and 2; enhancing: none in truth.
        assert_eq!(case_dice(&kinds, &found), [Some(0.75), Some(0.5), None]);
        let whole = case(vec![0, 4, 4, 4, 4, 0], Truth::WholeTumour);
        assert_eq!(case_dice(&whole, &found), [Some(0.75), None, None]);
    }

    #[test]
    fn the_best_look_is_the_first_of_equals_and_patience_counts_from_it() {
        let config = crate::training::Recipe::default().network();
        let look = |steps, dice| Look {
            steps,
            dice: [Some(dice), None, Some(dice)],
        };
        let how = |patience| Validation { every: 1, patience };
        let mut watch =
            Watch::begin(how(2), &[], &config, Device::flex(), Path::new(""), 0).unwrap();
        assert!(watch.best().is_none() && !watch.is_over());
        watch.looks = vec![look(1, 0.3), look(2, 0.5), look(3, 0.5)];
        assert_eq!(watch.best().unwrap().steps, 2);
        assert!(!watch.is_over());
        watch.looks.push(look(4, 0.4));
        assert!(watch.is_over());
        watch.how = how(0);
        assert!(!watch.is_over());
    }
}
