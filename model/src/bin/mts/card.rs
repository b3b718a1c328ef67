//! `mts card`: what a bundle says of itself.

use std::fs;
use std::path::{Path, PathBuf};

use mts_unet::bundle::{Card, TrainingData};
use mts_unet::evaluation::Evaluation;
use serde::Deserialize;

use crate::{Failure, file_failure, save, scan};

/// Write a bundle's card anew: words from a TOML file, Dice from what `mts evaluate` measured. What
/// the card knows of its heads stays.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The bundle
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    /// Its words
    #[arg(long, value_name = "FILE")]
    words: PathBuf,
    /// metrics.json of cases that it was not trained on
    #[arg(long, value_name = "FILE")]
    metrics: Option<PathBuf>,
    /// The bundle that this one went on from, where it was not measured anew: Dice as on that one's card. The words
    /// have to say so
    #[arg(long, value_name = "FILE", conflicts_with = "metrics")]
    as_measured: Option<PathBuf>,
    /// Where to
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// The words of a card.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    name: String,
    summary: String,
    licence: String,
    created: String,
    failure_modes: Vec<String>,
    training_data: Vec<TrainingData>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let bundle = scan::bundle(&arguments.bundle)?;
    let words = fs::read_to_string(&arguments.words)
        .map_err(|error| file_failure("read", &error, &arguments.words))?;
    let words: Words = toml::from_str(&words).map_err(|error| Failure {
        what: format!("{error}: {}", arguments.words.display()),
        mend: "Mend the card's words.".into(),
        code: 1,
    })?;
    let (dice, dice_by_cohort) = if let Some(path) = &arguments.metrics {
        let evaluation = evaluation(path)?;
        (evaluation.card_dice(), evaluation.card_dice_by_cohort())
    } else {
        let earlier = arguments.as_measured.as_deref().map(scan::bundle);
        let earlier = earlier.transpose()?;
        let card = &earlier.as_ref().unwrap_or(&bundle).manifest().card;
        (card.dice, card.dice_by_cohort.clone())
    };
    let mut manifest = bundle.manifest().clone();
    manifest.name = words.name;
    manifest.card = Card {
        trained: true,
        summary: words.summary,
        training_data: words.training_data,
        dice,
        dice_by_cohort,
        licence: words.licence,
        failure_modes: words.failure_modes,
        created: Some(words.created),
        ..manifest.card
    };
    save::bundle(manifest, bundle.weights()?, &arguments.out)
}

pub(crate) fn evaluation(path: &Path) -> Result<Evaluation, Failure> {
    let text = fs::read_to_string(path).map_err(|error| file_failure("read", &error, path))?;
    serde_json::from_str(&text).map_err(|error| Failure {
        what: format!("{error}: {}", path.display()),
        mend: "Make it with `mts evaluate`.".into(),
        code: 1,
    })
}
