//! The decoder's finest level in groups of channels, for where whole volumes are too large.
//!
//! At feature size 48 and 96³ one volume of the finest level is 170 MB. Some adapters read no buffer above
//! 128 MiB, and whole volumes need three of them at once. In groups no buffer is larger than a group, and two
//! volumes and two groups are alive at once, since what the second convolution makes goes group by group into
//! the logits. The answer is the same up to the order of its sums: a convolution is a sum over groups of its
//! input, an instance norm looks at one channel.
//!
//! It costs one transposed convolution more, and sums are read and written once a group.

use std::ops::Range;

use burn::tensor::Tensor;

use super::cnn::{ResBlock, UpBlock};
use super::conv::{Conv3d, PointwiseBias};
use super::norm::{instance_norm, norm_add_rectify, norm_rectify};
use crate::kernels::{
    Convolved, conv3d, conv3d_onto, conv3d_onto_to_norm, conv3d_to_norm, upsample,
};

/// How the finest level is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Finest {
    /// In whole volumes: the fastest.
    #[default]
    Whole,
    /// In groups of so many channels, at least one; the last may have fewer.
    Groups(usize),
}

/// `channels` in groups of so many.
///
/// # Panics
/// If a group has none.
pub(crate) fn groups(channels: usize, group: usize) -> impl Iterator<Item = Range<usize>> {
    assert!(group > 0, "a group of channels has at least one");
    (0..channels)
        .step_by(group)
        .map(move |first| first..(first + group).min(channels))
}

/// The encoder's finest block on `x` `[batch, in, x, y, z]`, in groups of channels.
pub(super) fn skip(block: &ResBlock, x: &Tensor<5>, group: usize) -> Vec<Tensor<5>> {
    let [conv1, conv2] = [&block.conv1, &block.conv2].map(Conv3d::weight);
    let all = || groups(conv1.dims()[0], group);
    let inputs = [x.clone()];
    let y = all().map(|out| norm_rectify(to_norm(None, &inputs, 0, &conv1, &out)));
    let y: Vec<_> = y.collect();
    let finished = all().map(|out| {
        let residual = match &block.conv3 {
            Some(conv3) => instance_norm(to_norm(None, &inputs, 0, &conv3.weight(), &out)),
            None => x.clone().narrow(1, out.start, out.len()),
        };
        norm_add_rectify(to_norm(None, &y, 0, &conv2, &out), residual)
    });
    finished.collect()
}

/// The decoder's finest block and the output convolution: logits `[batch, class, 2x, 2y, 2z]` of `low`
/// `[batch, in, x, y, z]` and of the skip's groups.
pub(super) fn logits(
    up: &UpBlock,
    output: &PointwiseBias,
    low: &Tensor<5>,
    skip: &[Tensor<5>],
    group: usize,
) -> Tensor<5> {
    let UpBlock { up, block } = up;
    let (up, conv1, conv2) = (up.weight(), block.conv1.weight(), block.conv2.weight());
    let raised = up.dims()[1];
    let all = || groups(conv1.dims()[0], group);
    let of_skip = |out| convolved(None, skip, raised, &conv1, &out).into();
    let mut y: Vec<Convolved> = all().map(of_skip).collect();
    for part in groups(raised, group) {
        let weight = up.clone().narrow(1, part.start, part.len());
        let a = [upsample(low.clone(), weight)];
        // The norm asks for the moments of the whole sum.
        let onto = |(sum, out): (Convolved, _)| match part.end == raised {
            true => to_norm(Some(sum.volume), &a, part.start, &conv1, &out),
            false => convolved(Some(sum.volume), &a, part.start, &conv1, &out).into(),
        };
        y = y.into_iter().zip(all()).map(onto).collect();
    }
    let y: Vec<_> = y.into_iter().map(norm_rectify).collect();
    let (weight, [batch, _, x, y_edge, z]) = (output.weight(), y[0].dims());
    let classes = 0..weight.dims()[0];
    let mut logits = output.bias().expand([batch, classes.end, x, y_edge, z]);
    for out in all() {
        let residual = residual(&up, block, low, skip, &out);
        let finished = norm_add_rectify(to_norm(None, &y, 0, &conv2, &out), residual);
        logits = convolved(Some(logits), &[finished], out.start, &weight, &classes);
    }
    logits
}

/// Channels `out` of the residual. A 1×1×1 convolution after a transposed one is a transposed one with the
/// product of both weights, so that what lies between them need not be kept or made again.
///
/// # Panics
/// If the block has none. A decoder halves its channels: one of its blocks always has.
fn residual(
    up: &Tensor<5>,
    block: &ResBlock,
    low: &Tensor<5>,
    skip: &[Tensor<5>],
    out: &Range<usize>,
) -> Tensor<5> {
    let raised = up.dims()[1];
    let conv3 = block.conv3.as_ref();
    let weight = conv3.expect("a decoder halves its channels").weight();
    let of_low = part(&weight, 0..raised, out);
    let sum = upsample(low.clone(), conv3d(up.clone(), of_low, 1, 1));
    instance_norm(to_norm(Some(sum), skip, raised, &weight, out))
}

/// Channels `out` of the convolution of `inputs`, which are the channels from `first` on of what `weight`
/// `[out, in, k, k, k]` reads; added to `sum`.
///
/// # Panics
/// If there is neither a sum nor an input.
fn convolved(
    mut sum: Option<Tensor<5>>,
    inputs: &[Tensor<5>],
    first: usize,
    weight: &Tensor<5>,
    out: &Range<usize>,
) -> Tensor<5> {
    let mut from = first;
    for x in inputs {
        let to = from + x.dims()[1];
        let weight = part(weight, from..to, out);
        from = to;
        sum = Some(match sum {
            None => conv3d(x.clone(), weight, 1, 1),
            Some(sum) => conv3d_onto(sum, x.clone(), weight, 1, 1),
        });
    }
    sum.expect("a convolution has an input")
}

/// The same for an instance norm: the last launch leaves the moments of the sum.
///
/// # Panics
/// If there is no input.
fn to_norm(
    sum: Option<Tensor<5>>,
    inputs: &[Tensor<5>],
    first: usize,
    weight: &Tensor<5>,
    out: &Range<usize>,
) -> Convolved {
    let (last, before) = inputs.split_last().expect("a convolution has an input");
    let from = first + before.iter().map(|x| x.dims()[1]).sum::<usize>();
    let sum = match before {
        [] => sum,
        _ => Some(convolved(sum, before, first, weight, out)),
    };
    let weight = part(weight, from..from + last.dims()[1], out);
    match sum {
        None => conv3d_to_norm(last.clone(), weight, 1, 1),
        Some(sum) => conv3d_onto_to_norm(sum, last.clone(), weight, 1, 1),
    }
}

/// The weights from channels `from` to channels `out`.
fn part(weight: &Tensor<5>, from: Range<usize>, out: &Range<usize>) -> Tensor<5> {
    let rows = weight.clone().narrow(0, out.start, out.len());
    rows.narrow(1, from.start, from.len())
}
