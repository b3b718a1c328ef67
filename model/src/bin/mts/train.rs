//! `mts train`: a recipe and a manifest in, a bundle out.

pub(crate) mod cases;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use mts_unet::bundle::{self, Card, Manifest, Storage};
use mts_unet::metrics::plot;
use mts_unet::network::MtsUnetConfig;
use mts_unet::parameters;
use mts_unet::training::trainer::{Step, TrainError};
use mts_unet::training::{Recipe, Weights, train};

use crate::{Failure, file_failure, scan};
use cases::LeftOut;

/// Train a network's segmentation. A run that was stopped goes on where its last checkpoint is.
///
/// In the run's folder: checkpoints, the learning curve (curve.csv, and in the end curve.svg), and in the
/// end the bundle.
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
    /// Cross-validate: one run after the other, each without one fold of so many, in folders fold-0,
    /// fold-1 and so on of the run's folder
    #[arg(long, value_name = "K", conflicts_with = "leave_out", value_parser = clap::value_parser!(u8).range(2..=20))]
    folds: Option<u8>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let recipe = match &arguments.recipe {
        Some(path) => read_recipe(path)?,
        None => Recipe::default(),
    };
    let start = match (&arguments.start, &arguments.encoder) {
        (Some(path), _) => Some(scan::bundle(path)?.weights()?),
        (None, Some(path)) => Some(encoder(path, &recipe)?),
        (None, None) => None,
    };
    let one = |left_out: Option<&LeftOut>, out: &Path| {
        run_one(arguments, &recipe, start.as_ref(), left_out, out)
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
    left_out: Option<&LeftOut>,
    out: &Path,
) -> Result<(), Failure> {
    let config = recipe.network();
    let pools = cases::pools(&arguments.manifest, left_out, recipe, &arguments.cache)?;
    println!(
        "{} cases with kinds of tumour, {} with the whole tumour alone, {} phantoms",
        pools.expert.len(),
        pools.whole_tumour.len(),
        pools.phantom.len()
    );
    fs::create_dir_all(out).map_err(|error| file_failure("create", &error, out))?;
    let mut curve = Curve::open(&out.join("curve.csv"))?;
    let tell = &mut |step: &Step| curve.tell(step, recipe.steps());
    let weights = train(recipe, &config, &pools, start, out, tell)?;
    draw_curve(&recipe.name, out)?;
    let out = out.join(format!("{}.mts.safetensors", recipe.name));
    write_bundle(recipe, weights, &out)?;
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
    let device = Device::flex();
    device.seed(recipe.seed);
    let mut weights = parameters::values(&ours.init(&device)?);
    for (name, given) in bundle.weights()? {
        if name.starts_with("swinViT.") {
            weights.insert(name, given);
        }
    }
    Ok(weights)
}

fn read_recipe(path: &Path) -> Result<Recipe, Failure> {
    let text = fs::read_to_string(path).map_err(|error| file_failure("read", &error, path))?;
    Recipe::parse(&text).map_err(|problem| Failure {
        what: format!("{problem}: {}", path.display()),
        mend: "Mend the recipe; `mts train --help` and the README name its fields.".into(),
        code: 1,
    })
}

fn write_bundle(recipe: &Recipe, weights: Weights, out: &Path) -> Result<(), Failure> {
    let card = Card {
        trained: true,
        summary: "Fresh from training: not evaluated yet.".into(),
        ..Card::default()
    };
    let mut manifest = Manifest::new(&recipe.name, recipe.network(), card);
    manifest.spacing_mm = [recipe.spacing_mm; 3];
    manifest.smallest_piece = recipe.smallest_piece;
    let tensors = weights
        .into_iter()
        .map(|(name, (shape, values))| (name, shape, values));
    let bytes = bundle::write(manifest, tensors.collect(), Storage::F16)?;
    fs::write(out, bytes).map_err(|error| file_failure("write", &error, out))
}

/// curve.svg from curve.csv, which holds the steps of earlier parts of the run too.
fn draw_curve(name: &str, folder: &Path) -> Result<(), Failure> {
    let path = folder.join("curve.csv");
    let text = fs::read_to_string(&path).map_err(|error| file_failure("read", &error, &path))?;
    let steps = text.lines().skip(1).map(|line| {
        let fields: Vec<&str> = line.split(',').collect();
        [2, 3, 4].map(|at| fields.get(at)?.parse().ok())
    });
    let picture = plot::learning_curve(name, &steps.collect::<Vec<_>>());
    let path = folder.join("curve.svg");
    fs::write(&path, picture).map_err(|error| file_failure("write", &error, &path))
}

/// The learning curve: a line a step in a file, and now and then one for whoever watches.
struct Curve {
    file: fs::File,
    recent: Vec<Step>,
}

impl Curve {
    fn open(path: &Path) -> Result<Self, Failure> {
        let file = fs::OpenOptions::new().create(true).append(true).open(path);
        let mut file = file.map_err(|error| file_failure("write", &error, path))?;
        if file.metadata().is_ok_and(|about| about.len() == 0) {
            // A curve that cannot be written is no reason to stop training.
            let _ = writeln!(
                file,
                "step,loss,dice_wt,dice_tc,dice_et,learning_rate,seconds"
            );
        }
        Ok(Self {
            file,
            recent: Vec::new(),
        })
    }

    fn tell(&mut self, step: &Step, steps: usize) {
        const BETWEEN: usize = 25;
        let dice = step
            .dice
            .map(|dice| dice.map_or_else(String::new, |d| format!("{d:.4}")));
        let _ = writeln!(
            self.file,
            "{},{:.5},{},{:.6},{:.2}",
            step.step,
            step.loss,
            dice.join(","),
            step.learning_rate,
            step.seconds
        );
        self.recent.push(*step);
        if self.recent.len() == BETWEEN {
            let mean = |value: &dyn Fn(&Step) -> Option<f64>| {
                let values: Vec<f64> = self.recent.iter().filter_map(value).collect();
                values.iter().sum::<f64>() / values.len().max(1) as f64
            };
            println!(
                "{:>6}/{steps}  loss {:.3}  Dice {:.2} {:.2} {:.2}  {:.2} s a step",
                step.step + 1,
                mean(&|s| Some(s.loss)),
                mean(&|s| s.dice[0]),
                mean(&|s| s.dice[1]),
                mean(&|s| s.dice[2]),
                mean(&|s| Some(s.seconds)),
            );
            self.recent.clear();
        }
    }
}

impl From<TrainError> for Failure {
    fn from(error: TrainError) -> Self {
        Self {
            what: error.to_string(),
            mend: match error {
                TrainError::Checkpoint { .. } => "Give the run a new folder.",
                _ => "See the recipe and the manifest.",
            }
            .into(),
            code: 1,
        }
    }
}
