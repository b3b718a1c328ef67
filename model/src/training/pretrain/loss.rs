//! The three tasks' losses over plain numbers, each with its gradient written out.

/// A loss, what guessing without looking would cost, and the slopes by what was answered.
#[derive(Clone, Debug)]
pub struct Loss<G> {
    /// The loss.
    pub value: f64,
    /// What the best answer that looks at nothing costs.
    pub guessed: f64,
    /// By each number of the answer.
    pub gradient: G,
}

/// Filling in: mean absolute difference over the hidden voxels of the sequences that are there. `found`
/// and `target` are `[4, voxel]`; guessing is to say the brain's mean, 0. Where nothing is hidden, 0.
#[must_use]
pub fn inpainting(
    found: &[f32],
    target: &[f32],
    hidden: &[bool],
    present: [bool; 4],
) -> Loss<Vec<f32>> {
    let voxels = hidden.len();
    let sequences = present.iter().filter(|there| **there).count();
    let count = sequences * hidden.iter().filter(|hidden| **hidden).count();
    let share = 1.0 / count.max(1) as f64;
    let (mut value, mut guessed) = (0.0, 0.0);
    let mut gradient = vec![0.0; found.len()];
    for (at, slope) in gradient.iter_mut().enumerate() {
        if !(present[at / voxels] && hidden[at % voxels]) {
            continue;
        }
        let apart = f64::from(found[at]) - f64::from(target[at]);
        value += share * apart.abs();
        guessed += share * f64::from(target[at]).abs();
        *slope = (share * apart.signum()) as f32;
    }
    Loss {
        value,
        guessed,
        gradient,
    }
}

/// Telling how views are turned: cross entropy of a softmax over four answers a view, mean over the
/// views; guessing costs ln 4.
#[must_use]
pub fn rotation(logits: &[[f32; 4]], turns: &[u8]) -> Loss<Vec<[f32; 4]>> {
    let share = 1.0 / logits.len().max(1) as f64;
    let mut value = 0.0;
    let gradient = logits.iter().zip(turns).map(|(logits, &turn)| {
        let logits = logits.map(f64::from);
        let all = log_sum(&logits);
        value += share * (all - logits[usize::from(turn)]);
        std::array::from_fn(|answer| {
            let here = f64::from(u8::from(answer == usize::from(turn)));
            (share * ((logits[answer] - all).exp() - here)) as f32
        })
    });
    let gradient = gradient.collect();
    Loss {
        value,
        guessed: 4.0_f64.ln(),
        gradient,
    }
}

/// Contrast between views, NT-Xent as in `SimCLR`: each view's cross entropy of finding the other view
/// of its window among all others by the cosine of their embeddings over `temperature`, mean over the
/// views. Views 2i and 2i + 1 are of one window. Guessing costs the logarithm of the number of others.
///
/// The views' mean is taken off the embeddings first, as the batch norm in `SimCLR`'s head does: without
/// that all brains point the same way at first, and in a short run stayed so.
///
/// It teaches as much as there are others. A batch of 2 has four views, each told from two of one other
/// window: a weak lesson, most of which an encoder at random can do already by the share of brain in the
/// window and its brightness, where the published recipes have many others. It is here so that a
/// larger machine need only raise the batch.
#[must_use]
pub fn contrast(embeddings: &[Vec<f32>], temperature: f64) -> Loss<Vec<Vec<f32>>> {
    let views = embeddings.len();
    let share = 1.0 / views.max(1) as f64;
    let plain = embeddings.iter();
    let plain = plain.map(|e| e.iter().copied().map(f64::from).collect());
    let centred = centred(plain.collect());
    let lengths: Vec<f64> = centred
        .iter()
        .map(|e| e.iter().map(|v| v * v).sum::<f64>().sqrt().max(1e-8))
        .collect();
    let units: Vec<Vec<f64>> = centred
        .iter()
        .zip(&lengths)
        .map(|(e, length)| e.iter().map(|v| v / length).collect())
        .collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();

    let mut value = 0.0;
    // By each unit vector.
    let mut slopes = vec![vec![0.0; units.first().map_or(0, Vec::len)]; views];
    for view in 0..views {
        let others: Vec<usize> = (0..views).filter(|&other| other != view).collect();
        let near = |other: &usize| dot(&units[view], &units[*other]) / temperature;
        let near: Vec<f64> = others.iter().map(near).collect();
        let all = log_sum(&near);
        for (&other, near) in others.iter().zip(&near) {
            let is_pair = other == view ^ 1;
            if is_pair {
                value += share * (all - near);
            }
            let slope = (near - all).exp() - f64::from(u8::from(is_pair));
            let slope = share * slope / temperature;
            for at in 0..units[view].len() {
                slopes[view][at] += slope * units[other][at];
                slopes[other][at] += slope * units[view][at];
            }
        }
    }
    // A longer embedding points the same way: only what is across it counts.
    let gradient = slopes.iter().zip(&units).zip(&lengths);
    let gradient = gradient.map(|((slopes, unit), length)| -> Vec<f64> {
        let along = dot(slopes, unit);
        let across = slopes.iter().zip(unit);
        across
            .map(|(slope, unit)| (slope - along * unit) / length)
            .collect()
    });
    // Taking off the mean is its own transpose.
    let gradient = self::centred(gradient.collect());
    let gradient = gradient
        .into_iter()
        .map(|slopes| slopes.into_iter().map(|slope| slope as f32).collect());
    Loss {
        value,
        guessed: (views.saturating_sub(1).max(1) as f64).ln(),
        gradient: gradient.collect(),
    }
}

