//! `mts heads`: a bundle with a trained segmentation in, the same with heads out.

mod card;
mod cases;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use mts_unet::bundle::{self, Bundle, Storage};
use mts_unet::cohort;
use mts_unet::metrics::BinarySummary;
use mts_unet::network::MtsUnetConfig;
use mts_unet::network::config::Task;
use mts_unet::report::Measured;
use mts_unet::training::Weights;
use mts_unet::training::heads::{Figures, Findings, HeldOut, fit, held_out, judge, with_heads};
use serde::Serialize;

use crate::train::cases::fold;
use crate::{Failure, file_failure, scan};

/// Train the heads of a bundle whose segmentation is trained, and say how good they are.
///
/// Every labelled case of the manifest goes through the network once. The heads are then trained and
/// judged by cross-validation over patients, beside a logistic regression on the same measures, and
/// trained once more on all cases for the bundle that is written. The report's figures are of answers
/// that no case has helped to learn; the segmentation below them may have seen those cases, but not
/// those left out by --leave-out where it was trained with the same.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The bundle whose segmentation is trained; heads that it has are replaced
    #[arg(long)]
    bundle: PathBuf,
    /// The cases (CSV), as `mts manifest` writes them
    #[arg(long, value_name = "FILE")]
    manifest: PathBuf,
    /// Where prepared cases are kept, and what the heads see of each
    #[arg(long, value_name = "DIR")]
    cache: PathBuf,
    /// The bundle to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Folds of the cross-validation
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(2..=50))]
    folds: u32,
    /// Keep this fold of so many from everything, such as 0/5, and ask the final heads for it
    #[arg(long, value_name = "I/K", value_parser = fold)]
    leave_out: Option<(usize, usize)>,
    /// Write every figure to this file (JSON)
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Where every random number comes from
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Everything that was measured.
#[derive(Serialize)]
struct Report<'a> {
    bundle: &'a str,
    backbone_sha256: &'a str,
    cases: usize,
    folds: u32,
    left_out: Option<String>,
    caution: &'static str,
    /// Whether a head is better than chance, by the intervals of its AUC.
    established: BTreeMap<&'static str, bool>,
    out_of_fold: &'a Findings,
    held_out: Option<HeldOut>,
}

const CAUTION: &str = "The heads are out of fold. The segmentation that they read was trained on the \
    masks of these cases, so that it finds their tumours better than those of others; held_out is of \
    cases that it was kept from, if it was trained with the same --leave-out.";

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let backbone = scan::bundle(&arguments.bundle)?;
    let config = with_heads(&backbone.manifest().network);
    config.check().map_err(mts_unet::ModelError::Config)?;
    let rows = cohort::read(&arguments.manifest)?;
    let (kept, left_out) = cases::split(rows, arguments.leave_out);
    let network = cases::network(&backbone, &config)?;
    let see = |rows| cases::see(&network, &backbone, rows, &arguments.cache);
    let (rows, labelled) = see(kept)?;
    let (_, others) = see(left_out)?;
    drop(network);
    println!("{} labelled cases, {} left out", rows.len(), others.len());

    let folds = cohort::folds(&rows, arguments.folds as usize);
    let findings = judge(&config, &labelled, &folds, arguments.seed)?;
    tell(&findings);
    let weights = fit(
        &config,
        &labelled.iter().collect::<Vec<_>>(),
        arguments.seed,
    )?;
    let of = |temperature: Option<f64>| temperature.unwrap_or(1.0);
    let temperatures = [
        of(findings.idh.as_ref().map(|f| f.temperature)),
        of(findings.codeletion_1p19q.as_ref().map(|f| f.temperature)),
        of(findings.grade.as_ref().map(|f| f.temperature)),
    ];
    let held_out = if others.is_empty() {
        None
    } else {
        Some(held_out(&config, &weights, &others, temperatures)?)
    };
    if let Some(path) = &arguments.report {
        let report = Report {
            bundle: &backbone.manifest().name,
            backbone_sha256: &backbone.manifest().tensors_sha256,
            cases: rows.len(),
            folds: arguments.folds,
            left_out: arguments.leave_out.map(|(i, k)| format!("{i}/{k}")),
            caution: CAUTION,
            established: established(&card::measured(&findings)),
            out_of_fold: &findings,
            held_out,
        };
        let json = serde_json::to_string_pretty(&report).map_err(|error| Failure {
            what: error.to_string(),
            mend: String::new(),
            code: 1,
        })?;
        fs::write(path, json).map_err(|error| file_failure("write", &error, path))?;
    }
    let bytes = write(&backbone, config, &weights, &findings, &rows)?;
    fs::write(&arguments.out, bytes)
        .map_err(|error| file_failure("write", &error, &arguments.out))?;
    println!("{}", arguments.out.display());
    Ok(())
}

fn established(of: &Measured) -> BTreeMap<&'static str, bool> {
    BTreeMap::from([
        (Task::Idh.name(), of.idh_established()),
        (Task::Codeletion1p19q.name(), of.codeletion_established()),
        (Task::Grade.name(), of.grade_established()),
    ])
}

fn write(
    backbone: &Bundle,
    config: MtsUnetConfig,
    heads: &Weights,
    findings: &Findings,
    rows: &[cohort::CaseRow],
) -> Result<Vec<u8>, Failure> {
    let mut manifest = backbone.manifest().clone();
    manifest.network = config;
    card::tell(&mut manifest, findings, rows);
    let mut tensors: Vec<_> = backbone
        .weights()?
        .into_iter()
        .filter(|(name, _)| !name.starts_with("heads."))
        .map(|(name, (shape, values))| (name, shape, values))
        .collect();
    for (name, (shape, values)) in heads {
        tensors.push((format!("heads.{name}"), shape.clone(), values.clone()));
    }
    Ok(bundle::write(manifest, tensors, Storage::F16)?)
}

fn tell(findings: &Findings) {
    let binary = |name: &str, figures: &Option<Figures<BinarySummary>>| {
        let Some(figures) = figures else { return };
        let text = |of: &BinarySummary| {
            let (auc, ci) = (of.auc.unwrap_or(f64::NAN), of.ci.map(<[f64; 2]>::from));
            let [low, high] = ci.unwrap_or([f64::NAN; 2]);
            format!(
                "AUC {auc:.3} ({low:.3} to {high:.3}), Brier {:.3}, ECE {:.3}",
                of.brier, of.ece
            )
        };
        println!("{name:<11} head        {}", text(&figures.head));
        println!("            calibrated  {}", text(&figures.calibrated));
        println!("            baseline    {}", text(&figures.baseline));
        println!(
            "            temperature {:.2}; sure from {:.2}: {:.0} % answered, {:.0} % of them right",
            figures.temperature,
            figures.sure_from,
            100.0 * figures.answered,
            100.0 * figures.right
        );
    };
    binary("IDH", &findings.idh);
    binary("1p/19q", &findings.codeletion_1p19q);
    let Some(grade) = &findings.grade else { return };
    for (name, of) in [("head", &grade.head), ("baseline", &grade.baseline)] {
        let three = of.three_or_two.as_ref();
        let [low, high] = three.and_then(|t| t.ci).map_or([f64::NAN; 2], Into::into);
        println!(
            "grade       {name:<11} macro AUC {:.3}; 3 against 2 {:.3} ({low:.3} to {high:.3})",
            of.macro_auc.unwrap_or(f64::NAN),
            three.and_then(|t| t.auc).unwrap_or(f64::NAN),
        );
    }
}
