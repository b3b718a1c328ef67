//! Drawing a window from an example, varied as scanners and heads vary: moved, turned, scaled and bent
//! in space; other contrast, bias field, noise, blur and slice thickness; sequences left out.

mod field;
mod intensity;
mod mix;

use half::f16;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use super::example::Example;
use field::Field;

/// FLAIR's channel.
const FLAIR: usize = 0;

/// How much an example is varied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Variation {
    /// Part of the windows whose middle is in the tumour.
    pub on_tumour: f64,
    /// Largest turn about each axis, in degrees.
    pub turn_degrees: f64,
    /// Largest factor of size, and one by it the smallest.
    pub scale: f64,
    /// Part of the windows that see up to `widest` times as far on top of it: most of the brain.
    pub wide: f64,
    /// How far these see at most.
    pub widest: f64,
    /// Standard deviation of the bending, in voxels.
    pub bend_voxels: f64,
    /// Whether left and right may be exchanged.
    pub mirror: bool,
    /// Strength of all that changes intensities; 1 is the usual.
    pub intensity: f64,
    /// Part of the windows that lack one sequence at least.
    pub drop_one: f64,
    /// Of those, the part that lacks two.
    pub drop_two: f64,
    /// Of the windows that lack none, the part that lacks FLAIR, which a network leans on most.
    pub drop_flair: f64,
}

impl Default for Variation {
    fn default() -> Self {
        Self {
            on_tumour: 0.75,
            turn_degrees: 15.0,
            scale: 1.2,
            wide: 0.0,
            widest: 1.5,
            bend_voxels: 1.5,
            mirror: true,
            intensity: 1.0,
            drop_one: 0.25,
            drop_two: 0.25,
            drop_flair: 0.0,
        }
    }
}

/// What the network is given, and what it should say.
#[derive(Clone, Debug)]
pub struct Window {
    /// x, y, z in voxels.
    pub edges: [usize; 3],
    /// `[4, x, y, z]`.
    pub input: Vec<f32>,
    /// `[x, y, z]`.
    pub labels: Vec<u8>,
    /// `[x, y, z]`.
    pub brain: Vec<bool>,
}

/// A window of `edges` voxels; the same seed gives the same.
#[must_use]
pub fn draw(example: &Example, edges: [usize; 3], variation: &Variation, seed: u64) -> Window {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let place = Place::draw(example, edges, variation, &mut rng);
    scanned(cut(example, edges, &place), example, variation, &mut rng)
}

/// The same with the tumour of another, `donor`, set into it before the scanner sees it. The donor has the
/// example's sequences at least, and a tumour of known kinds.
#[must_use]
pub fn draw_mixed(
    example: &Example,
    donor: &Example,
    edges: [usize; 3],
    variation: &Variation,
    seed: u64,
) -> Window {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let place = Place::draw(example, edges, variation, &mut rng);
    let mut window = cut(example, edges, &place);
    let place = Place::draw(donor, edges, variation, &mut rng);
    mix::set_in(&mut window, &cut(donor, edges, &place));
    scanned(window, example, variation, &mut rng)
}

/// Two windows of the same place, as two scanners would show it: each with its own contrast, bias field,
/// noise, blur, slice thickness and absent sequences. The same seed gives the same.
#[must_use]
pub fn draw_pair(
    example: &Example,
    edges: [usize; 3],
    variation: &Variation,
    seed: u64,
) -> [Window; 2] {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let place = Place::draw(example, edges, variation, &mut rng);
    let window = cut(example, edges, &place);
    [window.clone(), window].map(|window| scanned(window, example, variation, &mut rng))
}

