//! Dice and cross entropy of a softmax over background, core, oedema, enhancing, with its gradient
//! written out: a pass over plain numbers where a dozen tensor operations would each write a volume.
//!
//! A voxel of which only that it is tumour is known asks for the probability of the three kinds together,
//! and is left out of core's and enhancing tumour's Dice: it teaches where the tumour is and leaves its
//! kinds alone.

use super::example::SOME_TUMOUR;

/// Classes of the softmax.
pub const CLASSES: usize = 4;

/// BraTS' nested regions by class: whole tumour, core, enhancing.
const REGIONS: [[bool; CLASSES]; 3] = [
    [false, true, true, true],
    [false, true, false, true],
    [false, false, false, true],
];

/// Voxels that Dice counts in addition above and below the line.
const SMOOTH: f64 = 1.0;

/// What a window's loss consists of.
#[derive(Clone, Debug)]
pub struct Loss {
    /// Cross entropy, mean over the brain.
    pub cross_entropy: f64,
    /// Soft Dice by region; none where the window has none of it that is known.
    pub dice: [Option<f64>; 3],
    /// Of the sum of both, by logit: `[class, voxel]`.
    pub gradient: Vec<f32>,
}

impl Loss {
    /// Cross entropy plus the mean of 1 − Dice.
    #[must_use]
    pub fn total(&self) -> f64 {
        let dice: Vec<f64> = self.dice.iter().flatten().map(|dice| 1.0 - dice).collect();
        self.cross_entropy + dice.iter().sum::<f64>() / dice.len().max(1) as f64
    }
}

/// The loss of `logits` `[class, voxel]` against a label a voxel; only voxels of the brain count,
/// since outside it the pipeline knows the answer.
#[must_use]
pub fn loss(logits: &[f32], labels: &[u8], brain: &[bool]) -> Loss {
    let voxels = labels.len();
    let probabilities = softmax(logits, voxels);
    let of = |voxel: usize| -> [f64; CLASSES] {
        std::array::from_fn(|class| f64::from(probabilities[class * voxels + voxel]))
    };
    let inside = || (0..voxels).filter(|&voxel| brain[voxel]);
    let count = inside().count().max(1) as f64;
    let mut cross_entropy = 0.0;
    // Per region: the probability that is rightly there, all probability, all truth.
    let mut sums = [[0.0_f64; 3]; 3];
    for voxel in inside() {
        let p = of(voxel);
        let label = labels[voxel];
        let right = match label {
            SOME_TUMOUR => 1.0 - p[0],
            _ => p[usize::from(label)],
        };
        cross_entropy -= right.max(1e-7).ln();
        for (sums, region) in sums.iter_mut().zip(&REGIONS) {
            let Some(y) = is_in(label, region) else {
                continue;
            };
            let q = within(&p, region);
            if y {
                sums[0] += q;
                sums[2] += 1.0;
            }
            sums[1] += q;
        }
    }
    cross_entropy /= count;

    let mut dice = [None; 3];
    for (dice, sums) in dice.iter_mut().zip(&sums) {
        if sums[2] > 0.0 {
            *dice = Some((2.0 * sums[0] + SMOOTH) / (sums[1] + sums[2] + SMOOTH));
        }
    }
    let there = dice.iter().flatten().count().max(1) as f64;

    let mut gradient = vec![0.0_f32; CLASSES * voxels];
    for voxel in inside() {
        let p = of(voxel);
        let label = labels[voxel];
        let mut g = entropy_slopes(&p, label).map(|slope| slope / count);
        for ((region, sums), dice) in REGIONS.iter().zip(&sums).zip(&dice) {
            let (Some(dice), Some(y)) = (dice, is_in(label, region)) else {
                continue;
            };
            let y = f64::from(u8::from(y));
            // Of 1 − Dice, by the region's probability.
            let slope = (dice - 2.0 * y) / (sums[1] + sums[2] + SMOOTH) / there;
            let q = within(&p, region);
            for class in 0..CLASSES {
                g[class] += slope * p[class] * (f64::from(u8::from(region[class])) - q);
            }
        }
        for class in 0..CLASSES {
            gradient[class * voxels + voxel] = g[class] as f32;
        }
    }
    Loss {
        cross_entropy,
        dice,
        gradient,
    }
}

