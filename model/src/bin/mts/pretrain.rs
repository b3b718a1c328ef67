//! `mts pretrain`: an encoder that has learnt without labels, for `mts train --encoder`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use mts_unet::bundle::{Card, Manifest};
use mts_unet::cohort;
use mts_unet::intake::Intake;
use mts_unet::metrics::plot;
use mts_unet::training::encoder::with_encoder;
use mts_unet::training::pretrain::{PretrainRecipe, PretrainStep, Told};
use mts_unet::training::{Example, Processors, Weights, pretrain};

use crate::train::cases::{self, LeftOut};
use crate::train::{TrainDevice, curve, recipe};
use crate::{Failure, file_failure, save};

/// Train a network's encoder (swinViT) on scans without labels: to fill in what is hidden, to tell how a
/// window is turned, and to find the other view of the same window. A run that was stopped goes on where
/// its last checkpoint is.
///
/// The bundle that it writes into the run's folder is for `mts train --encoder` alone; it segments nothing.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How to train (TOML); the usual values without it
    #[arg(long, value_name = "FILE")]
    recipe: Option<PathBuf>,
    /// The cases (CSV), as `mts manifest` writes them, of any split; labels are not read. Without it, the
    /// recipe's phantoms alone
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// The run's folder
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Where prepared cases and phantoms are kept from run to run
    #[arg(long, value_name = "DIR")]
    cache: PathBuf,
    /// Leave out this fold of so many, such as 0/5, or every patient of a cohort, such as UCSF-PDGM
    #[arg(long, value_name = "I/K|COHORT", value_parser = LeftOut::parse, requires = "manifest")]
    leave_out: Option<LeftOut>,
    /// Where to train: cpu, with all cores; gpu; or a GPU by number, such as gpu:0
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: TrainDevice,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mend = "Mend the recipe; model/recipes/pretrain.toml is an example.";
    let recipe = recipe(arguments.recipe.as_deref(), PretrainRecipe::parse, mend)?;
    let processors = processors(&arguments.device)?;
    let examples = examples(arguments, &recipe)?;
    let out = &arguments.out;
    fs::create_dir_all(out).map_err(|error| file_failure("create", &error, out))?;
    let mut curve = Curve {
        file: curve::open(&out.join("curve.csv"), COLUMNS)?,
        recent: Vec::new(),
    };
    let tell = &mut |step: &PretrainStep| curve.tell(step, recipe.steps);
    let encoder = pretrain(&recipe, &examples, &processors, out, tell)?;
    draw(&recipe.name, out)?;
    let out = out.join(format!("{}.mts.safetensors", recipe.name));
    write_bundle(&recipe, encoder, examples.len(), &out)?;
    println!("{}", out.display());
    Ok(())
}

/// One device alone: the losses of a step's views hang together.
fn processors(device: &TrainDevice) -> Result<Processors, Failure> {
    match device {
        TrainDevice::Gpus(numbers) if numbers.len() > 1 => Err(Failure {
            what: "pretraining uses one GPU: each view of a step is compared with all others"
                .into(),
            mend: "Name one of them.".into(),
            code: 1,
        }),
        one => one.open(1),
    }
}

fn examples(arguments: &Arguments, recipe: &PretrainRecipe) -> Result<Vec<Example>, Failure> {
    let cache = &arguments.cache;
    let mut rows = match &arguments.manifest {
        Some(path) => cohort::read(path)?,
        None => Vec::new(),
    };
    if let Some(left_out) = &arguments.leave_out {
        rows = left_out.rest(rows)?;
    }
    let case = |row: &_| cases::unlabelled_case(row, Intake::plain(recipe.spacing_mm), cache);
    let mut examples = cases::prepared(&rows, case, cache)?;
    let real = examples.len();
    examples.extend(cases::phantoms(
        0..recipe.phantoms as u64,
        Intake::plain(recipe.spacing_mm),
        cache,
    )?);
    println!("{real} cases, {} phantoms", examples.len() - real);
    if examples.is_empty() {
        return Err(Failure {
            what: "there is no case to learn from".into(),
            mend: "Name a --manifest, or ask for phantoms in the recipe.".into(),
            code: 1,
        });
    }
    Ok(examples)
}

fn write_bundle(
    recipe: &PretrainRecipe,
    encoder: Weights,
    cases: usize,
    out: &Path,
) -> Result<(), Failure> {
    let card = Card {
        trained: false,
        summary: format!(
            "An encoder that has learnt without labels from {cases} cases, for a training to start from \
             (mts train --encoder). Everything else in it is random: it segments nothing."
        ),
        ..Card::default()
    };
    let network = recipe.network();
    let weights = with_encoder(&network, recipe.seed, encoder)?;
    let mut manifest = Manifest::new(&recipe.name, network, card);
    manifest.spacing_mm = [Intake::plain(recipe.spacing_mm); 3];
    save::bundle(manifest, weights, out)
}

const COLUMNS: &str = "step,loss,inpainting,inpainting_guessed,rotation,rotation_guessed,contrast,\
                       contrast_guessed,right_turns,learning_rate,seconds";

/// The learning curve: a line a step in a file, and now and then one for whoever watches.
struct Curve {
    file: fs::File,
    recent: Vec<PretrainStep>,
}

impl Curve {
    fn tell(&mut self, step: &PretrainStep, steps: usize) {
        let both = |told: Told| format!("{:.5},{:.5}", told.loss, told.guessed);
        // A curve that cannot be written is no reason to stop training.
        let _ = writeln!(
            self.file,
            "{},{:.5},{},{},{},{:.2},{:.6},{:.2}",
            step.step,
            step.loss,
            both(step.inpainting),
            both(step.rotation),
            both(step.contrast),
            step.right_turns,
            step.learning_rate,
            step.seconds,
        );
        self.recent.push(*step);
        if self.recent.len() == curve::BETWEEN {
            let mean = |value: &dyn Fn(&PretrainStep) -> f64| {
                self.recent.iter().map(value).sum::<f64>() / self.recent.len() as f64
            };
            println!(
                "{:>6}/{steps}  inpainting {:.3} (guessed {:.3})  rotation {:.3}, right {:.2}  contrast {:.3}  {:.2} s a step",
                step.step + 1,
                mean(&|s| s.inpainting.loss),
                mean(&|s| s.inpainting.guessed),
                mean(&|s| s.rotation.loss),
                mean(&|s| s.right_turns),
                mean(&|s| s.contrast.loss),
                mean(&|s| s.seconds),
            );
            self.recent.clear();
        }
    }
}

/// curve.svg from curve.csv: each loss as a part of what guessing costs.
fn draw(name: &str, folder: &Path) -> Result<(), Failure> {
    let path = folder.join("curve.csv");
    let text = fs::read_to_string(&path).map_err(|error| file_failure("read", &error, &path))?;
    let losses = curve::columns(&text, [2, 4, 6]);
    let guessed = curve::columns(&text, [3, 5, 7]);
    let parts = losses.iter().zip(&guessed).map(|(losses, guessed)| {
        std::array::from_fn(|task| {
            let guessed = guessed[task].filter(|&guessed| guessed > 0.0)?;
            Some(losses[task]? / guessed)
        })
    });
    let picture = plot::pretraining_curve(name, &parts.collect::<Vec<_>>());
    let path = folder.join("curve.svg");
    fs::write(&path, picture).map_err(|error| file_failure("write", &error, &path))
}
