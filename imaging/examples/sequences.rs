//! Fits the weights of the sequence check (`imaging/src/check/weights.rs`) and what is usual of each sequence
//! (`imaging/src/check/usual.rs`), and prints both files' tables.
//!
//!     cargo run --release -p imaging --example sequences -- CASE…
//!
//! Each CASE is a folder with files whose names end in `flair.nii.gz`, `t1.nii.gz`, `t1ce.nii.gz` and `t2.nii.gz`; some may
//! lack. A skull that is on is taken off first. A conditional logistic regression: of all ways to give a case's scans their
//! names the given one is to be likely. Convex, by plain gradient steps.

use std::error::Error;
use std::fs;
use std::path::Path;

use imaging::check::{ALONE, BETWEEN, Coarse, Contrasts, Head, Looks, looks};
use imaging::{Sequence, Series, brain, nifti};

/// Weights of all names alone, then of all pairs of names.
const WEIGHTS: usize = 4 * ALONE + 16 * BETWEEN;

/// Of the squared weights of standardised measures.
const PENALTY: f64 = 0.1;

const STEPS: usize = 20_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut cases = Vec::new();
    for folder in std::env::args().skip(1) {
        match measured(Path::new(&folder))? {
            Some(case) if case.contrasts.names.len() > 1 => cases.push(case),
            _ => eprintln!("left out: {folder}"),
        }
    }
    print_usual(&cases);
    let cases: Vec<Contrasts> = cases.into_iter().map(|looks| looks.contrasts).collect();
    let deviations = deviations(&cases);
    let tables: Vec<Vec<[f64; WEIGHTS]>> =
        cases.iter().map(|case| table(case, &deviations)).collect();
    let weights = fit(&tables);
    print(std::array::from_fn(|i| weights[i] / deviations[i]));
    Ok(())
}

/// The measures of a case; `None` where nothing of it can be measured.
fn measured(folder: &Path) -> Result<Option<Looks>, Box<dyn Error>> {
    let mut files: Vec<_> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_, std::io::Error>>()?;
    files.sort();
    let mut scans: Vec<(Sequence, Series)> = Vec::new();
    for sequence in Sequence::ALL {
        let ending = format!("{}.nii.gz", sequence.key());
        let is_it = |path: &&std::path::PathBuf| {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            name.is_some_and(|name| name == ending || name.ends_with(&format!("_{ending}")))
        };
        if let Some(path) = files.iter().find(is_it) {
            scans.push((sequence, nifti::read(&fs::read(path)?)?));
        }
    }
    let volumes: Vec<_> = scans.iter().map(|(_, series)| &series.volume).collect();
    let Ok((mask, verdict)) = brain::find(&volumes) else {
        return Ok(None);
    };
    if verdict.is_on() {
        for (_, series) in &mut scans {
            for (value, inside) in series.volume.data.iter_mut().zip(&mask.data) {
                *value = if *inside { *value } else { 0.0 };
            }
        }
    }
    let heads: Vec<(Sequence, Head)> = scans
        .iter()
        .map(|(sequence, series)| (*sequence, Head::of(Coarse::of(series))))
        .collect();
    let heads: Vec<(Sequence, &Head)> = heads
        .iter()
        .map(|(sequence, head)| (*sequence, head))
        .collect();
    Ok(looks(&heads))
}

/// Where the weights of one name, and of two, begin.
fn alone_at(name: Sequence) -> usize {
    name.channel() * ALONE
}

fn between_at(one: Sequence, other: Sequence) -> usize {
    4 * ALONE + (4 * one.channel() + other.channel()) * BETWEEN
}

/// The measures' standard deviations, in the places of the weights.
fn deviations(cases: &[Contrasts]) -> [f64; WEIGHTS] {
    let of = |values: Vec<f64>| {
        let count = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
        variance.sqrt().max(1e-9)
    };
    let alone: [f64; ALONE] = std::array::from_fn(|m| {
        of(cases
            .iter()
            .flat_map(|c| c.alone.iter().map(move |a| a[m]))
            .collect())
    });
    let pairs = |m: usize| {
        let of_case = |c: &Contrasts| {
            let scans = 0..c.names.len();
            let pairs = scans
                .clone()
                .flat_map(move |i| scans.clone().filter(move |j| *j != i).map(move |j| (i, j)));
            pairs.map(|(i, j)| c.between[i][j][m]).collect::<Vec<f64>>()
        };
        cases.iter().flat_map(of_case).collect()
    };
    let between: [f64; BETWEEN] = std::array::from_fn(|m| of(pairs(m)));
    std::array::from_fn(|i| {
        if i < 4 * ALONE {
            alone[i % ALONE]
        } else {
            between[(i - 4 * ALONE) % BETWEEN]
        }
    })
}

