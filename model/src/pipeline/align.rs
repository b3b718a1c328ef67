//! The series onto one grid: the T1ce's in RAS (or what stands for it), where the brain is found, then
//! the bundle's.

use std::borrow::Cow;

use imaging::brain::{self, SkullVerdict};
use imaging::{Grid, Mask, Orientation, Volume, normalise, reorient, resample};

use super::Case;
use super::stages::Stages;
use crate::ModelError;
use crate::bundle::Manifest;
use crate::network::Mismatch;

/// Scans that share less of their space than this are not of one session, or misplaced.
const LEAST_OVERLAP: f64 = 0.5;

/// Most voxels on the bundle's grid: the reader's own limit.
const MOST_VOXELS: usize = 200_000_000;

/// Refuses a scan given twice and scans that lie apart.
pub(super) fn check(case: &Case<'_>) -> Result<(), ModelError> {
    let (reference, to) = case.reference()?;
    let given: Vec<_> = case.given().collect();
    for (i, (a, volume)) in given.iter().enumerate() {
        for (b, other) in &given[..i] {
            if volume.grid.dims == other.grid.dims && volume.data == other.data {
                return Err(ModelError::SameScan(*b, *a));
            }
        }
    }
    for (sequence, volume) in given {
        let shared = volume.grid.overlap_fraction(&to.grid);
        if shared < LEAST_OVERLAP {
            return Err(ModelError::Apart {
                sequence,
                reference,
                percent: 100.0 * shared,
            });
        }
    }
    Ok(())
}

/// The sequences on the reference's grid in RAS, and the brain on it.
pub(super) struct Aligned<'a> {
    /// In the order of [`Sequence::ALL`], where given; borrowed where the scan was in place already.
    volumes: [Option<Cow<'a, Volume>>; 4],
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
        let (reference, volume) = case.reference()?;
        let reference_volume = to_ras(volume);
        let grid = reference_volume.grid;
        let mut volumes = [const { None }; 4];
        for (sequence, volume) in case.given() {
            stages.tell(0.15 * sequence.channel() as f32)?;
            if sequence == reference {
                continue;
            }
            let volume = to_ras(volume);
            let in_place = volume.grid.is_close(&grid);
            volumes[sequence.channel()] = Some(if in_place {
                volume
            } else {
                notes.push(format!(
                    "{sequence} was on a grid of its own and was resampled to the {reference}'s."
                ));
                Cow::Owned(resample::linear(&volume, &grid))
            });
        }
        volumes[reference.channel()] = Some(reference_volume);
        for sequence in case.absent() {
            notes.push(format!(
                "{sequence} is absent: the network saw zeros in its place."
            ));
        }
        stages.tell(0.6)?;
        let given: Vec<&Volume> = volumes.iter().flatten().map(AsRef::as_ref).collect();
        let brain = brain::mask(&given)?;
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
            let volume = match &self.volumes[sequence.channel()] {
                Some(volume) => resample::linear(volume, &brain.grid),
                None => Volume::filled(brain.grid, 0.0),
            };
            reorient(&volume, orientation)
        });
        Ok(Input {
            volumes,
            brain: reorient(&brain, orientation),
            mismatch: Mismatch::of(|sequence| self.volumes[sequence.channel()].is_some()),
        })
    }
}

/// What the network sees: its channels on its grid, zeros for an absent one, and the brain there.
#[derive(Clone, Debug)]
pub(super) struct Input {
    pub(super) volumes: [Volume; 4],
    pub(super) brain: Mask,
    /// Whether T2 and FLAIR can be compared.
    pub(super) mismatch: Mismatch,
}

impl Input {
    /// z-scores inside the brain, 0 outside; what is absent stays 0, as everything constant becomes 0.
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
