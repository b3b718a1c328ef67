//! The cases of a training run: prepared once, and kept.

use std::fs;
use std::ops::Range;
use std::path::Path;

use imaging::{LabelMap, Volume};
use mts_unet::cohort::{self, CaseRow};
use mts_unet::intake::Intake;
use mts_unet::phantom::{self, Atlas};
use mts_unet::training::heads::Labelled;
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
    pub(crate) fn rest(&self, rows: Vec<CaseRow>) -> Result<Vec<CaseRow>, Failure> {
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

/// The rows that are learnt from, and those to validate on.
pub(super) struct Sides {
    train: Vec<CaseRow>,
    validation: Vec<CaseRow>,
}

/// Deals out the manifest's outlined cases by their splits, or by a fold of the patients that are left.
pub(super) fn sides(
    manifest: &Path,
    left_out: Option<&LeftOut>,
    validate: Option<(usize, usize)>,
) -> Result<Sides, Failure> {
    let mut rows = cohort::read(manifest)?;
    if let Some(left_out) = left_out {
        rows = left_out.rest(rows)?;
    }
    rows.retain(|row| row.seg.is_some());
    let of = |row: &CaseRow, split| row.split.as_deref() == Some(split);
    let (validation, rest): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| of(row, "val"));
    let all = rest.len();
    let train: Vec<CaseRow> = rest
        .into_iter()
        .filter(|row| row.split.is_none() || of(row, "train"))
        .collect();
    if train.len() < all {
        let others = all - train.len();
        println!("left out: {others} cases of other splits than train and val");
    }
    let Some((place, folds)) = validate else {
        return Ok(Sides { train, validation });
    };
    if !validation.is_empty() {
        return Err(Failure {
            what: format!(
                "--validate names a fold, and {} cases of the manifest are of the split val",
                validation.len()
            ),
            mend: "Leave out --validate, or empty the column split.".into(),
            code: 1,
        });
    }
    let dealt = cohort::folds(&train, folds);
    let mut sides = Sides {
        train: Vec::new(),
        validation,
    };
    for (row, fold) in train.into_iter().zip(dealt) {
        let side = if fold == place {
            &mut sides.validation
        } else {
            &mut sides.train
        };
        side.push(row);
    }
    Ok(sides)
}

/// Everything that the recipe draws from, and what it is validated on, prepared.
pub(super) fn pools(sides: &Sides, recipe: &Recipe, cache: &Path) -> Result<Pools, Failure> {
    let prepared = |rows| prepared(rows, |row| case(row, recipe.intake(), cache), cache);
    let (expert, whole_tumour) = prepared(&sides.train)?
        .into_iter()
        .partition(|example| example.truth == Truth::Kinds);
    let phantom = if recipe.draw.phantom > 0.0 {
        phantoms(0..recipe.phantoms as u64, recipe.intake(), cache)?
    } else {
        Vec::new()
    };
    let labels = |row: &CaseRow| (row.case.clone(), Labelled::labels(row));
    Ok(Pools {
        classes: sides.train.iter().map(labels).collect(),
        expert,
        whole_tumour,
        phantom,
        validation: prepared(&sides.validation)?,
    })
}

/// The rows that can be prepared, in their order.
pub(crate) fn prepared(
    rows: &[CaseRow],
    case: impl Fn(&CaseRow) -> Result<Option<Example>, Failure> + Send + Sync,
    cache: &Path,
) -> Result<Vec<Example>, Failure> {
    fs::create_dir_all(cache).map_err(|error| file_failure("create", &error, cache))?;
    let examples: Vec<Option<Example>> = rows.par_iter().map(case).collect::<Result<_, _>>()?;
    Ok(examples.into_iter().flatten().collect())
}

/// A case that cannot be prepared is said and left out: a cohort has its odd ones.
pub(crate) fn case(
    row: &CaseRow,
    intake: Intake,
    cache: &Path,
) -> Result<Option<Example>, Failure> {
    let path = cache.join(format!("{}-{}.safetensors", row.case, intake.tag()));
    if path.exists() {
        return Ok(Some(Example::load(&path)?));
    }
    let Some(seg) = &row.seg else { return Ok(None) };
    let truth = if seg.scheme.tells_parts() {
        Truth::Kinds
    } else {
        Truth::WholeTumour
    };
    let scans = Scans {
        volumes: volumes(row)?,
        labels: (cohort::read_segmentation(seg)?, truth),
    };
    keep(row, &scans, intake, &path)
}

/// A case whose labels do not matter: prepared with those it has, or without any, under a name of its own
/// so that no training takes it for a case without a tumour.
pub(crate) fn unlabelled_case(
    row: &CaseRow,
    intake: Intake,
    cache: &Path,
) -> Result<Option<Example>, Failure> {
    if row.seg.is_some() {
        return case(row, intake, cache);
    }
    let path = cache.join(format!(
        "{}-unlabelled-{}.safetensors",
        row.case,
        intake.tag()
    ));
    if path.exists() {
        return Ok(Some(Example::load(&path)?));
    }
    let volumes = volumes(row)?;
    let Some(grid) = volumes.iter().flatten().next().map(|volume| volume.grid) else {
        return Ok(None);
    };
    let labels = LabelMap {
        grid,
        data: vec![0; grid.dims.iter().product()],
    };
    let scans = Scans {
        volumes,
        labels: (labels, Truth::WholeTumour),
    };
    keep(row, &scans, intake, &path)
}

