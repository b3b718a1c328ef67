//! `mts train`: a recipe and a manifest in, a bundle out.

pub(crate) mod cases;
pub(crate) mod curve;
mod device;

use std::fs;
use std::path::{Path, PathBuf};

use mts_unet::bundle::{Card, Manifest};
use mts_unet::metrics::Region;
use mts_unet::network::MtsUnetConfig;
use mts_unet::training::encoder::with_encoder;
use mts_unet::training::trainer::{Look, Step};
use mts_unet::training::{Processors, Recipe, TrainError, Trained, Weights, train};

use crate::{Failure, file_failure, save, scan};
use cases::LeftOut;
use curve::Curve;
pub(crate) use device::TrainDevice;

/// Train a network's segmentation. A run that was stopped goes on where its last checkpoint is.
///
/// In the run's folder: checkpoints, the learning curve (curve.csv, and in the end curve.svg), and in the
/// end the bundle.
///
/// Rows of the manifest whose split is `train` or empty are learnt from. Those of the split `val`, or the
/// fold that --validate names, are not: as the recipe's [validation] says, the smoothed weights are looked
/// at with them, and the bundle holds the best and not the last. Other splits are left out.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How to train (TOML); the usual values without it
    #[arg(long, value_name = "FILE")]
    recipe: Option<PathBuf>,
    /// The cases (CSV), as `mts manifest` writes them
    #[arg(long, value_name = "FILE")]
    manifest: PathBuf,
    /// The run's folder
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Where prepared cases and phantoms are kept from run to run
    #[arg(long, value_name = "DIR")]
    cache: PathBuf,
    /// A bundle whose weights to start from
    #[arg(long, value_name = "BUNDLE")]
    start: Option<PathBuf>,
    /// A bundle whose encoder (swinViT) alone to start from, such as a converted foreign checkpoint of
    /// the recipe's feature size; the rest begins at random
    #[arg(long, value_name = "BUNDLE", conflicts_with = "start")]
    encoder: Option<PathBuf>,
    /// Leave out this fold of so many, such as 0/5, or every patient of a cohort, such as UCSF-PDGM
    #[arg(long, value_name = "I/K|COHORT", value_parser = LeftOut::parse)]
    leave_out: Option<LeftOut>,
    /// Validate on this fold of so many of what is learnt from, such as 0/10, instead of the manifest's
    /// split val
    #[arg(long, value_name = "I/K", value_parser = cases::fold)]
    validate: Option<(usize, usize)>,
    /// Where to train: cpu, with all cores; gpu; or GPUs by number, such as gpu:0,gpu:1, which share the windows of a
    /// step
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: TrainDevice,
    /// Windows of a step that a GPU computes together, as far as its buffers hold them: more are faster, and take
    /// more of its memory
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u8).range(1..=64))]
    at_once: u8,
    /// Cross-validate: one run after the other, each without one fold of so many, in folders fold-0,
    /// fold-1 and so on of the run's folder
    #[arg(long, value_name = "K", conflicts_with = "leave_out", value_parser = clap::value_parser!(u8).range(2..=20))]
    folds: Option<u8>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mend = "Mend the recipe; `mts train --help` and the README name its fields.";
    let recipe = recipe(arguments.recipe.as_deref(), Recipe::parse, mend)?;
    let start = match (&arguments.start, &arguments.encoder) {
        (Some(path), _) => Some(scan::bundle(path)?.weights()?),
        (None, Some(path)) => Some(encoder(path, &recipe)?),
        (None, None) => None,
    };
    let processors = arguments.device.open(arguments.at_once.into())?;
    let one = |left_out: Option<&LeftOut>, out: &Path| {
        run_one(
            arguments,
            &recipe,
            start.as_ref(),
            &processors,
            left_out,
            out,
        )
    };
    let Some(folds) = arguments.folds else {
        return one(arguments.leave_out.as_ref(), &arguments.out);
    };
    for place in 0..folds.into() {
        println!("Without fold {place} of {folds}");
        let out = arguments.out.join(format!("fold-{place}"));
        one(Some(&LeftOut::Fold(place, folds.into())), &out)?;
    }
    Ok(())
}

