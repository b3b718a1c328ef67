//! What stands in an absent sequence's place.

use imaging::{Grid, Orientation, Sequence};

use super::input::Input;
use super::listed;
use super::look::sagittal;
use crate::painting::{Layout, Painter};

impl Input {
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

#[cfg(test)]
mod tests {
    use super::super::layout::z_fastest;
    use imaging::{Mask, Volume, reorient};

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