fn volumes(row: &CaseRow) -> Result<[Option<Volume>; 4], Failure> {
    let mut volumes = [const { None }; 4];
    for (volume, file) in volumes.iter_mut().zip(&row.sequences) {
        if let Some(file) = file {
            *volume = Some(scan::open(file)?.volume);
        }
    }
    Ok(volumes)
}

fn keep(
    row: &CaseRow,
    scans: &Scans,
    intake: Intake,
    path: &Path,
) -> Result<Option<Example>, Failure> {
    match prepare(&row.case, scans, intake) {
        Ok(example) => {
            example.save(path)?;
            Ok(Some(example))
        }
        Err(error) => {
            println!("left out: {error}: {}", row.case);
            Ok(None)
        }
    }
}

/// The synthetic patients of these seeds; recipes take theirs from 0 on.
pub(crate) fn phantoms(
    seeds: Range<u64>,
    intake: Intake,
    cache: &Path,
) -> Result<Vec<Example>, Failure> {
    let atlas = Atlas::embedded()?;
    let options = phantom::Options {
        spacing_mm: intake.spacing_mm,
        skull: false,
        artefacts: true,
    };
    seeds
        .into_par_iter()
        .map(|seed| {
            let name = format!("phantom-{seed}");
            let path = cache.join(format!("{name}-{}.safetensors", intake.tag()));
            if path.exists() {
                return Ok(Example::load(&path)?);
            }
            let made = phantom::generate(seed, &atlas, &options);
            let scans = Scans {
                volumes: made.volumes.map(Some),
                labels: (made.labels, Truth::Kinds),
            };
            let example = prepare(&name, &scans, intake)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A manifest of cases `(case, patient, split)`, all outlined but the last.
    fn manifest(cases: &[(&str, &str, &str)]) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cases.csv");
        let mut text = format!("{}\n", cohort::COLUMNS.join(","));
        for (case, patient, split) in cases {
            let seg = if *case == "bare" {
                ","
            } else {
                "s.nii,wt-only"
            };
            text += &format!("{case},{patient},here,{split},f.nii,,,,{seg},,,\n");
        }
        fs::write(&path, text).unwrap();
        (folder, path)
    }

    fn names(rows: &[CaseRow]) -> Vec<&str> {
        rows.iter().map(|row| row.case.as_str()).collect()
    }

    #[test]
    fn splits_say_what_is_learnt_from_and_what_is_looked_at() {
        let cases = [
            ("a", "a", ""),
            ("b", "b", "train"),
            ("c", "c", "val"),
            ("d", "d", "test"),
            ("bare", "bare", "val"),
        ];
        let (_folder, path) = manifest(&cases);
        let found = sides(&path, None, None).ok().unwrap();
        assert_eq!(names(&found.train), ["a", "b"]);
        assert_eq!(names(&found.validation), ["c"]);
        let refused = sides(&path, None, Some((0, 2))).err().unwrap();
        assert!(refused.what.contains("split val"), "{}", refused.what);
    }

    #[test]
    fn a_fold_to_validate_on_parts_no_patient_and_leaves_what_is_left_out_alone() {
        let cases: Vec<(String, String)> = (0..24)
            .map(|i| (format!("case{i}"), format!("patient{}", i / 2)))
            .collect();
        let cases: Vec<_> = cases
            .iter()
            .map(|(c, p)| (c.as_str(), p.as_str(), ""))
            .collect();
        let (_folder, path) = manifest(&cases);
        let left_out = LeftOut::Fold(1, 4);
        let held_out = cohort::folds(&cohort::read(&path).ok().unwrap(), 4);
        let mut looked_at = Vec::new();
        for fold in 0..3 {
            let found = sides(&path, Some(&left_out), Some((fold, 3))).ok().unwrap();
            assert_eq!((found.train.len(), found.validation.len()), (12, 6));
            for row in &found.validation {
                assert!(found.train.iter().all(|other| other.patient != row.patient));
                looked_at.push(row.case.clone());
            }
        }
        let mut expected: Vec<&str> = cases
            .iter()
            .zip(held_out)
            .filter_map(|(case, fold)| (fold != 1).then_some(case.0))
            .collect();
        looked_at.sort_unstable();
        expected.sort_unstable();
        assert_eq!(looked_at, expected);
    }

    #[test]
    fn a_patient_on_two_sides_is_refused() {
        let (_folder, path) = manifest(&[("a", "same", "train"), ("b", "same", "val")]);
        let refused = sides(&path, None, None).err().unwrap();
        assert!(refused.what.contains("split"), "{}", refused.what);
    }
}
