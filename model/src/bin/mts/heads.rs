//! `mts heads`: a bundle with a trained segmentation in, the same with heads out.

mod card;
mod cases;
mod tell;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use imaging::Sequence;
use mts_unet::bundle::{Bundle, Manifest};
use mts_unet::cohort;
use mts_unet::network::MtsUnetConfig;
use mts_unet::network::config::Task;
use mts_unet::report::Measured;
use mts_unet::training::heads::{
    Apart, Findings, HeldOut, Labelled, Source, ablate, fit, held_out, judge, tell_apart,
    with_heads,
};
use serde::Serialize;

use crate::train::cases::fold;
use crate::{Failure, file_failure, save, scan};

/// Train the heads of a bundle whose segmentation is trained, and say how good they are.
///
/// Every labelled case of the manifest goes through the network once. The heads are then trained and
/// judged by cross-validation over the manifest's folds of patients, beside a logistic regression on
/// the same measures inside the experts' outlines, with DeLong's paired test between the two; what is
/// chosen on the way is chosen inside each fold's training cases. They are trained once more on all cases
/// for the bundle that is written. The segmentation below them may have seen the cases' outlines, though
/// not their labels, but for those left out by --leave-out where it was trained with the same; with
/// --seen-by no network has seen anything of the cases that it looks at.
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
    #[arg(long, default_value_t = 5, conflicts_with = "leave_out")]
    #[arg(value_parser = clap::value_parser!(u32).range(2..=50))]
    folds: u32,
    /// Keep this fold of so many from the final heads, such as 0/5, and ask them for it; the folds of the
    /// cross-validation are then the same, so that these are its answers for that fold
    #[arg(long, value_name = "I/K", value_parser = fold)]
    leave_out: Option<(usize, usize)>,
    /// As many bundles as folds, each trained without the fold in whose place it stands, as `mts train
    /// --folds` makes them: each looks at that fold's cases, in training and judging alike. The heads then
    /// read the measures alone, since each network has states of its own
    #[arg(long, value_name = "BUNDLE", num_args = 2.., conflicts_with = "leave_out")]
    seen_by: Vec<PathBuf>,
    /// Judge regressions on other numbers too: the measures alone, the backbone's states with and without
    /// the tumour's weights; of one network, without --seen-by
    #[arg(long)]
    ablate: bool,
    /// Say also how well the heads' numbers tell this many synthetic patients, none of those that recipes train
    /// on, from the real ones; of one network, without --seen-by
    #[arg(long, value_name = "COUNT", conflicts_with = "seen_by")]
    synthetic: Option<usize>,
    /// Write every figure to this file (JSON)
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Everything that was measured.
#[derive(Serialize)]
struct Report<'a> {
    bundle: &'a str,
    backbone_sha256: &'a str,
    cases: usize,
    folds: usize,
    left_out: Option<String>,
    /// Measures that agree too little with the experts', by their places, are not read.
    read: Vec<usize>,
    caution: String,
    /// Whether a head is better than chance, by the intervals of its AUC.
    established: BTreeMap<&'static str, bool>,
    out_of_fold: &'a Findings,
    /// Synthetic patients against real ones.
    synthetic: Vec<Apart>,
    held_out: Option<HeldOut>,
}

const OUT_OF_FOLD: &str = "Everything is out of fold, choices and calibration included.";
const SEEN_BY_ONE: &str = "The segmentation that the heads read was trained on the outlines of these cases, \
    not on their labels, so that it finds their tumours better than those of others; held_out is of cases \
    that it was kept from, if it was trained with the same --leave-out.";
