//! Four series onto one grid: the T1ce's in RAS, where the brain is found, then the bundle's.

use std::borrow::Cow;

use imaging::brain::{self, SkullVerdict};
use imaging::{Grid, Mask, Orientation, Sequence, Volume, normalise, reorient, resample};

use super::Case;
use super::stages::Stages;
use crate::ModelError;
use crate::bundle::Manifest;

/// Scans that share less of their space than this are not of one session, or misplaced.
const LEAST_OVERLAP: f64 = 0.5;

/// Most voxels on the bundle's grid: the reader's own limit.
const MOST_VOXELS: usize = 200_000_000;

/// Refuses a scan given twice and scans that lie apart.
pub(super) fn check(case: &Case<'_>) -> Result<(), ModelError> {
    let volume = |sequence| case.volume(sequence);
    for (i, &a) in Sequence::ALL.iter().enumerate() {
        for &b in &Sequence::ALL[..i] {
            if volume(a).grid.dims == volume(b).grid.dims && volume(a).data == volume(b).data {
                return Err(ModelError::SameScan(b, a));
            }
        }
    }
    for sequence in Sequence::ALL {
        let shared = volume(sequence)
            .grid
            .overlap_fraction(&volume(Sequence::T1ce).grid);
        if shared < LEAST_OVERLAP {
            return Err(ModelError::Apart {
                sequence,
                percent: 100.0 * shared,
            });
        }
    }
    Ok(())
}

/// The four sequences on the T1ce's grid in RAS, and the brain on it.
pub(super) struct Aligned<'a> {
    /// In the order of [`Sequence::ALL`]; borrowed where the scan was in place already.
    volumes: [Cow<'a, Volume>; 4],
    brain: Mask,
    /// What a reader has to know about how they came here.
    notes: Vec<String>,
}

impl<'a> Aligned<'a> {
    pub(super) fn new(
        case: Case<'a>,
        insist: bool,
        stages: &mut Stages<'_>,
    ) -> Result<Self, ModelError> {
        let mut notes = Vec::new();
        let t1ce = to_ras(case.volume(Sequence::T1ce));
        let grid = t1ce.grid;
        let mut onto = |sequence: Sequence, done: f32| {
            stages.tell(done)?;
            let volume = to_ras(case.volume(sequence));
            if volume.grid.is_close(&grid) {
                return Ok::<_, ModelError>(volume);
            }
            notes.push(format!(
                "{sequence} was on a grid of its own and was resampled to the T1ce's."
            ));
            Ok(Cow::Owned(resample::linear(&volume, &grid)))
        };
        let flair = onto(Sequence::Flair, 0.0)?;
        let t1 = onto(Sequence::T1, 0.2)?;
        let t2 = onto(Sequence::T2, 0.4)?;
        stages.tell(0.6)?;
        let volumes = [flair, t1, t1ce, t2];
        let brain = brain::mask(&volumes.each_ref().map(AsRef::as_ref))?;
        match brain::skull(&brain) {
            SkullVerdict::Stripped => {}
            verdict if insist => notes.push(format!("Read on although {verdict}.")),
            verdict => return Err(ModelError::SkullOn(verdict)),
        }
        Ok(Self {
            volumes,
            brain,
            notes,
        })
    }

    /// Gives up the scans.
    pub(super) fn into_notes(self) -> Vec<String> {
        self.notes
    }

    /// The scans on the bundle's grid, in its orientation and channel order: a box around the brain,
    /// at least a window large.
    pub(super) fn onto_model_grid(&self, manifest: &Manifest) -> Result<Input, ModelError> {
        let orientation = manifest.orientation()?;
        let full = Grid::covering(&self.brain.grid, manifest.spacing_mm);
        if full.voxel_count() > MOST_VOXELS {
            // A header can describe voxels metres apart.
            let dims = full.dims.map(|n| n as u64);
            return Err(imaging::ImagingError::TooLarge { dims }.into());
        }
        let brain = mask_onto(&self.brain, &full);
        let (low, size) = brain.bounding_box().ok_or(imaging::ImagingError::NoBrain)?;
        // The window's edges are along the bundle's axes, which may be permuted against RAS.
        let window = in_ras(manifest.window, orientation, full);
        let dims: [usize; 3] = std::array::from_fn(|a| size[a].max(window[a]));
        let start = std::array::from_fn(|a| low.0[a] as isize - ((dims[a] - size[a]) / 2) as isize);
        let brain = brain.window(start, dims, false);
        let volumes = manifest.channels.map(|sequence| {
            let volume = resample::linear(&self.volumes[sequence as usize], &brain.grid);
            reorient(&volume, orientation)
        });
        Ok(Input {
            volumes,
            brain: reorient(&brain, orientation),
        })
    }
}

/// What the network sees: its channels on its grid, and the brain there.
#[derive(Clone, Debug)]
pub(super) struct Input {
    pub(super) volumes: [Volume; 4],
    pub(super) brain: Mask,
}

impl Input {
    /// z-scores inside the brain, 0 outside.
    pub(super) fn normalised(mut self) -> Result<Self, ModelError> {
        for volume in &mut self.volumes {
            normalise::z_score(volume, &self.brain)?;
        }
        Ok(self)
    }
}

fn to_ras(volume: &Volume) -> Cow<'_, Volume> {
    if Orientation::of(&volume.grid.affine) == Orientation::RAS {
        Cow::Borrowed(volume)
    } else {
        Cow::Owned(reorient(volume, Orientation::RAS))
    }
}

/// A voxel is inside where at least half of its neighbourhood is.
pub(crate) fn mask_onto(mask: &Mask, grid: &Grid) -> Mask {
    let soft = Volume {
        grid: mask.grid,
        data: mask
            .data
            .iter()
            .map(|&inside| f32::from(u8::from(inside)))
            .collect(),
    };
    let mut out = Mask::filled(*grid, false);
    resample::linear_each(&soft, grid, |place, value| out.data[place] = value >= 0.5);
    out
}

/// Edges along the axes of `orientation`, reordered to those of a RAS grid.
fn in_ras(edges: [usize; 3], orientation: Orientation, grid: Grid) -> [usize; 3] {
    // Reorienting an empty grid with these edges tells where each axis goes.
    let empty = Mask {
        grid: Grid {
            dims: [1, 2, 3],
            ..grid
        },
        data: vec![false; 6],
    };
    let turned = reorient(&empty, orientation).grid.dims;
    std::array::from_fn(|axis| edges[turned.iter().position(|&n| n == axis + 1).unwrap_or(axis)])
}
