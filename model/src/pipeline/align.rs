//! The series onto one grid: the T1ce's in RAS (or what stands for it), where the brain is found, then
//! the bundle's.

use std::borrow::Cow;

use imaging::{Grid, Mask, Orientation, Sequence, Volume, brain, normalise, reorient, resample};

use super::check::{Checked, without_background};
use super::listed;
use super::look::sagittal;
use super::stages::Stages;
use crate::ModelError;
use crate::bundle::Manifest;
use crate::intake::Normalisation;
use crate::network::Mismatch;
use crate::painting::{Layout, Painter};

/// Most voxels on the bundle's grid: the reader's own limit.
const MOST_VOXELS: usize = 200_000_000;

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
        checked: &Checked<'a>,
        normalisation: Normalisation,
        stages: &mut Stages<'_>,
    ) -> Result<Self, ModelError> {
        let mut notes = Vec::new();
        let case = checked.case;
        let ready = |sequence: Sequence, volume: &'a Volume| {
            let background = checked.backgrounds[sequence.channel()];
            let volume = without_background(volume, background);
            let volume = then(volume, |volume| normalisation.believed(volume));
            then(volume, to_ras)
        };
        let (reference, volume) = case.reference()?;
        let reference_volume = ready(reference, volume);
        let grid = reference_volume.grid;
        let mut volumes = [const { None }; 4];
        for (sequence, volume) in case.given() {
            stages.tell(0.15 * sequence.channel() as f32)?;
            if sequence == reference {
                continue;
            }
            let volume = ready(sequence, volume);
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
        stages.tell(0.6)?;
        let given: Vec<&Volume> = volumes.iter().flatten().map(AsRef::as_ref).collect();
        let brain = brain::mask(&given)?;
        Ok(Self {
            volumes,
            brain,
            notes,
        })
    }

    /// The brain that was found.
    pub(super) fn brain_ml(&self) -> f64 {
        self.brain.volume_ml()
    }

    /// Gives up the scans.
    pub(super) fn into_notes(self) -> Vec<String> {
        self.notes
    }

    /// The sequences that are there.
    fn given(&self) -> Vec<Sequence> {
        let given = Sequence::ALL.into_iter();
        given
            .filter(|sequence| self.volumes[sequence.channel()].is_some())
            .collect()
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
                Some(volume) => manifest.sampling.onto(volume, &brain.grid),
                None => Volume::filled(brain.grid, 0.0),
            };
            reorient(&volume, orientation)
        });
        Ok(Input {
            volumes,
            brain: reorient(&brain, orientation),
            channels: manifest.channels,
            given: self.given(),
        })
    }
}

/// What the network sees: its channels on its grid, and the brain there. An absent one is zeros, or painted.
#[derive(Clone, Debug)]
pub(super) struct Input {
    pub(super) volumes: [Volume; 4],
    pub(super) brain: Mask,
    /// Which sequence each channel is.
    channels: [Sequence; 4],
    /// The sequences that are there.
    given: Vec<Sequence>,
}

impl Input {
    /// z-scores inside the brain, 0 outside; what is absent stays 0, as everything constant becomes 0.
    pub(super) fn normalised(mut self) -> Result<Self, ModelError> {
        for volume in &mut self.volumes {
            normalise::z_score(volume, &self.brain)?;
        }
        Ok(self)
    }

    /// Paints what is absent where one of `painters` does so from just what is there; and what there is to say of each
    /// absent sequence.
    pub(super) fn painted(mut self, painters: &[Painter]) -> (Self, Vec<String>) {
        let channel = |sequence| {
            self.channels
                .iter()
                .position(|&channel| channel == sequence)
        };
        let given = self.given.iter().filter_map(|&sequence| channel(sequence));
        let given: Vec<&[f32]> = given.map(|at| self.volumes[at].data.as_slice()).collect();
        let layout = self.layout();
        let (mut painted, mut notes) = (Vec::new(), Vec::new());
        let absent = Sequence::ALL
            .into_iter()
            .filter(|sequence| !self.given.contains(sequence));
        for sequence in absent {
            let fits =
                |painter: &&Painter| painter.paints == sequence && painter.from == self.given;
            let what = match (painters.iter().find(fits), channel(sequence)) {
                (Some(painter), Some(at)) => {
                    painted.push((at, painter.paint(&given, &self.brain.data, layout)));
                    format!(
                        "what the network saw in its place was painted from {}",
                        listed(&self.given)
                    )
                }
                _ => "the network saw zeros in its place".into(),
            };
            notes.push(format!("{sequence} is absent: {what}."));
        }
        for (at, values) in painted {
            self.volumes[at].data = values;
        }
        (self, notes)
    }

