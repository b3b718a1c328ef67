//! From scans to an example: onto one grid, the brain, the network's grid, z-scores.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use half::f16;
use imaging::{Grid, ImagingError, LabelMap, Mask, Orientation, Volume, brain, reorient, resample};

use super::example::{Example, SOME_TUMOUR, Truth};
use crate::intake::Intake;
use crate::pipeline::z_fastest;

/// Why a case could not be prepared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrepareError {
    /// The scans cannot be used.
    #[error(transparent)]
    Imaging(#[from] ImagingError),
    /// The skull is on, and the brain under it was not found.
    #[error("the brain was not found under the skull: {0}")]
    Strip(brain::StripFault),
    /// There is no scan at all.
    #[error("the case has no scan")]
    Empty,
    /// The labels lie on another grid than the scan they belong to.
    #[error("the segmentation's grid ({found:?} voxels) is not that of the scans ({expected:?})")]
    Labels {
        /// Voxels it has.
        found: [usize; 3],
        /// Voxels that the reference scan has.
        expected: [usize; 3],
    },
    /// A prepared case on disk.
    #[error("the prepared case cannot be used: {problem}: {}", path.display())]
    Cache {
        /// What is wrong.
        problem: String,
        /// The file.
        path: PathBuf,
    },
}

impl PrepareError {
    pub(super) fn cache(path: &Path, problem: &dyn Display) -> Self {
        Self::Cache {
            problem: problem.to_string(),
            path: path.to_owned(),
        }
    }
}

/// A case's scans, as they were read.
#[derive(Clone, Debug)]
pub struct Scans {
    /// FLAIR, T1, T1ce, T2.
    pub volumes: [Option<Volume>; 4],
    /// Labels 0 to 3, or 0 and 1 for the whole tumour, and which of both.
    pub labels: (LabelMap, Truth),
}

/// The scans as an example called `name`, by the rules of `intake`.
///
/// # Errors
/// There is no scan or no brain, or the labels do not belong to it.
pub fn prepare(name: &str, scans: &Scans, intake: Intake) -> Result<Example, PrepareError> {
    // T1ce where there is one, as the pipeline has it.
    let reference = [2, 0, 1, 3]
        .into_iter()
        .find_map(|channel| scans.volumes[channel].as_ref())
        .ok_or(PrepareError::Empty)?;
    let reference = reorient(reference, Orientation::RAS);
    let grid = reference.grid;
    let volumes: [Option<Volume>; 4] = scans.volumes.each_ref().map(|volume| {
        let volume = reorient(volume.as_ref()?, Orientation::RAS);
        Some(if volume.grid.is_close(&grid) {
            volume
        } else {
            resample::linear(&volume, &grid)
        })
    });
    let brain = find_brain(&volumes)?;
    let full = Grid::covering(&grid, [intake.spacing_mm; 3]);
    let brain = resample::mask(&brain, &full);
    let (low, dims) = brain.bounding_box().ok_or(ImagingError::NoBrain)?;
    let start = low.0.map(|n| n as isize);
    let brain = brain.window(start, dims, false);

    let labels = reorient(&scans.labels.0, Orientation::RAS);
    let labels = onto(&labels, &brain.grid, scans.labels.1);
    let mut channels = [const { None }; 4];
    for (channel, volume) in channels.iter_mut().zip(&volumes) {
        if let Some(volume) = volume {
            let volume = intake.scored(volume, &brain.grid, &brain)?;
            let values = z_fastest(&volume.data, dims);
            *channel = Some(values.into_iter().map(f16::from_f32).collect());
        }
    }
    Ok(Example {
        name: name.to_owned(),
        dims,
        channels,
        brain: z_fastest(&brain.data, dims),
        labels: z_fastest(&labels.data, dims),
        truth: scans.labels.1,
    })
}

/// The brain of scans without skull, or the one under a skull.
fn find_brain(volumes: &[Option<Volume>; 4]) -> Result<Mask, PrepareError> {
    let there: Vec<&Volume> = volumes.iter().flatten().collect();
    let (found, verdict) = brain::find(&there)?;
    if !verdict.is_on() {
        return Ok(found);
    }
    match brain::StripQuality::of(&found).fault() {
        Some(fault) => Err(PrepareError::Strip(fault)),
        None => Ok(found),
    }
}

/// Labels on another grid: the likeliest of each voxel's neighbourhood.
fn onto(labels: &LabelMap, grid: &Grid, truth: Truth) -> LabelMap {
    let classes = match truth {
        Truth::Kinds => vec![(0, 0), (1, 1), (2, 2), (3, 3)],
        Truth::WholeTumour => vec![(0, 0), (1, SOME_TUMOUR)],
    };
    let mut vote = resample::LabelVote::new(grid);
    for (label, out) in classes {
        let data = labels.data.iter();
        let data = data.map(|&found| f32::from(u8::from(found == label)));
        vote.add(
            out,
            &Volume {
                grid: labels.grid,
                data: data.collect(),
            },
        );
    }
    vote.finish()
}
