//! `mts evaluate`.

mod picture;
mod read;
mod write;

use std::path::PathBuf;

use imaging::Sequence;
use mts_unet::cohort::{self, CaseRow};
use mts_unet::evaluation::{CaseResult, Evaluation, Failed, Without, definitions};
use mts_unet::metrics::Bootstrap;

use crate::device::{self, DeviceArgument};
use crate::fold::Fold;
use crate::{Failure, scan};

/// Read the cases of a manifest and measure the answers against the truth.
///
/// Writes metrics.json (overall, by cohort and case by case: Dice, HD95 and volumes of WT, TC and ET; AUC
/// with bootstrap and DeLong intervals, accuracy, sensitivity, specificity, Brier, NLL and calibration
/// error of IDH, 1p/19q and grade), and beside it a ROC curve and a calibration plot of each head as SVG.
///
/// With several bundles the i-th reads the i-th of as many folds, so that models of a cross-validation
/// each answer for what they have not seen, and the measures are over all.
///
/// The manifest's column seg_scheme says how an expert's mask numbers its labels: brats2021 (1 core, 2
/// oedema, 4 enhancing), brats2023 (3 enhancing), brats2024 (3 enhancing, 4 resection cavity, which is no
/// tumour), brats2015 (3 non-enhancing, 4 enhancing) or wt-only. Labels that the scheme does not have, and
/// masks that lie elsewhere than the scan, are refused.
///
/// Means are given over all cases, over those in which the expert drew any of the region, and over those
/// with 1 mL or more of it.
#[derive(clap::Args)]
#[command(after_long_help = meanings())]
pub(crate) struct Arguments {
    /// The cases
    #[arg(long, value_name = "FILE")]
    manifest: PathBuf,
    /// The model; several, in the order of their folds, for a cross-validation
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    bundle: Vec<PathBuf>,
    /// Where to write metrics.json
    #[arg(long, value_name = "FILE", default_value = "metrics.json")]
    out: PathBuf,
    /// Only cases of this split
    #[arg(long, value_name = "NAME")]
    split: Option<String>,
    /// Only cases of this cohort
    #[arg(long, value_name = "NAME")]
    cohort: Option<String>,
    /// Only cases that have all four sequences
    #[arg(long)]
    complete: bool,
    /// Only fold I of K, I from 0
    #[arg(long, value_name = "I/K")]
    fold: Option<Fold>,
    /// Withhold sequences from the model: flair, t1, t1ce, t2
    #[arg(long, value_name = "SEQUENCE", num_args = 1.., value_parser = sequence)]
    drop: Vec<Sequence>,
    /// Write the cases as one picture too (PNG): the scan, with the truth, with what was found
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// Read each case again without each of its sequences, and say what that costs; five times the work
    #[arg(long, conflicts_with = "drop")]
    without_each: bool,
    /// Where to compute; auto takes a GPU if there is one that passes a self-test
    #[arg(long, value_enum, default_value = "auto")]
    device: DeviceArgument,
    /// Read on although a skull seems to be on
    #[arg(long, conflicts_with = "strip")]
    insist: bool,
    /// Take off a skull that is on, as training does
    #[arg(long)]
    strip: bool,
    /// Read each case's mirror image too, and measure the mean of both answers
    #[arg(long)]
    mirror: bool,
}

/// What the measures mean, below the options.
fn meanings() -> String {
    format!("HD95: {}\n\n{}", definitions::HD95, definitions::EMPTY)
}

fn sequence(name: &str) -> Result<Sequence, String> {
    let mut named = Sequence::ALL.into_iter();
    let named = named.find(|sequence| sequence.key().eq_ignore_ascii_case(name));
    named.ok_or_else(|| format!("found {name:?}, expected flair, t1, t1ce or t2"))
}