    /// Whether T2 and FLAIR can be compared.
    pub(super) fn mismatch(&self) -> Mismatch {
        Mismatch::of(|sequence| self.given.contains(&sequence))
    }

    /// A volume's first axis is the fastest in memory.
    fn layout(&self) -> Layout {
        let Grid { dims, affine } = &self.brain.grid;
        let [x, y, z] = *dims;
        Layout {
            edges: [z, y, x],
            sagittal: 2 - sagittal(Orientation::of(affine)),
        }
    }
}

/// One step more, which may leave a volume as it is.
fn then<'a>(
    volume: Cow<'a, Volume>,
    step: impl for<'b> FnOnce(&'b Volume) -> Cow<'b, Volume>,
) -> Cow<'a, Volume> {
    match volume {
        Cow::Borrowed(volume) => step(volume),
        Cow::Owned(volume) => Cow::Owned(step(&volume).into_owned()),
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

#[cfg(test)]
mod tests {
    use super::super::layout::z_fastest;
    use super::*;
    use crate::painting::Measures;

    const DIMS: [usize; 3] = [4, 9, 6];

    /// FLAIR is absent; the channels stand in the order T2, FLAIR, T1, T1ce.
    fn input() -> Input {
        use Sequence::{Flair, T1, T1ce, T2};
        let grid = Grid {
            dims: DIMS,
            affine: imaging::Affine::axis_aligned([2.0; 3], imaging::RasPoint([0.0; 3])),
        };
        let voxels = DIMS.iter().product::<usize>();
        let texture = |step: usize| Volume {
            grid,
            data: (0..voxels).map(|at| (at * step % voxels) as f32).collect(),
        };
        Input {
            volumes: [
                texture(5),
                Volume::filled(grid, 0.0),
                texture(7),
                texture(11),
            ],
            brain: Mask {
                grid,
                data: (0..voxels).map(|at| at % 5 > 0).collect(),
            },
            channels: [T2, Flair, T1, T1ce],
            given: vec![T1, T1ce, T2],
        }
    }

    /// By what is around in T1 and how it differs from the other side, and a little of T2: turned axes and mixed up
    /// sequences would show.
    fn painter(from: Vec<Sequence>) -> Painter {
        let mut weights = vec![0.0; Measures::terms(from.len())];
        for (sequence, measure, weight) in [(0, 1, 1.0), (0, 3, 0.5), (from.len() - 1, 0, 0.3)] {
            weights[Measures::term(from.len(), sequence, measure)] = weight;
        }
        Painter {
            paints: Sequence::Flair,
            from,
            weights,
            values: vec![-2.0, 1.0],
        }
    }

    #[test]
    fn what_is_absent_is_painted_in_its_own_place_from_the_right_sequences() {
        use Sequence::{T1, T1ce, T2};
        let painter = painter(vec![T1, T1ce, T2]);
        let before = input();
        let other_way = |channel: usize| z_fastest(&before.volumes[channel].data, DIMS);
        let (t1, t1ce, t2) = (other_way(2), other_way(3), other_way(0));
        let brain = z_fastest(&before.brain.data, DIMS);
        let layout = Layout {
            edges: DIMS,
            sagittal: 0,
        };
        let expected = painter.paint(&[&t1, &t1ce, &t2], &brain, layout);
        for orientation in ["RAS", "LPS", "PIR", "SRA"] {
            let orientation = orientation.parse().unwrap();
            let mut turned = before.clone();
            turned.volumes = turned.volumes.map(|volume| reorient(&volume, orientation));
            turned.brain = reorient(&turned.brain, orientation);
            let (found, notes) = turned.clone().painted(std::slice::from_ref(&painter));
            assert_eq!(
                notes,
                [
                    "FLAIR is absent: what the network saw in its place was painted from T1, T1ce and T2."
                ]
            );
            let painted = reorient(&found.volumes[1], Orientation::RAS);
            let painted = z_fastest(&painted.data, DIMS);
            for (found, expected) in painted.iter().zip(&expected) {
                assert!((found - expected).abs() < 0.02, "{found}, {expected}");
            }
            for channel in [0, 2, 3] {
                assert_eq!(found.volumes[channel].data, turned.volumes[channel].data);
            }
        }
    }

    #[test]
    fn what_is_there_must_be_just_what_is_painted_from() {
        let (found, notes) = input().painted(&[painter(vec![Sequence::T1, Sequence::T2])]);
        assert_eq!(
            notes,
            ["FLAIR is absent: the network saw zeros in its place."]
        );
        assert!(found.volumes[1].data.iter().all(|&value| value == 0.0));
    }
}
