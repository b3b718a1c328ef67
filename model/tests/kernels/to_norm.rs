//! The convolution that an instance norm follows.

use burn::tensor::Tensor;
use mts_unet::kernels::conv3d::{moments_twin, twin};
use mts_unet::kernels::instance_norm::twin as norm_twin;
use mts_unet::kernels::{
    Activations, Convolved, conv3d_onto_to_norm, conv3d_to_norm, instance_norm_of,
    instance_norm_of_onto,
};

use crate::conv3d::{Case, Numbers};
use crate::on::{On, ROUNDING};
use crate::{close, read};

/// As the convolution's own test.
const SUMS: f32 = 2e-5;

/// The norm divides what the convolution rounds by the deviation, which is about 1 here.
const TOLERANCE: f32 = 5e-5;

const SLOPE: f32 = 0.01;

/// Edges and channels that neither tile nor workgroup divides; the first is too small for moments.
fn cases() -> Vec<Case> {
    let case = Case::new;
    vec![
        case([1, 4, 5, 9, 11], 12, 3, 1, 1),
        case([1, 3, 31, 35, 37], 7, 3, 1, 1),
        case([2, 2, 16, 17, 19], 12, 3, 1, 1),
        case([2, 3, 17, 16, 18], 12, 1, 1, 1),
        case([1, 2, 20, 19, 17], 5, 1, 1, 1),
        case([1, 2, 34, 33, 32], 4, 3, 1, 2),
        case([1, 1, 33, 35, 37], 9, 7, 2, 1),
        // Nearly flat: a tile of one row.
        case([1, 2, 70, 1, 65], 12, 3, 1, 1),
    ]
}

/// `[channel]`: the parts of a channel joined: count, mean, sum of squared deviations.
fn joined(moments: Tensor<3>) -> Vec<[f64; 3]> {
    let [channels, parts, width] = moments.dims();
    assert_eq!(width, 4);
    let values = read(moments);
    let part = |channel: usize, part: usize| {
        let at = (channel * parts + part) * 4;
        [0, 1, 2].map(|i| f64::from(values[at + i]))
    };
    (0..channels)
        .map(|channel| {
            let all = || (0..parts).map(|p| part(channel, p));
            let count: f64 = all().map(|[count, ..]| count).sum();
            let mean = all().map(|[count, mean, _]| count * mean).sum::<f64>() / count;
            let deviations = all()
                .map(|[count, its, deviations]| deviations + count * (its - mean).powi(2))
                .sum();
            [count, mean, deviations]
        })
        .collect()
}

fn check(case: &Case, on: &On, expects_moments: bool) {
    let Case {
        input,
        channels_out,
        taps,
    } = *case;
    let Numbers {
        x,
        weight,
        kernel,
        mut before,
        output: shape,
    } = case.numbers(on);
    let voxels = shape[2..].iter().product();
    // A channel's mean lies far from 0 and from its neighbours'.
    for (channel, values) in before.chunks_mut(voxels).enumerate() {
        values
            .iter_mut()
            .for_each(|value| *value += 5.0 - 3.0 * (channel % 4) as f32);
    }
    let before = on.rounded(before);

    let mut convolved = vec![0.0; before.len()];
    twin(&mut convolved, (&x, input), (&weight, channels_out), taps);
    let mut onto = convolved.clone();
    onto.iter_mut()
        .zip(&before)
        .for_each(|(sum, before)| *sum += before);

    let (x, weight) = (on.stored(&x, input), on.parameter(&weight, kernel));
    let found = conv3d_to_norm(x.clone(), weight.clone(), taps.stride, taps.dilation);
    assert_eq!(found.volume.dims(), shape);
    close(&found.volume, &convolved, SUMS);
    agrees(&found, on, expects_moments);
    let sum = on.stored(&before, shape);
    let found_onto = conv3d_onto_to_norm(sum, x, weight, taps.stride, taps.dilation);
    // Where both nearly cancel, what is left cannot be closer than they are.
    let found_sums = read(found_onto.volume.clone());
    for (at, &found) in found_sums.iter().enumerate() {
        let size = (before[at].abs() + convolved[at].abs()).max(1.0);
        let rounding = on.rounding() * onto[at].abs();
        assert!(
            (found - onto[at]).abs() <= SUMS * size + rounding,
            "{at}: {found} instead of {}",
            onto[at]
        );
    }
    agrees(&found_onto, on, expects_moments);

    // The norm's oracle looks at what is stored, which has just been looked at itself.
    let stored = read(found.volume.clone());
    let tolerance = on.of_moments(TOLERANCE);
    let mut expected = vec![0.0; convolved.len()];
    norm_twin(&mut expected, &stored, voxels, SLOPE);
    // Held by somebody else, it must not change; alone, its place is the result's.
    let held = found.volume.clone();
    let normal = instance_norm_of(found, SLOPE);
    close(&normal, &expected, tolerance);
    close(&held, &stored, 0.0);

    let mut expected = before.clone();
    norm_twin(&mut expected, &found_sums, voxels, 1.0);
    let residual = on.stored(&before, shape);
    close(
        &instance_norm_of_onto(residual, found_onto, 1.0),
        &expected,
        tolerance,
    );
}

impl On {
    fn rounding(&self) -> f32 {
        match self.activations {
            Activations::Full => 0.0,
            Activations::Half => ROUNDING,
        }
    }

    /// The moments are those before the rounding to f16, whose errors a few thousand voxels even out.
    fn of_moments(&self, tolerance: f32) -> f32 {
        tolerance.max(0.6 * self.rounding())
    }
}

/// The moments are those of the volume that they come with.
fn agrees(found: &Convolved, on: &On, expects_moments: bool) {
    let dims = found.volume.dims();
    let voxels: usize = dims[2..].iter().product();
    let expects_moments = expects_moments && voxels >= 4096;
    assert_eq!(found.moments.is_some(), expects_moments, "{dims:?}");
    let Some(moments) = found.moments.clone() else {
        return;
    };
    let joined = joined(moments);
    let expected = moments_twin(&read(found.volume.clone()), voxels);
    assert_eq!(joined.len(), expected.len());
    for (channel, (found, expected)) in joined.iter().zip(&expected).enumerate() {
        assert_eq!(
            found[0], expected[0],
            "voxels of channel {channel} of {dims:?}"
        );
        for i in [1, 2] {
            let apart = (found[i] - expected[i]).abs();
            assert!(
                apart <= f64::from(on.of_moments(1e-5)) * expected[i].abs().max(1.0),
                "{i} of channel {channel} of {dims:?}: {found:?} instead of {expected:?}"
            );
        }
    }
}

#[test]
fn twin_knows_the_moments_of_a_line() {
    // 1, 2, 3, 4 has the mean 2.5; the second channel is three times that.
    let x = [1.0, 2.0, 3.0, 4.0, 3.0, 6.0, 9.0, 12.0];
    let expected = vec![[4.0, 2.5, 5.0, 0.0], [4.0, 7.5, 45.0, 0.0]];
    assert_eq!(moments_twin(&x, 4), expected);
}

#[test]
fn cpu_answers_as_the_twin() {
    for case in cases() {
        check(&case, &On::cpu(), false);
    }
}

#[test]
fn gpu_answers_as_the_twin() {
    for on in On::gpu() {
        for case in cases() {
            check(&case, &on, true);
        }
    }
}
