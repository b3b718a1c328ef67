//! `mts inspect`.

use std::path::PathBuf;

use imaging::resample::Sampling;
use mts_unet::bundle::Normalisation;
use mts_unet::bundle::{Bundle, Measured};
use mts_unet::report::Auc;

use crate::{Failure, scan};

/// Check a bundle and print its card.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The bundle
    bundle: PathBuf,
    /// Print the whole manifest as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let bundle = scan::bundle(&arguments.bundle)?;
    if arguments.json {
        let json = serde_json::to_string_pretty(bundle.manifest());
        println!(
            "{}",
            json.map_err(|e| Failure {
                what: e.to_string(),
                mend: String::new(),
                code: 1
            })?
        );
    } else {
        card(&bundle);
    }
    Ok(())
}

fn card(bundle: &Bundle) {
    let manifest = bundle.manifest();
    let card = &manifest.card;
    let line = |name: &str, text: String| println!("{name:<14} {text}");
    line("Name", manifest.name.clone());
    line(
        "Trained",
        if card.trained {
            "yes".into()
        } else {
            "no: its answers mean nothing".into()
        },
    );
    line("Licence", card.licence.clone());
    line("About", card.summary.clone());
    let parameters: usize = bundle
        .tensors()
        .map(|t| t.shape.iter().product::<usize>())
        .sum();
    line(
        "Size",
        format!(
            "{parameters} parameters, {:.1} MB",
            bundle.bytes() as f64 / 1e6
        ),
    );
    let backbone = &manifest.network.backbone;
    line(
        "Backbone",
        format!(
            "feature size {}, depths {:?}, merging {:?}",
            backbone.feature_size, backbone.depths, backbone.merging
        ),
    );
    for head in &manifest.network.heads {
        line(
            "Head",
            format!(
                "{}, {} classes, from {:?}",
                head.task.name(),
                head.classes,
                head.input
            ),
        );
    }
    let channels = manifest.channels.map(|c| c.to_string()).join(", ");
    line(
        "Input",
        format!(
            "{channels}; {} axes, {:?} mm{}{}",
            manifest.orientation,
            manifest.spacing_mm,
            match manifest.sampling {
                Sampling::Centre => "",
                Sampling::Average => ", averaged",
            },
            match manifest.normalisation {
                Normalisation::ZScoreBrain => "",
                Normalisation::LimitedZScoreBrain => ", single voxels limited",
            }
        ),
    );
    line(
        "Window",
        format!(
            "{:?}, overlap {}, {:?} blending",
            manifest.window, manifest.overlap, manifest.blending
        ),
    );
    for painter in &manifest.painters {
        let from: Vec<String> = painter.from.iter().map(ToString::to_string).collect();
        line(
            "Paints",
            format!("{}, where absent, from {}", painter.paints, from.join(", ")),
        );
    }
    for data in &card.training_data {
        line(
            "Trained on",
            format!("{}: {} cases, {}", data.name, data.cases, data.licence),
        );
    }
    let dice = |m: Measured| {
        format!(
            "{:.3} ({:.3} to {:.3}), {} cases",
            m.value, m.low, m.high, m.cases
        )
    };
    for (name, measured) in [
        ("Dice WT", card.dice.wt),
        ("Dice TC", card.dice.tc),
        ("Dice ET", card.dice.et),
    ] {
        line(name, measured.map_or_else(|| "not measured".into(), dice));
    }
    for (cohort, of) in &card.dice_by_cohort {
        for (region, measured) in [("WT", of.wt), ("TC", of.tc), ("ET", of.et)] {
            if let Some(measured) = measured {
                line(
                    "of these",
                    format!("{cohort}, {region}: {}", dice(measured)),
                );
            }
        }
    }
    let auc = |m: Auc| {
        format!(
            "{:.3} ({:.3} to {:.3}), {} patients",
            m.value, m.low, m.high, m.patients
        )
    };
    let of = &card.auc;
    for (name, measured, established) in [
        ("AUC IDH", of.idh, of.idh_established()),
        (
            "AUC 1p/19q",
            of.codeletion_1p19q,
            of.codeletion_established(),
        ),
        ("AUC grade", of.grade, of.grade_established()),
        ("AUC grade 3/2", of.grade_3_or_2, of.grade_established()),
    ] {
        let mut text = measured.map_or_else(|| "not measured".into(), auc);
        if measured.is_some() && !established {
            text += "; the head is not established";
        }
        line(name, text);
    }
    for failure in &card.failure_modes {
        line("Fails on", failure.clone());
    }
    line("SHA-256", manifest.tensors_sha256.clone());
}