/// A row of measures for each way to name a case's scans, the given one first.
fn table(case: &Contrasts, deviations: &[f64; WEIGHTS]) -> Vec<[f64; WEIGHTS]> {
    let row = |names: &[Sequence]| {
        let mut row = [0.0; WEIGHTS];
        let mut add = |at: usize, measures: &[f64]| {
            for (i, measure) in (at..).zip(measures) {
                row[i] += measure / deviations[i];
            }
        };
        for (i, one) in names.iter().enumerate() {
            add(alone_at(*one), &case.alone[i]);
            for (j, other) in names.iter().enumerate().filter(|(j, _)| *j != i) {
                add(between_at(*one, *other), &case.between[i][j]);
            }
        }
        row
    };
    let mut orders = vec![Vec::new()];
    for _ in &case.names {
        let longer = |order: &Vec<Sequence>| {
            let order = order.clone();
            let left: Vec<Sequence> = case
                .names
                .iter()
                .filter(|name| !order.contains(name))
                .copied()
                .collect();
            left.into_iter()
                .map(move |name| [order.clone(), vec![name]].concat())
        };
        orders = orders.iter().flat_map(longer).collect();
    }
    orders.sort_by_key(|order| *order != case.names);
    orders.iter().map(|order| row(order)).collect()
}

/// Steepest descent on the penalised negative log-likelihood.
fn fit(tables: &[Vec<[f64; WEIGHTS]>]) -> [f64; WEIGHTS] {
    let mut weights = [0.0; WEIGHTS];
    let step = 0.5 / tables.len().max(1) as f64;
    for _ in 0..STEPS {
        let mut slope: [f64; WEIGHTS] = std::array::from_fn(|i| 2.0 * PENALTY * weights[i]);
        for rows in tables {
            let scores: Vec<f64> = rows
                .iter()
                .map(|row| row.iter().zip(&weights).map(|(m, w)| m * w).sum())
                .collect();
            let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let parts: Vec<f64> = scores.iter().map(|score| (score - highest).exp()).collect();
            let all: f64 = parts.iter().sum();
            for (i, slope) in slope.iter_mut().enumerate() {
                let mean: f64 = rows
                    .iter()
                    .zip(&parts)
                    .map(|(row, part)| row[i] * part / all)
                    .sum();
                *slope += mean - rows[0][i];
            }
        }
        for (weight, slope) in weights.iter_mut().zip(slope) {
            *weight -= step * slope / 10.0;
        }
    }
    weights
}

fn print(weights: [f64; WEIGHTS]) {
    println!("ALONE");
    for name in Sequence::ALL {
        println!("    {:.3?},", &weights[alone_at(name)..][..ALONE]);
    }
    println!("BETWEEN");
    for one in Sequence::ALL {
        for other in Sequence::ALL {
            println!("    {:.3?},", &weights[between_at(one, other)..][..BETWEEN]);
        }
    }
}

/// Spreads are not smaller than this: alone, and between scans.
const LEAST_SPREADS: [f64; 2] = [0.01, 0.03];

fn print_usual(cases: &[Looks]) {
    let named = |looks: &Looks, name: Sequence| {
        let mut names = looks.contrasts.names.iter();
        names.position(|one| *one == name)
    };
    println!("pub(super) const ALONE: [[[f64; 2]; A]; 4] = [");
    for name in Sequence::ALL {
        let of = |looks: &Looks| Some(looks.alone(named(looks, name)?).to_vec());
        let rows: Vec<Vec<f64>> = cases.iter().filter_map(of).collect();
        println!("    [{}],", means(&rows, LEAST_SPREADS[0], ALONE));
    }
    println!("];\npub(super) const BETWEEN: [[[[f64; 2]; B]; 4]; 4] = [");
    for name in Sequence::ALL {
        println!("    [");
        for other in Sequence::ALL {
            let of = |looks: &Looks| {
                let at = [named(looks, name)?, named(looks, other)?];
                (name != other).then(|| looks.contrasts.between[at[0]][at[1]].to_vec())
            };
            let rows: Vec<Vec<f64>> = cases.iter().filter_map(of).collect();
            println!("        [{}],", means(&rows, LEAST_SPREADS[1], BETWEEN));
        }
        println!("    ],");
    }
    println!("];");
}

/// The mean and the spread of each column.
fn means(rows: &[Vec<f64>], least: f64, count: usize) -> String {
    let n = rows.len().max(1) as f64;
    let column = |at: usize| {
        let mean = rows.iter().map(|row| row[at]).sum::<f64>() / n;
        let square = rows.iter().map(|row| (row[at] - mean).powi(2)).sum::<f64>() / n;
        let spread = if rows.is_empty() {
            1.0
        } else {
            square.sqrt().max(least)
        };
        format!("[{mean:.3}, {spread:.3}]")
    };
    (0..count).map(column).collect::<Vec<_>>().join(", ")
}
