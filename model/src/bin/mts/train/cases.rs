//! The cases of a training run: prepared once, and kept.

use std::fs;
use std::path::Path;

use mts_unet::cohort::{self, CaseRow};
use mts_unet::phantom::{self, Atlas};
use mts_unet::training::prepare::{PrepareError, Scans, prepare};
use mts_unet::training::trainer::Pools;
use mts_unet::training::{Example, Recipe, Truth};
use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::fold::Fold;
use crate::{Failure, file_failure, scan};

/// What a run does not learn from.
#[derive(Clone)]
pub(crate) enum LeftOut {
    /// One fold of so many of the manifest.
    Fold(usize, usize),
    /// Every patient of a cohort.
    Cohort(String),
}

impl LeftOut {
    /// A fold where there is a stroke, else a cohort.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.contains('/') {
            fold(text).map(|(place, of)| Self::Fold(place, of))
        } else {
            Ok(Self::Cohort(text.to_owned()))
        }
    }

    /// The rows that are left.
    fn rest(&self, rows: Vec<CaseRow>) -> Result<Vec<CaseRow>, Failure> {
        let stays: Vec<bool> = match self {
            Self::Fold(place, of) => {
                let folds = cohort::folds(&rows, *of);
                folds.into_iter().map(|at| at != *place).collect()
            }
            Self::Cohort(name) => {
                let train = cohort::leave_out(&rows, name)?.train;
                (0..rows.len()).map(|row| train.contains(&row)).collect()
            }
        };
        let rows = rows.into_iter().zip(stays);
        Ok(rows
            .filter_map(|(row, stays)| stays.then_some(row))
            .collect())
    }
}

/// A fold to leave out; of one alone nothing would be left.
pub(crate) fn fold(text: &str) -> Result<(usize, usize), String> {
    match text.parse()? {
        Fold { of: 1, .. } => Err("to leave out a fold there must be two at least".into()),
        Fold { place, of } => Ok((place, of)),
    }
}

/// Everything that the recipe draws from, but what is left out.
pub(super) fn pools(
    manifest: &Path,
    left_out: Option<&LeftOut>,
    recipe: &Recipe,
    cache: &Path,
) -> Result<Pools, Failure> {
    let mut rows = cohort::read(manifest)?;
    if let Some(left_out) = left_out {
        rows = left_out.rest(rows)?;
    }
    rows.retain(|row| row.seg.is_some());
    fs::create_dir_all(cache).map_err(|error| file_failure("create", &error, cache))?;
    let prepared: Vec<Option<Example>> = rows
        .par_iter()
        .map(|row| case(row, recipe.spacing_mm, cache))
        .collect::<Result<_, _>>()?;
    let (expert, whole_tumour) = prepared
        .into_iter()
        .flatten()
        .partition(|example| example.truth == Truth::Kinds);
    let phantoms = if recipe.draw.phantom > 0.0 {
        phantoms(recipe, cache)?
    } else {
        Vec::new()
    };
    Ok(Pools {
        expert,
        whole_tumour,
        phantom: phantoms,
    })
}

/// A case that cannot be prepared is said and left out: a cohort has its odd ones.
pub(crate) fn case(
    row: &CaseRow,
    spacing_mm: f64,
    cache: &Path,
) -> Result<Option<Example>, Failure> {
    let path = cache.join(format!("{}-{spacing_mm}mm.safetensors", row.case));
    if path.exists() {
        return Ok(Some(Example::load(&path)?));
    }
    let Some(seg) = &row.seg else { return Ok(None) };
    let truth = if seg.scheme.tells_parts() {
        Truth::Kinds
    } else {
        Truth::WholeTumour
    };
    let mut volumes = [const { None }; 4];
    for (volume, file) in volumes.iter_mut().zip(&row.sequences) {
        if let Some(file) = file {
            *volume = Some(scan::open(file)?.volume);
        }
    }
    let scans = Scans {
        volumes,
        labels: (cohort::read_segmentation(seg)?, truth),
    };
    match prepare(&row.case, &scans, spacing_mm) {
        Ok(example) => {
            example.save(&path)?;
            Ok(Some(example))
        }
        Err(error) => {
            println!("left out: {error}: {}", row.case);
            Ok(None)
        }
    }
}

fn phantoms(recipe: &Recipe, cache: &Path) -> Result<Vec<Example>, Failure> {
    let atlas = Atlas::embedded()?;
    let options = phantom::Options {
        spacing_mm: recipe.spacing_mm,
        skull: false,
        artefacts: true,
    };
    (0..recipe.phantoms as u64)
        .into_par_iter()
        .map(|seed| {
            let name = format!("phantom-{seed}");
            let path = cache.join(format!("{name}-{}mm.safetensors", recipe.spacing_mm));
            if path.exists() {
                return Ok(Example::load(&path)?);
            }
            let made = phantom::generate(seed, &atlas, &options);
            let scans = Scans {
                volumes: made.volumes.map(Some),
                labels: (made.labels, Truth::Kinds),
            };
            let example = prepare(&name, &scans, recipe.spacing_mm)?;
            example.save(&path)?;
            Ok(example)
        })
        .collect()
}

impl From<PrepareError> for Failure {
    fn from(error: PrepareError) -> Self {
        Self {
            what: error.to_string(),
            mend: "Remove the prepared case; it is made anew.".into(),
            code: 1,
        }
    }
}
