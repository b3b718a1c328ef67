//! What a window is made into: a view of it, turned and with blocks hidden.

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;

use super::recipe::Mask;
use crate::training::vary::Window;

/// One view of a window: what the encoder is given, and what its answers are measured by.
#[derive(Clone, Debug)]
pub struct View {
    /// Edge in voxels.
    pub edge: usize,
    /// Quarter turns about z, 0 to 3: what the rotation's head should say.
    pub turns: u8,
    /// `[4, x, y, z]`: what is hidden is 0, the brain's mean.
    pub input: Vec<f32>,
    /// `[4, x, y, z]`: the same with nothing hidden.
    pub target: Vec<f32>,
    /// `[x, y, z]`: inside the brain, and hidden.
    pub hidden: Vec<bool>,
    /// Sequences that are there.
    pub present: [bool; 4],
}

/// A view of a window, which must be a cube.
#[must_use]
pub fn view(window: &Window, mask: Mask, rng: &mut Xoshiro256PlusPlus) -> View {
    let edge = window.edges[0];
    let voxels = edge.pow(3);
    let turns: u8 = rng.random_range(0..4);
    let channels = window.input.chunks(voxels);
    let target: Vec<f32> = channels
        .flat_map(|channel| turned(channel, edge, turns))
        .collect();
    let brain = turned(&window.brain, edge, turns);
    let blocks = hidden_blocks(&brain, edge, mask, rng);
    let in_hidden = |at: usize| blocks[block_of(at, edge, mask.block)];
    let mut input = target.clone();
    for (at, value) in input.iter_mut().enumerate() {
        if in_hidden(at % voxels) {
            *value = 0.0;
        }
    }
    let present = std::array::from_fn(|channel| {
        let values = &target[channel * voxels..][..voxels];
        values.iter().any(|&value| value != 0.0)
    });
    View {
        edge,
        turns,
        hidden: (0..voxels).map(|at| brain[at] && in_hidden(at)).collect(),
        input,
        target,
        present,
    }
}

/// `values` `[x, y, z]` of a cube, turned by so many quarters about z: of one, what was at (x, y) is at
/// (edge − 1 − y, x).
fn turned<T: Copy>(values: &[T], edge: usize, turns: u8) -> Vec<T> {
    let last = edge - 1;
    let mut out = Vec::with_capacity(values.len());
    for x in 0..edge {
        for y in 0..edge {
            let (from_x, from_y) = match turns {
                0 => (x, y),
                1 => (y, last - x),
                2 => (last - x, last - y),
                _ => (last - y, x),
            };
            out.extend_from_slice(&values[(from_x * edge + from_y) * edge..][..edge]);
        }
    }
    out
}

/// Of the blocks with brain in them, the part to hide, at least one.
fn hidden_blocks(
    brain: &[bool],
    edge: usize,
    mask: Mask,
    rng: &mut Xoshiro256PlusPlus,
) -> Vec<bool> {
    let blocks = (edge / mask.block).pow(3);
    let mut with_brain = vec![false; blocks];
    for (at, _) in brain.iter().enumerate().filter(|(_, inside)| **inside) {
        with_brain[block_of(at, edge, mask.block)] = true;
    }
    let mut left: Vec<usize> = (0..blocks).filter(|&block| with_brain[block]).collect();
    let count = ((left.len() as f64 * mask.part).round() as usize).max(1);
    let mut hidden = vec![false; blocks];
    for _ in 0..count.min(left.len()) {
        hidden[left.swap_remove(rng.random_range(0..left.len()))] = true;
    }
    hidden
}

fn block_of(at: usize, edge: usize, block: usize) -> usize {
    let along = edge / block;
    let [x, y, z] = [at / (edge * edge), at / edge % edge, at % edge].map(|v| v / block);
    (x * along + y) * along + z
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    const EDGE: usize = 8;
    const VOXELS: usize = 512;

    fn window() -> Window {
        let value = |at: usize| 1.0 + (at * 7919 % 2003) as f32;
        Window {
            edges: [EDGE; 3],
            // T2 is absent.
            input: (0..3 * VOXELS)
                .map(value)
                .chain(vec![0.0; VOXELS])
                .collect(),
            labels: vec![0; VOXELS],
            brain: (0..VOXELS).map(|at| at % EDGE > 1).collect(),
        }
    }

    #[test]
    fn a_quarter_turn_moves_as_it_says_and_four_are_none() {
        let values: Vec<usize> = (0..VOXELS).collect();
        let at = |x: usize, y: usize, z: usize| (x * EDGE + y) * EDGE + z;
        let once = turned(&values, EDGE, 1);
        assert_eq!(once[at(EDGE - 1 - 2, 5, 3)], at(5, 2, 3));
        let mut again = values.clone();
        for turns in 0..4 {
            assert_eq!(again, turned(&values, EDGE, turns));
            again = turned(&again, EDGE, 1);
        }
        assert_eq!(again, values);
    }

    #[test]
    fn whole_blocks_are_hidden_and_the_rest_is_as_it_was() {
        let mask = Mask {
            block: 4,
            part: 0.4,
        };
        let mut turns = [0; 4];
        for seed in 0..40 {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
            for _ in 0..2 {
                let view = view(&window(), mask, &mut rng);
                turns[usize::from(view.turns)] += 1;
                assert_eq!(view.present, [true, true, true, false]);
                let mut hidden_blocks = [None; 8];
                for at in 0..3 * VOXELS {
                    let is_hidden = view.input[at] == 0.0;
                    assert!(is_hidden || view.input[at] == view.target[at]);
                    let block = &mut hidden_blocks[block_of(at % VOXELS, EDGE, 4)];
                    assert_eq!(*block.get_or_insert(is_hidden), is_hidden);
                    let in_brain = at % EDGE > 1;
                    assert_eq!(view.hidden[at % VOXELS], is_hidden && in_brain);
                }
                // 0.4 of eight, rounded.
                assert_eq!(
                    hidden_blocks.iter().filter(|b| **b == Some(true)).count(),
                    3
                );
            }
        }
        assert!(turns.iter().all(|&count| count > 5), "{turns:?}");
    }

    #[test]
    fn turned_back_a_view_is_the_window() {
        let mask = Mask {
            block: 4,
            ..Mask::default()
        };
        for seed in 0..8 {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
            let view = view(&window(), mask, &mut rng);
            let channels = view.target.chunks(VOXELS);
            let back = |channel| turned(channel, EDGE, (4 - view.turns) % 4);
            let upright: Vec<f32> = channels.flat_map(back).collect();
            assert_eq!(upright, window().input);
        }
    }
}