/// The window with its intensities varied and sequences left out.
fn scanned(
    mut window: Window,
    example: &Example,
    variation: &Variation,
    rng: &mut Xoshiro256PlusPlus,
) -> Window {
    let there: Vec<usize> = (0..4).filter(|&c| example.channels[c].is_some()).collect();
    let edges = window.edges;
    let voxels = edges.iter().product::<usize>();
    for &channel in &there {
        let values = &mut window.input[channel * voxels..][..voxels];
        intensity::vary(values, &window.brain, edges, variation.intensity, rng);
    }
    for channel in dropped(&there, variation, rng) {
        window.input[channel * voxels..][..voxels].fill(0.0);
    }
    window
}

/// Sequences to leave out; one at least stays.
fn dropped(there: &[usize], variation: &Variation, rng: &mut Xoshiro256PlusPlus) -> Vec<usize> {
    let mut left = there.to_vec();
    let mut dropped = Vec::new();
    if rng.random_bool(variation.drop_one) {
        let times = 1 + usize::from(rng.random_bool(variation.drop_two));
        for _ in 0..times.min(left.len().saturating_sub(1)) {
            dropped.push(left.swap_remove(rng.random_range(0..left.len())));
        }
    } else if variation.drop_flair > 0.0
        && left.len() > 1
        && left.contains(&FLAIR)
        && rng.random_bool(variation.drop_flair)
    {
        dropped.push(FLAIR);
    }
    dropped
}

/// Where a window's voxels lie in the example: p = centre + M·(v − middle) + bend(v).
struct Place {
    centre: [f64; 3],
    matrix: [[f64; 3]; 3],
    bend: Option<[Field; 3]>,
}

