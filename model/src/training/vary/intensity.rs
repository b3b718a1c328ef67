//! Other intensities: contrast, gain, bias field, noise, blur and thick slices.

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;

use super::field::{Field, normal};
use crate::painting::{along, blur};

/// Varies one channel of a window inside the brain. Its mean and spread stay what they were, as
/// normalisation would have it.
pub(super) fn vary(
    values: &mut [f32],
    brain: &[bool],
    edges: [usize; 3],
    strength: f64,
    rng: &mut Xoshiro256PlusPlus,
) {
    if strength == 0.0 {
        return;
    }
    let before = moments(values, brain);
    if rng.random_bool(0.3) {
        thicken(
            values,
            edges,
            rng.random_range(0..3),
            rng.random_range(2..=3),
        );
    }
    if rng.random_bool(0.2) {
        blur(values, edges, 1);
    }
    if rng.random_bool(0.5) {
        gamma(
            values,
            brain,
            (0.35 * strength * rng.random_range(-1.0..=1.0_f64)).exp(),
        );
    }
    if rng.random_bool(0.4) {
        bias(values, edges, 0.15 * strength, rng);
    }
    let (mean, deviation) = moments(values, brain);
    let factor = before.1 / deviation.max(1e-3);
    // Normalisation itself varies: the brain's outline, and how much of it a tumour is.
    let gain = (0.1 * strength * rng.random_range(-1.0..=1.0_f64)).exp() as f32;
    let shift = (0.1 * strength * rng.random_range(-1.0..=1.0_f64)) as f32;
    let noise = if rng.random_bool(0.3) {
        (0.2 * strength * rng.random::<f64>()) as f32
    } else {
        0.0
    };
    for (value, &inside) in values.iter_mut().zip(brain) {
        *value = if inside {
            let varied = (*value - mean) * factor * gain + before.0 + shift;
            if noise > 0.0 {
                varied + noise * normal(rng) as f32
            } else {
                varied
            }
        } else {
            0.0
        };
    }
}

/// Mean and standard deviation inside the brain.
pub(super) fn moments(values: &[f32], brain: &[bool]) -> (f32, f32) {
    let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for (&value, _) in values.iter().zip(brain).filter(|(_, inside)| **inside) {
        count += 1.0;
        sum += f64::from(value);
        squares += f64::from(value).powi(2);
    }
    let mean = sum / f64::max(count, 1.0);
    let variance = squares / f64::max(count, 1.0) - mean * mean;
    (mean as f32, variance.max(0.0).sqrt() as f32)
}

/// Bends the scale between the smallest and the largest value.
fn gamma(values: &mut [f32], brain: &[bool], power: f64) {
    let inside = || {
        let pairs = values.iter().zip(brain);
        pairs.filter(|(_, inside)| **inside).map(|(v, _)| *v)
    };
    let low = inside().fold(f32::MAX, f32::min);
    let range = inside().fold(f32::MIN, f32::max) - low;
    if range > 0.0 && range.is_finite() {
        for value in values {
            *value = low + range * ((*value - low) / range).clamp(0.0, 1.0).powf(power as f32);
        }
    }
}

/// A slow change of brightness over the window. The darkest tissue counts as 0, as in a scan.
fn bias(values: &mut [f32], edges: [usize; 3], strength: f64, rng: &mut Xoshiro256PlusPlus) {
    const DARKEST: f32 = -3.0;
    let field = Field::draw(edges, 3, strength, rng);
    for (at, value) in values.iter_mut().enumerate() {
        let voxel = [
            at / (edges[1] * edges[2]),
            at / edges[2] % edges[1],
            at % edges[2],
        ];
        *value = DARKEST + (*value - DARKEST) * field.at(voxel).exp();
    }
}

/// As if acquired in slices `thick` voxels thick along `axis`, and resampled.
fn thicken(values: &mut [f32], edges: [usize; 3], axis: usize, thick: usize) {
    let slices = edges[axis].div_ceil(thick);
    let mut means = vec![0.0; slices];
    along(edges, axis, |line| {
        for (slice, mean) in means.iter_mut().enumerate() {
            let voxels = slice * thick..((slice + 1) * thick).min(edges[axis]);
            let count = voxels.len() as f32;
            *mean = voxels.map(|i| values[line(i)]).sum::<f32>() / count;
        }
        for i in 0..edges[axis] {
            let p = ((i as f32 + 0.5) / thick as f32 - 0.5).clamp(0.0, slices as f32 - 1.0);
            let low = (p as usize).min(slices - 1);
            let high = (low + 1).min(slices - 1);
            let part = p - low as f32;
            values[line(i)] = (1.0 - part) * means[low] + part * means[high];
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn moments_stay_near_and_outside_stays_zero() {
        let edges = [8, 6, 7];
        let brain: Vec<bool> = (0..336).map(|i| i % 5 > 0).collect();
        for seed in 0..40 {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
            let mut values: Vec<f32> = brain
                .iter()
                .zip(0..)
                .map(|(&inside, i): (_, usize)| {
                    if inside {
                        ((i * 7) % 31) as f32 / 10.0 - 1.5
                    } else {
                        0.0
                    }
                })
                .collect();
            let before = moments(&values, &brain);
            vary(&mut values, &brain, edges, 1.0, &mut rng);
            let after = moments(&values, &brain);
            assert!((before.0 - after.0).abs() < 0.15 && (after.1 / before.1 - 1.0).abs() < 0.2);
            assert!(
                values
                    .iter()
                    .zip(&brain)
                    .all(|(v, &inside)| inside || *v == 0.0)
            );
        }
    }

    #[test]
    fn thick_slices_are_constant_across_and_keep_the_mean() {
        let mut values: Vec<f32> = (0..64).map(|i| ((i * 5) % 17) as f32).collect();
        let mean = values.iter().sum::<f32>();
        thicken(&mut values, [4, 4, 4], 2, 4);
        assert!(
            values
                .chunks(4)
                .all(|line| line.iter().all(|v| (v - line[0]).abs() < 1e-5))
        );
        assert!((values.iter().sum::<f32>() - mean).abs() < 1e-3);
    }
}
