//! `mts calibrate`.

use std::path::PathBuf;

use mts_unet::training::heads::{LEAST, recalibrate};

use crate::{Failure, card, save, scan};

/// Give a bundle whose heads learnt with its segmentation the temperatures, the bands of *not sure* and the AUCs that
/// an evaluation asks for.
///
/// The evaluation has to be of cases that had no part in the training: of a cross-validation's networks, each asked for
/// its own fold, or of cases that were left out. Their temperatures have to be this bundle's, as those of bundles fresh
/// from `mts train` are. Heads from `mts heads` are calibrated already.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The bundle
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    /// metrics.json, as `mts evaluate` writes it
    #[arg(long, value_name = "FILE")]
    metrics: PathBuf,
    /// The bundle to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let bundle = scan::bundle(&arguments.bundle)?;
    let evaluation = card::evaluation(&arguments.metrics)?;
    let mut manifest = bundle.manifest().clone();
    let mut found = recalibrate(&evaluation.cases, &manifest.temperatures);
    let heads = &bundle.manifest().network.heads;
    found.retain(|found| heads.iter().any(|head| head.task == found.task));
    if found.is_empty() {
        return Err(Failure {
            what: if heads.is_empty() {
                "the bundle has no heads".into()
            } else {
                format!("no head of the bundle has answered for {LEAST} cases whose truth is known")
            },
            mend: "Train heads with [heads] joint = true or by `mts heads`, and evaluate on labelled cases.".into(),
            code: 1,
        });
    }
    println!(
        "head, cases, temperature, sure from, calibration error before and after (by the other folds)"
    );
    for head in found {
        let name = head.task.name();
        println!(
            "{name}, {}, {:.2}, {:.2}, {:.3}, {:.3}",
            head.cases, head.temperature, head.sure_from, head.ece[0], head.ece[1]
        );
        manifest
            .temperatures
            .insert(name.to_owned(), head.temperature);
        manifest.sure_from.insert(name.to_owned(), head.sure_from);
    }
    manifest.card.auc = evaluation.card_auc();
    save::bundle(manifest, bundle.weights()?, &arguments.out)?;
    println!("{}", arguments.out.display());
    Ok(())
}