impl Place {
    fn draw(
        example: &Example,
        edges: [usize; 3],
        variation: &Variation,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Self {
        let scale = variation.scale.ln();
        let factor =
            |rng: &mut Xoshiro256PlusPlus| (scale * rng.random_range(-1.0..=1.0_f64)).exp();
        let mut whole = factor(rng);
        if variation.wide > 0.0 && rng.random_bool(variation.wide) {
            whole *= rng.random_range(1.0..=variation.widest.max(1.0));
        }
        let mut matrix = rotation(variation.turn_degrees.to_radians(), rng);
        let flip = variation.mirror && rng.random_bool(0.5);
        for column in 0..3 {
            let size = whole * factor(rng).powf(0.3);
            let size = if flip && column == 0 { -size } else { size };
            for row in &mut matrix {
                row[column] *= size;
            }
        }
        let bend = (variation.bend_voxels > 0.0 && rng.random_bool(0.5)).then(|| {
            let strength = variation.bend_voxels;
            [0; 3].map(|_| Field::draw(edges, 5, strength, rng))
        });
        Self {
            centre: centre(example, edges, whole, variation.on_tumour, rng),
            matrix,
            bend,
        }
    }
}

/// A voxel of the tumour or of the brain, moved a little and then so that the window does not look
/// far past the brain. Its voxels are `size` of the example's.
fn centre(
    example: &Example,
    edges: [usize; 3],
    size: f64,
    on_tumour: f64,
    rng: &mut Xoshiro256PlusPlus,
) -> [f64; 3] {
    let tumour = example.tumour();
    let at = if !tumour.is_empty() && rng.random_bool(on_tumour) {
        tumour[rng.random_range(0..tumour.len())] as usize
    } else {
        rng.random_range(0..example.labels.len())
    };
    let [_, ny, nz] = example.dims;
    let voxel = [at / (ny * nz), at / nz % ny, at % nz];
    std::array::from_fn(|a| {
        let (len, edge) = (example.dims[a] as f64, size * edges[a] as f64);
        let half = edge / 2.0;
        let moved = voxel[a] as f64 + rng.random_range(-0.25..=0.25) * edge;
        // The example's box is the brain's. A window that is larger than it may be off by a few voxels.
        let (low, high) = (half - 4.0, len - half + 4.0);
        if low <= high {
            moved.clamp(low, high)
        } else {
            len / 2.0 + rng.random_range(-4.0..=4.0)
        }
    })
}

fn rotation(most: f64, rng: &mut Xoshiro256PlusPlus) -> [[f64; 3]; 3] {
    let mut matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    for axis in 0..3 {
        let (sin, cos) = (most * rng.random_range(-1.0..=1.0_f64)).sin_cos();
        let (a, b) = ((axis + 1) % 3, (axis + 2) % 3);
        for row in &mut matrix {
            let (u, v) = (row[a], row[b]);
            row[a] = cos * u + sin * v;
            row[b] = cos * v - sin * u;
        }
    }
    matrix
}

/// The window's values: intensities between the example's voxels, labels of the nearest.
fn cut(example: &Example, edges: [usize; 3], place: &Place) -> Window {
    let voxels = edges.iter().product::<usize>();
    let mut window = Window {
        edges,
        input: vec![0.0; 4 * voxels],
        labels: vec![0; voxels],
        brain: vec![false; voxels],
    };
    let [_, ny, nz] = example.dims;
    let channels: Vec<(usize, &[f16])> = (0..4)
        .filter_map(|c| Some((c, example.channels[c].as_deref()?)))
        .collect();
    for at in 0..voxels {
        let v = [
            at / (edges[1] * edges[2]),
            at / edges[2] % edges[1],
            at % edges[2],
        ];
        let from: [f64; 3] = std::array::from_fn(|a| v[a] as f64 - (edges[a] as f64 - 1.0) / 2.0);
        let mut p = place.centre;
        for (a, p) in p.iter_mut().enumerate() {
            *p += (0..3).map(|b| place.matrix[a][b] * from[b]).sum::<f64>();
            if let Some(bend) = &place.bend {
                *p += f64::from(bend[a].at(v));
            }
        }
        let near = p.map(f64::round);
        if (0..3).any(|a| near[a] < 0.0 || near[a] >= example.dims[a] as f64) {
            continue;
        }
        let [x, y, z] = near.map(|n| n as usize);
        let nearest = (x * ny + y) * nz + z;
        if !example.brain[nearest] {
            continue;
        }
        window.brain[at] = true;
        window.labels[at] = example.labels[nearest];
        let corners = corners(p, example.dims);
        for (channel, values) in &channels {
            window.input[channel * voxels + at] = corners
                .iter()
                .map(|&(at, weight)| weight * values[at].to_f32())
                .sum();
        }
    }
    window
}

/// The eight voxels around a place, and their weights.
fn corners(p: [f64; 3], dims: [usize; 3]) -> [(usize, f32); 8] {
    let low = p.map(f64::floor);
    let part: [f64; 3] = std::array::from_fn(|a| p[a] - low[a]);
    std::array::from_fn(|corner| {
        let mut weight = 1.0;
        let at: [usize; 3] = std::array::from_fn(|a| {
            let up = corner >> a & 1 == 1;
            weight *= if up { part[a] } else { 1.0 - part[a] };
            (low[a] + f64::from(u8::from(up))).clamp(0.0, dims[a] as f64 - 1.0) as usize
        });
        ((at[0] * dims[1] + at[1]) * dims[2] + at[2], weight as f32)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::Truth;

    /// No two voxels alike in any channel; the tumour in one corner.
    fn example() -> Example {
        let dims = [12, 9, 10];
        let voxels = dims.iter().product::<usize>();
        let channel = |c: usize| {
            let values =
                (0..voxels).map(|i| f16::from_f32(((i * 13 + c * 7) % 256) as f32 / 128.0));
            Some(values.collect())
        };
        let labels = (0..voxels).map(|i| u8::from(i / 90 < 3) * (1 + (i % 3) as u8));
        Example {
            name: "asymmetric".into(),
            dims,
            channels: [channel(0), channel(1), None, channel(3)],
            brain: (0..voxels).map(|i| i % 10 > 0).collect(),
            labels: labels.collect(),
            truth: Truth::Kinds,
        }
    }

    fn still() -> Variation {
        Variation {
            on_tumour: 0.0,
            turn_degrees: 0.0,
            scale: 1.0,
            wide: 0.0,
            widest: 1.0,
            bend_voxels: 0.0,
            mirror: false,
            intensity: 0.0,
            drop_one: 0.0,
            drop_two: 0.0,
            drop_flair: 0.0,
        }
    }

    #[test]
    fn without_variation_a_window_is_a_piece_of_the_example() {
        let (example, edges) = (example(), [12, 9, 10]);
        let place = Place {
            centre: [5.5, 4.0, 4.5],
            matrix: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            bend: None,
        };
        let window = cut(&example, edges, &place);
        assert_eq!(window.brain, example.brain);
        for at in 0..1080 {
            let inside = example.brain[at];
            assert_eq!(
                window.labels[at],
                if inside { example.labels[at] } else { 0 }
            );
            for (c, channel) in example.channels.iter().enumerate() {
                let expected = channel.as_ref().map_or(0.0, |values| values[at].to_f32());
                let expected = if inside { expected } else { 0.0 };
                assert!((window.input[c * 1080 + at] - expected).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn mirroring_exchanges_left_and_right_of_everything() {
        let (example, edges) = (example(), [12, 9, 10]);
        let place = Place {
            centre: [5.5, 4.0, 4.5],
            matrix: [[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            bend: None,
        };
        let window = cut(&example, edges, &place);
        for x in 0..12 {
            for rest in 0..90 {
                let (here, there) = (x * 90 + rest, (11 - x) * 90 + rest);
                assert_eq!(window.brain[here], example.brain[there]);
                if example.brain[there] {
                    assert_eq!(window.labels[here], example.labels[there]);
                }
            }
        }
    }

    #[test]
    fn a_seed_gives_the_same_window_and_another_one_another() {
        let example = example();
        let window = |seed| draw(&example, [8, 8, 8], &Variation::default(), seed).input;
        assert_eq!(window(3), window(3));
        assert_ne!(window(3), window(4));
    }

    #[test]
    fn a_pair_shows_one_place_in_two_ways() {
        let (example, edges) = (example(), [8, 8, 8]);
        let varied = Variation::default();
        let [first, second] = draw_pair(&example, edges, &varied, 3);
        assert_eq!(first.input, draw(&example, edges, &varied, 3).input);
        assert_eq!(
            (&first.brain, &first.labels),
            (&second.brain, &second.labels)
        );
        assert_ne!(first.input, second.input);
        let [first, second] = draw_pair(&example, edges, &still(), 3);
        assert_eq!(first.input, second.input);
    }

    #[test]
    fn flair_alone_is_left_out_as_often_as_told() {
        let example = example();
        let absent = |drop_flair| {
            let variation = Variation {
                drop_flair,
                ..still()
            };
            (0..60)
                .map(|seed| draw(&example, [8, 8, 8], &variation, seed).input)
                .filter(|input| input[..512].iter().all(|&v| v == 0.0))
                .inspect(|input| assert!(input[512..1024].iter().any(|&v| v != 0.0)))
                .count()
        };
        assert_eq!((absent(0.0), absent(1.0)), (0, 60));
        assert!((20..40).contains(&absent(0.5)), "{}", absent(0.5));
    }

    #[test]
    fn absent_sequences_stay_zero_and_one_always_stays() {
        let example = example();
        let variation = Variation {
            drop_one: 1.0,
            drop_two: 1.0,
            ..still()
        };
        for seed in 0..20 {
            let window = draw(&example, [8, 8, 8], &variation, seed);
            let there: Vec<bool> = window
                .input
                .chunks(512)
                .map(|channel| channel.iter().any(|&v| v != 0.0))
                .collect();
            assert!(!there[2]);
            assert_eq!(there.iter().filter(|there| **there).count(), 1, "{seed}");
        }
    }
}