pub(crate) async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let rows = cohort::read(&arguments.manifest)?;
    let chosen = choose(arguments, &rows)?;
    let (opened, refused) = device::choose(arguments.device).await?;
    if let Some(refused) = refused {
        eprintln!("{}", mts_unet::device::cpu_note(&refused));
    }
    let how = read::How {
        dropped: &arguments.drop,
        insist: arguments.insist,
        strip: arguments.strip,
        mirror: arguments.mirror,
        picture: arguments.picture.is_some(),
    };
    let mut without: [Vec<CaseResult>; 4] = Default::default();
    let mut pictures = Vec::new();
    let (mut cases, mut failed, mut bundles) = (Vec::new(), Vec::new(), Vec::new());
    let (mut done, total) = (0, chosen.iter().map(Vec::len).sum::<usize>());
    for (fold, (path, places)) in arguments.bundle.iter().zip(chosen).enumerate() {
        let bundle = scan::bundle(path)?;
        bundles.push(bundle.identity());
        let (reader, too_large) = device::reader(&bundle, &opened, arguments.device).await?;
        if let Some(why) = too_large {
            eprintln!("{}", mts_unet::device::cpu_note(&why));
        }
        drop(bundle);
        for place in places {
            let row = &rows[place];
            done += 1;
            match read::case(&reader, row, how).await {
                Ok((mut case, picture)) => {
                    pictures.extend(picture);
                    if arguments.bundle.len() > 1 {
                        case.fold = Some(fold);
                    }
                    eprintln!("{done}/{total}  {}", write::line(&case));
                    cases.push(case);
                    if arguments.without_each {
                        for sequence in withheld(row) {
                            let dropped = &[sequence];
                            let picture = false;
                            let how = read::How {
                                dropped,
                                picture,
                                ..how
                            };
                            match read::case(&reader, row, how).await {
                                Ok((less, _)) => {
                                    eprintln!("    without {sequence}  {}", write::line(&less));
                                    without[sequence.channel()].push(less);
                                }
                                Err(failure) => {
                                    let case = format!("{} without {sequence}", row.case);
                                    failed.push(without_answer(case, failure)?);
                                }
                            }
                        }
                    }
                }
                Err(failure) => {
                    eprint!("{done}/{total}  ");
                    failed.push(without_answer(row.case.clone(), failure)?);
                }
            }
        }
    }
    if cases.is_empty() {
        return Err(Failure {
            what: "no case could be read".into(),
            mend: "The lines above say why for each.".into(),
            code: 1,
        });
    }
    let dropped = arguments.drop.clone();
    let bootstrap = Bootstrap::default();
    let mut evaluation = Evaluation::of(bundles, dropped, cases, failed, bootstrap);
    for (sequence, less) in Sequence::ALL.into_iter().zip(&without) {
        if !less.is_empty() {
            let cost = Without::of(&evaluation.cases, less, bootstrap);
            evaluation.without.insert(sequence.key().into(), cost);
        }
    }
    write::files(&evaluation, &arguments.out)?;
    if let Some(path) = &arguments.picture {
        picture::write(&pictures, path)?;
    }
    write::print(&evaluation);
    Ok(())
}

/// Says why there is no answer, and notes it; but a device that fails fails for every case.
fn without_answer(case: String, failure: Failure) -> Result<Failed, Failure> {
    if failure.code != 1 {
        return Err(failure);
    }
    eprintln!("{case}: {}\n     {}", failure.what, failure.mend);
    let why = failure.what;
    Ok(Failed { case, why })
}

/// The sequences that a case can be asked to do without: each that it has, if it has another.
fn withheld(row: &CaseRow) -> Vec<Sequence> {
    let has = Sequence::ALL.into_iter();
    let has: Vec<Sequence> = has.filter(|s| row.sequence(*s).is_some()).collect();
    if has.len() > 1 { has } else { Vec::new() }
}

/// The places of the rows that each bundle is to read.
fn choose(arguments: &Arguments, rows: &[CaseRow]) -> Result<Vec<Vec<usize>>, Failure> {
    let bundles = arguments.bundle.len();
    let fold = match (arguments.fold, bundles) {
        (Some(_), 2..) => {
            return Err(Failure {
                what: "--fold with several bundles, which are a fold each already".into(),
                mend: "Leave --fold out, or name one bundle.".into(),
                code: 2,
            });
        }
        (fold, _) => fold,
    };
    // Folds are of the whole manifest, as they were when the models were trained.
    let of = fold.map_or(bundles, |fold| fold.of);
    let folds = cohort::folds(rows, of);
    let wanted = |named: &Option<String>, has: Option<&str>| match named {
        Some(name) => has == Some(name),
        None => true,
    };
    let chosen: Vec<Vec<usize>> = (0..bundles)
        .map(|bundle| {
            let place = fold.map_or(bundle, |fold| fold.place);
            (0..rows.len())
                .filter(|&row| folds[row] == place)
                .filter(|&row| wanted(&arguments.split, rows[row].split.as_deref()))
                .filter(|&row| wanted(&arguments.cohort, Some(&rows[row].cohort)))
                .filter(|&row| !arguments.complete || rows[row].is_complete())
                .collect()
        })
        .collect();
    if chosen.iter().all(Vec::is_empty) {
        return Err(Failure {
            what: "the manifest has no such case of this split, cohort and fold".into(),
            mend: "Look at its columns split and cohort, and with --complete at those of the sequences.".into(),
            code: 1,
        });
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    #[test]
    fn complete_cases_are_chosen_from_the_folds_of_all() {
        let mut text = format!("{}\n", cohort::COLUMNS.join(","));
        for case in 0..12 {
            let t2 = if case % 3 == 0 { "t2.nii" } else { "" };
            text += &format!("c{case},p{case},here,,f.nii,t1.nii,t1ce.nii,{t2},s.nii,wt-only,,,\n");
        }
        let rows = cohort::parse(&text, Path::new("")).unwrap();
        let chosen = |options: &[&str]| {
            let line = ["evaluate", "--manifest", "m", "--bundle", "a", "b"];
            let line = Line::parse_from(line.iter().chain(options));
            choose(&line.arguments, &rows).ok().unwrap()
        };
        let all = chosen(&[]);
        let complete = chosen(&["--complete"]);
        assert_eq!(complete.concat().len(), 4);
        for (all, complete) in all.iter().zip(&complete) {
            let expected = all.iter().copied().filter(|row| row % 3 == 0);
            assert!(expected.eq(complete.iter().copied()));
        }
    }
}