/// Of one voxel's cross entropy, by logit.
fn entropy_slopes(p: &[f64; CLASSES], label: u8) -> [f64; CLASSES] {
    match label {
        SOME_TUMOUR => {
            let tumour = (1.0 - p[0]).max(1e-7);
            std::array::from_fn(|class| match class {
                0 => p[0],
                _ => p[class] - p[class] / tumour,
            })
        }
        _ => {
            std::array::from_fn(|class| p[class] - f64::from(u8::from(class == usize::from(label))))
        }
    }
}

fn within(p: &[f64; CLASSES], region: &[bool; CLASSES]) -> f64 {
    p.iter()
        .zip(region)
        .filter(|(_, is_in)| **is_in)
        .map(|(p, _)| p)
        .sum()
}

/// Whether a voxel is in a region, where that is known.
fn is_in(label: u8, region: &[bool; CLASSES]) -> Option<bool> {
    if label == SOME_TUMOUR {
        let kinds = &region[1..];
        kinds.iter().all(|kind| *kind).then_some(true)
    } else {
        Some(region[usize::from(label)])
    }
}

fn softmax(logits: &[f32], voxels: usize) -> Vec<f32> {
    let mut p = logits.to_vec();
    for voxel in 0..voxels {
        let at = |class: usize| class * voxels + voxel;
        let largest = (0..CLASSES).fold(f32::MIN, |m, class| m.max(logits[at(class)]));
        let exponentials: [f32; CLASSES] =
            std::array::from_fn(|class| (logits[at(class)] - largest).exp());
        let sum: f32 = exponentials.iter().sum();
        for class in 0..CLASSES {
            p[at(class)] = exponentials[class] / sum;
        }
    }
    p
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOXELS: usize = 24;

    fn logits() -> Vec<f32> {
        (0..CLASSES * VOXELS)
            .map(|i| ((i * 37 + 11) % 23) as f32 / 6.0 - 2.0)
            .collect()
    }

    /// The gradient against differences of the loss itself.
    fn assert_slopes(labels: &[u8]) {
        let brain: Vec<bool> = (0..VOXELS).map(|i| i % 7 != 3).collect();
        let logits = logits();
        let found = loss(&logits, labels, &brain).gradient;
        const STEP: f32 = 1e-2;
        for at in 0..logits.len() {
            let beside = |by: f32| {
                let mut moved = logits.clone();
                moved[at] += by;
                loss(&moved, labels, &brain).total()
            };
            let expected = (beside(STEP) - beside(-STEP)) / (2.0 * f64::from(STEP));
            assert!(
                (f64::from(found[at]) - expected).abs() < 2e-5,
                "{at}: {} instead of {expected}",
                found[at]
            );
        }
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_loss() {
        let labels: Vec<u8> = (0..VOXELS as u8).map(|i| i * i % 4).collect();
        assert_slopes(&labels);
        let no_core: Vec<u8> = (0..VOXELS as u8).map(|i| i % 2 * 2).collect();
        assert_slopes(&no_core);
        let some: Vec<u8> = (0..VOXELS as u8).map(|i| i % 3 / 2 * SOME_TUMOUR).collect();
        assert_slopes(&some);
        assert_slopes(&[0; VOXELS]);
        let mixed: Vec<u8> = (0..VOXELS as u8).map(|i| i * 3 % 5).collect();
        assert_slopes(&mixed);
    }

    #[test]
    fn a_certain_right_answer_costs_nothing() {
        let labels: Vec<u8> = (0..VOXELS as u8).map(|i| i % 4).collect();
        let logits: Vec<f32> = (0..CLASSES * VOXELS)
            .map(|i| {
                if i / VOXELS == usize::from(labels[i % VOXELS]) {
                    20.0
                } else {
                    0.0
                }
            })
            .collect();
        let loss = loss(&logits, &labels, &[true; VOXELS]);
        assert!(loss.total() < 1e-6, "{loss:?}");
    }

    #[test]
    fn an_unknown_kind_leaves_the_kinds_alone() {
        let labels = [SOME_TUMOUR; VOXELS];
        let gradient = loss(&logits(), &labels, &[true; VOXELS]).gradient;
        let p = softmax(&logits(), VOXELS);
        for voxel in 0..VOXELS {
            // All kinds are drawn by the same part of what they have.
            let part = |class: usize| gradient[class * VOXELS + voxel] / p[class * VOXELS + voxel];
            assert!((part(1) - part(2)).abs() < 1e-5 && (part(1) - part(3)).abs() < 1e-5);
        }
    }
}
