//! One case's tumour in another's brain, after CarveMix (Zhang et al., 2021): of few outlined tumours and
//! many brains come many pairs.

use super::Window;
use super::intensity::moments;
use crate::painting::blur;

/// Fewer voxels of a brain outside tumours say nothing of its brightness.
const LEAST_HEALTHY: usize = 100;

/// Sets `donor`'s tumour into `window` wherever both are brain, with the labels that it had. Each
/// sequence is brought to the receiving brain's mean and spread outside tumours, and the edge is faded
/// over a few voxels, so that neither brightness nor a seam gives it away. A sequence that `window` lacks
/// stays absent; one that `donor` lacks must not be there. Nothing is set where either window shows hardly any
/// brain outside tumours.
pub(super) fn set_in(window: &mut Window, donor: &Window) {
    let voxels = window.labels.len();
    let both: Vec<bool> = (window.brain.iter().zip(&donor.brain))
        .map(|(here, there)| *here && *there)
        .collect();
    let share = share(donor, &both);
    let healthy = |window: &Window| -> Vec<bool> {
        let of = window.brain.iter().zip(&window.labels);
        of.map(|(&inside, &label)| inside && label == 0).collect()
    };
    let (here, there) = (healthy(window), healthy(donor));
    let count = |healthy: &[bool]| healthy.iter().filter(|healthy| **healthy).count();
    if count(&here).min(count(&there)) < LEAST_HEALTHY {
        return;
    }
    for channel in 0..4 {
        let values = &mut window.input[channel * voxels..][..voxels];
        if values.iter().all(|&value| value == 0.0) {
            continue;
        }
        let given = &donor.input[channel * voxels..][..voxels];
        let (mean, deviation) = moments(values, &here);
        let (given_mean, given_deviation) = moments(given, &there);
        let factor = deviation / given_deviation.max(1e-3);
        for (at, value) in values.iter_mut().enumerate() {
            let new = (given[at] - given_mean) * factor + mean;
            *value += share[at] * (new - *value);
        }
    }
    for at in (0..voxels).filter(|&at| both[at] && donor.labels[at] > 0) {
        window.labels[at] = donor.labels[at];
    }
}

/// How much of a voxel's brightness is the donor's: all of it in the tumour, fading outside it, nothing
/// where either is no brain.
fn share(donor: &Window, both: &[bool]) -> Vec<f32> {
    let tumour = |at: usize| both[at] && donor.labels[at] > 0;
    let mut share: Vec<f32> = (0..both.len())
        .map(|at| f32::from(u8::from(tumour(at))))
        .collect();
    for _ in 0..3 {
        blur(&mut share, donor.edges, 1);
    }
    for (at, share) in share.iter_mut().enumerate() {
        // At a flat edge half is left of one, so that it fades from the edge outwards.
        *share = match (tumour(at), both[at]) {
            (true, _) => 1.0,
            (false, true) => (2.0 * *share).min(1.0),
            (false, false) => 0.0,
        };
    }
    share
}

#[cfg(test)]
mod tests {
    use super::*;

    const EDGES: [usize; 3] = [9, 8, 7];
    const VOXELS: usize = 504;

    /// Values around `mean` with the given spread, no two planes alike; no brain in the last plane of x.
    fn window(mean: f32, spread: f32, tumour: impl Fn(usize) -> u8) -> Window {
        let values = (0..4 * VOXELS).map(|i| {
            let (channel, at) = (i / VOXELS, i % VOXELS);
            let value = mean + spread * (((at * 31 + channel * 7) % 13) as f32 - 6.0);
            if at / 56 < 8 { value } else { 0.0 }
        });
        Window {
            edges: EDGES,
            input: values.collect(),
            labels: (0..VOXELS).map(tumour).collect(),
            brain: (0..VOXELS).map(|at| at / 56 < 8).collect(),
        }
    }

    /// A block of 3 × 3 × 2 off the middle, its first plane of another kind.
    fn block(at: usize) -> u8 {
        let [x, y, z] = [at / 56, at / 7 % 8, at % 7];
        let inside = (2..5).contains(&x) && (4..7).contains(&y) && (1..3).contains(&z);
        u8::from(inside) * if x == 2 { 3 } else { 1 }
    }

    #[test]
    fn a_tumour_keeps_its_place_and_kinds_and_takes_on_the_brains_brightness() {
        let mut here = window(1.0, 0.2, |_| 0);
        let before = here.clone();
        let mut donor = window(50.0, 2.0, block);
        // The tumour is three of the donor's steps above its brain.
        for (at, &label) in donor.labels.iter().enumerate() {
            for channel in 0..4 {
                donor.input[channel * VOXELS + at] += f32::from(u8::from(label > 0)) * 30.0;
            }
        }
        set_in(&mut here, &donor);
        assert_eq!(here.labels, donor.labels);
        for at in 0..VOXELS {
            if here.labels[at] > 0 {
                // 30 of the donor's are 3 here; what is left is the texture, and the healthy parts'
                // moments, which are not quite alike.
                let above = here.input[at] - before.input[at];
                assert!((above - 3.0).abs() < 0.15, "{above}");
            }
        }
        // Far away and outside the brain nothing changes.
        for at in (0..VOXELS).filter(|at| at % 7 == 6 || at / 56 == 8) {
            assert_eq!(here.input[at], before.input[at]);
        }
    }

    #[test]
    fn what_is_absent_stays_absent_and_other_tumour_stays() {
        let mut here = window(1.0, 0.2, |at| u8::from(at / 56 == 7) * 4);
        here.input[VOXELS..2 * VOXELS].fill(0.0);
        set_in(&mut here, &window(5.0, 1.0, block));
        assert!(here.input[VOXELS..2 * VOXELS].iter().all(|&v| v == 0.0));
        for at in 0..VOXELS {
            let expected = if at / 56 == 7 { 4 } else { block(at) };
            assert_eq!(here.labels[at], expected);
        }
    }

    #[test]
    fn nothing_is_set_where_the_receiver_has_no_brain() {
        let mut here = window(1.0, 0.2, |_| 0);
        let before = here.clone();
        set_in(&mut here, &window(5.0, 1.0, |at| u8::from(at / 56 == 8)));
        assert_eq!((here.labels, here.input), (before.labels, before.input));
    }

    #[test]
    fn a_window_full_of_tumour_neither_gives_nor_takes() {
        let before = window(1.0, 0.2, |_| 0);
        let mut here = before.clone();
        set_in(&mut here, &window(5.0, 1.0, |_| 2));
        assert_eq!((&here.labels, &here.input), (&before.labels, &before.input));
        let mut full = window(5.0, 1.0, |_| 2);
        set_in(&mut full, &window(1.0, 0.2, block));
        assert!(full.labels.iter().all(|&label| label == 2));
    }
}