const SEEN_BY_FOLDS: &str = "Each case was looked at by a network that had seen nothing of it; the bundle's \
    own network, which the heads stand on in the end, is another one.";

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let backbone = scan::bundle(&arguments.bundle)?;
    if backbone.manifest().channels != Sequence::ALL {
        return Err(Failure {
            what: "the bundle's sequences are not in the order FLAIR, T1, T1ce, T2".into(),
            mend: "Give a bundle that `mts train` made.".into(),
            code: 1,
        });
    }
    let config = with_heads(&backbone.manifest().network);
    config.check().map_err(mts_unet::ModelError::Config)?;
    let (left_out, folds) = match arguments.leave_out {
        Some((place, of)) => (Some(place), of),
        None => (None, arguments.folds as usize),
    };
    let dealt = cases::deal(cohort::read(&arguments.manifest)?, folds);
    let (onlookers, source) = onlookers(arguments, &backbone, &config, folds)?;
    let (dealt, labelled) = cases::see(&onlookers, &backbone, dealt, &arguments.cache)?;
    let synthetic = match (arguments.synthetic, &onlookers[..]) {
        (Some(count), [onlooker]) => {
            cases::synthetic(onlooker, &backbone, count, &arguments.cache)?
        }
        _ => Vec::new(),
    };
    drop(onlookers);

    let places: Vec<usize> = dealt.iter().map(|dealt| dealt.fold).collect();
    let mut findings = judge(&config, &labelled, &places, left_out, source)?;
    // The states of several networks are not alike.
    if arguments.ablate && source == Source::Network {
        let others = [Source::Measures, Source::States, Source::UnweightedStates];
        let others = others.map(|other| ablate(&labelled, &places, other));
        findings.ablation = others.into();
    }
    tell::findings(&findings);
    let sources = [Source::Measures, Source::States, Source::Outline];
    let synthetic = tell_apart(&labelled, &places, &synthetic, &sources);
    tell::apart(&synthetic);
    let of = |out: bool| {
        let both = labelled.iter().zip(&places);
        both.filter(move |(_, fold)| (Some(**fold) == left_out) == out)
            .map(|(case, _)| case)
    };
    let kept: Vec<&Labelled> = of(false).collect();
    let others: Vec<Labelled> = of(true).cloned().collect();
    println!("{} labelled cases, {} left out", kept.len(), others.len());
    let fitted = fit(&config, &kept, source)?;
    let held_out = if others.is_empty() {
        None
    } else {
        Some(held_out(&config, &fitted, &others)?)
    };
    let card = card::Trained {
        findings: &findings,
        fitted: &fitted,
        rows: dealt
            .iter()
            .filter(|dealt| Some(dealt.fold) != left_out)
            .map(|dealt| &dealt.row)
            .collect(),
    };
    if let Some(path) = &arguments.report {
        let report = Report {
            bundle: &backbone.manifest().name,
            backbone_sha256: &backbone.manifest().tensors_sha256,
            cases: labelled.len(),
            folds,
            left_out: arguments.leave_out.map(|(i, k)| format!("{i}/{k}")),
            read: fitted.read(),
            caution: format!(
                "{OUT_OF_FOLD} {}",
                match source {
                    Source::Measures => SEEN_BY_FOLDS,
                    _ => SEEN_BY_ONE,
                }
            ),
            established: established(&card::measured(&findings)),
            out_of_fold: &findings,
            synthetic,
            held_out,
        };
        let json = serde_json::to_string_pretty(&report).map_err(|error| Failure {
            what: error.to_string(),
            mend: String::new(),
            code: 1,
        })?;
        fs::write(path, json).map_err(|error| file_failure("write", &error, path))?;
    }
    write(&backbone, config, &card, &arguments.out)?;
    println!("{}", arguments.out.display());
    Ok(())
}

/// Who looks at the cases, and what the heads can read of what they see.
fn onlookers(
    arguments: &Arguments,
    backbone: &Bundle,
    config: &MtsUnetConfig,
    folds: usize,
) -> Result<(Vec<cases::Onlooker>, Source), Failure> {
    if arguments.seen_by.is_empty() {
        return Ok((
            vec![cases::Onlooker::new(backbone, config)?],
            Source::Network,
        ));
    }
    let problem = |what: String| Failure {
        what,
        mend: "Give --seen-by the bundles of `mts train --folds`, one a fold, in order.".into(),
        code: 1,
    };
    if arguments.seen_by.len() != folds {
        let count = arguments.seen_by.len();
        return Err(problem(format!("{count} bundles for {folds} folds")));
    }
    let ours = backbone.manifest();
    let mut all = Vec::new();
    for path in &arguments.seen_by {
        let bundle = scan::bundle(path)?;
        let theirs = bundle.manifest();
        let of = |m: &Manifest| (m.intake(), m.window, m.channels);
        if of(theirs) != of(ours) || theirs.network.backbone != ours.network.backbone {
            return Err(problem(format!(
                "another network, grid or window than the bundle's: {}",
                path.display()
            )));
        }
        all.push(cases::Onlooker::new(&bundle, config)?);
    }
    Ok((all, Source::Measures))
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
    trained: &card::Trained<'_>,
    out: &Path,
) -> Result<(), Failure> {
    let mut manifest = backbone.manifest().clone();
    manifest.network = config;
    trained.tell(&mut manifest);
    let mut weights = backbone.weights()?;
    weights.retain(|name, _| !name.starts_with("heads."));
    let heads = trained.fitted.weights.iter();
    weights.extend(heads.map(|(name, of)| (format!("heads.{name}"), of.clone())));
    save::bundle(manifest, weights, out)
}