/// One run, in the folder `out`.
fn run_one(
    arguments: &Arguments,
    recipe: &Recipe,
    start: Option<&Weights>,
    processors: &Processors,
    left_out: Option<&LeftOut>,
    out: &Path,
) -> Result<(), Failure> {
    let config = recipe.network();
    let sides = cases::sides(&arguments.manifest, left_out, arguments.validate)?;
    let pools = cases::pools(&sides, recipe, &arguments.cache)?;
    println!(
        "{} cases with kinds of tumour, {} with the whole tumour alone, {} phantoms",
        pools.expert.len(),
        pools.whole_tumour.len(),
        pools.phantom.len()
    );
    let validated = pools.validation.len();
    if validated > 0 {
        let every = recipe.validation.every;
        println!("{validated} cases to validate on, every {every} steps");
    }
    fs::create_dir_all(out).map_err(|error| file_failure("create", &error, out))?;
    let mut curve = Curve::open(&out.join("curve.csv"))?;
    let tell = &mut |step: &Step| curve.tell(step, recipe.steps());
    let trained = train(recipe, &config, &pools, start, processors, out, tell)?;
    curve::draw(&recipe.name, out)?;
    let out = out.join(format!("{}.mts.safetensors", recipe.name));
    if let Some(look) = trained.look {
        println!("best after {}: {}", steps(look.steps), words(&look));
    }
    write_bundle(recipe, trained, validated, &out)?;
    println!("{}", out.display());
    Ok(())
}

/// Fresh weights, but for the encoder's, which are a bundle's.
fn encoder(path: &Path, recipe: &Recipe) -> Result<Weights, Failure> {
    let bundle = scan::bundle(path)?;
    let (theirs, ours) = (&bundle.manifest().network, recipe.network());
    let of = |network: &MtsUnetConfig| (network.backbone.feature_size, network.backbone.merging);
    if of(theirs) != of(&ours) {
        return Err(Failure {
            what: format!(
                "the encoder has feature size {} and patch merging {:?}, the recipe {} and {:?}",
                theirs.backbone.feature_size,
                theirs.backbone.merging,
                ours.backbone.feature_size,
                ours.backbone.merging
            ),
            mend: "Give the recipe the encoder's feature_size, or take another bundle.".into(),
            code: 1,
        });
    }
    Ok(with_encoder(&ours, recipe.seed, bundle.weights()?)?)
}

/// The recipe that is named, or the usual one.
pub(crate) fn recipe<T: Default>(
    path: Option<&Path>,
    parse: fn(&str) -> Result<T, String>,
    mend: &str,
) -> Result<T, Failure> {
    let Some(path) = path else {
        return Ok(T::default());
    };
    let text = fs::read_to_string(path).map_err(|error| file_failure("read", &error, path))?;
    parse(&text).map_err(|problem| Failure {
        what: format!("{problem}: {}", path.display()),
        mend: mend.into(),
        code: 1,
    })
}

fn write_bundle(
    recipe: &Recipe,
    trained: Trained,
    validated: usize,
    out: &Path,
) -> Result<(), Failure> {
    let mut summary = "Fresh from training: not evaluated yet.".to_owned();
    if let Some(look) = trained.look {
        summary += &format!(
            " These are the weights after {}, the best of the looks at {validated} cases that were not \
             learnt from ({}): chosen by them, so that figures on them flatter.",
            steps(look.steps),
            words(&look)
        );
    }
    let card = Card {
        trained: true,
        summary,
        ..Card::default()
    };
    let mut manifest = Manifest::new(&recipe.name, recipe.network(), card);
    manifest.spacing_mm = [recipe.spacing_mm; 3];
    manifest.sampling = recipe.sampling;
    manifest.normalisation = recipe.normalisation;
    manifest.smallest_piece = recipe.smallest_piece;
    save::bundle(manifest, trained.weights, out)
}

fn steps(count: usize) -> String {
    format!("{count} steps")
}

/// Dice by region, such as `Dice wt 0.812, tc 0.604`.
fn words(look: &Look) -> String {
    let regions = Region::ALL.iter().zip(look.dice);
    let known = regions.filter_map(|(region, dice)| Some(format!("{} {:.3}", region.key(), dice?)));
    format!("Dice {}", known.collect::<Vec<_>>().join(", "))
}

impl From<TrainError> for Failure {
    fn from(error: TrainError) -> Self {
        Self {
            what: error.to_string(),
            mend: error.mend().into(),
            code: 1,
        }
    }
}