/// The rows without their mean.
fn centred(mut rows: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    for column in 0..rows.first().map_or(0, Vec::len) {
        let mean = rows.iter().map(|row| row[column]).sum::<f64>() / rows.len() as f64;
        for row in &mut rows {
            row[column] -= mean;
        }
    }
    rows
}

/// The logarithm of the sum of exponentials.
fn log_sum(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::MIN, f64::max);
    let sum: f64 = values.iter().map(|value| (value - largest).exp()).sum();
    largest + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, salt: usize) -> Vec<f32> {
        (0..count)
            .map(|i| ((i * 7919 + salt * 104_729) % 2003) as f32 / 1001.0 - 1.0)
            .collect()
    }

    /// The gradient against differences of the loss itself.
    fn assert_slopes(answer: &[f32], gradient: &[f32], value: &dyn Fn(&[f32]) -> f64) {
        const STEP: f32 = 1e-3;
        assert!(gradient.iter().any(|slope| slope.abs() > 1e-4));
        for at in 0..answer.len() {
            let beside = |by: f32| {
                let mut moved = answer.to_vec();
                moved[at] += by;
                (value(&moved), f64::from(moved[at]))
            };
            let ((high, right), (low, left)) = (beside(STEP), beside(-STEP));
            let expected = (high - low) / (right - left);
            let found = f64::from(gradient[at]);
            assert!((found - expected).abs() < 1e-5, "{at}: {found} {expected}");
        }
    }

    #[test]
    fn inpainting_counts_what_is_hidden_and_there() {
        let (found, target) = (numbers(24, 1), numbers(24, 2));
        let hidden = [true, false, true, true, false, false];
        let present = [true, false, true, true];
        let of = |found: &[f32]| inpainting(found, &target, &hidden, present);
        let at = [0, 2, 3, 12, 14, 15, 18, 20, 21];
        let mean = |value: &dyn Fn(usize) -> f32| {
            at.iter().map(|&at| f64::from(value(at).abs())).sum::<f64>() / 9.0
        };
        let loss = of(&found);
        assert!((loss.value - mean(&|at| found[at] - target[at])).abs() < 1e-6);
        assert!((loss.guessed - mean(&|at| target[at])).abs() < 1e-6);
        assert_slopes(&found, &loss.gradient, &|found| of(found).value);
        let nothing = inpainting(&found, &target, &[false; 6], present);
        assert_eq!(nothing.value, 0.0);
        assert!(nothing.gradient.iter().all(|&slope| slope == 0.0));
    }

    #[test]
    fn rotation_is_a_cross_entropy() {
        let turns = [3, 0, 2];
        let logits = numbers(12, 3);
        let of = |logits: &[f32]| {
            let (views, _) = logits.as_chunks::<4>();
            rotation(views, &turns)
        };
        let naive = |view: usize| {
            let of = |answer: usize| f64::from(logits[4 * view + answer]).exp();
            -(of(turns[view].into()) / (0..4).map(of).sum::<f64>()).ln()
        };
        let loss = of(&logits);
        let expected = (0..3).map(naive).sum::<f64>() / 3.0;
        assert!((loss.value - expected).abs() < 1e-9);
        assert_slopes(&logits, loss.gradient.as_flattened(), &|l| of(l).value);
        assert!((rotation(&[[0.5; 4]], &[1]).value - loss.guessed).abs() < 1e-9);
    }

    /// NT-Xent as its paper writes it, term by term, of embeddings less their mean.
    fn naive_contrast(embeddings: &[Vec<f32>], temperature: f64) -> f64 {
        let mean = |at: usize| {
            let all = embeddings.iter().map(|e| f64::from(e[at]));
            all.sum::<f64>() / embeddings.len() as f64
        };
        let less = |e: &Vec<f32>| (0..e.len()).map(|at| f64::from(e[at]) - mean(at)).collect();
        let embeddings: Vec<Vec<f64>> = embeddings.iter().map(less).collect();
        let cosine = |a: &[f64], b: &[f64]| {
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
        };
        let views = embeddings.len();
        let near =
            |i: usize, j: usize| (cosine(&embeddings[i], &embeddings[j]) / temperature).exp();
        let term = |i: usize, j: usize| {
            let others: f64 = (0..views).filter(|&k| k != i).map(|k| near(i, k)).sum();
            -(near(i, j) / others).ln()
        };
        let windows = 0..views / 2;
        let pairs = windows.map(|w| term(2 * w, 2 * w + 1) + term(2 * w + 1, 2 * w));
        pairs.sum::<f64>() / views as f64
    }

    #[test]
    fn contrast_is_nt_xent() {
        for views in [4, 6] {
            let flat = numbers(views * 5, 4);
            let of =
                |flat: &[f32]| -> Vec<Vec<f32>> { flat.chunks(5).map(<[f32]>::to_vec).collect() };
            let loss = contrast(&of(&flat), 0.5);
            assert!((loss.value - naive_contrast(&of(&flat), 0.5)).abs() < 1e-9);
            assert_slopes(&flat, &loss.gradient.concat(), &|flat| {
                naive_contrast(&of(flat), 0.5)
            });
        }
    }

    #[test]
    fn alike_pairs_apart_from_each_other_cost_less_than_guessing() {
        let [a, b] = [vec![1.0, 0.0], vec![-1.0, 0.1]];
        let right = contrast(&[a.clone(), a.clone(), b.clone(), b.clone()], 0.5);
        let wrong = contrast(&[a.clone(), b.clone(), a, b], 0.5);
        assert!(right.value < 0.1 * right.guessed, "{right:?}");
        assert!(wrong.value > wrong.guessed && right.guessed == 3.0_f64.ln());
    }
}
