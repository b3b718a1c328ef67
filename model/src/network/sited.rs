//! What a radiologist would measure of the tumour that the network itself has found: how large, how
//! ragged, of what kinds, where in the brain, how bright. Ours, not the paper's: on about a hundred
//! labelled patients these few numbers say more of IDH, 1p/19q and grade than the backbone's states do.
//!
//! Everything is a sum over soft probabilities, so that it has a gradient and never jumps, and every
//! ratio has a voxel added below, so that where no tumour was found all of it is about 0.

use burn::module::{Module, Param};
use burn::nn::{Dropout, DropoutConfig, Initializer, Linear, LinearConfig};
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Tensor, TensorData};

use crate::kernels::{channel_softmax, voxel_sum};

/// Number of measures; see [`measures`] for their order.
pub const MEASURES: usize = 31;

/// Number of those before the uptake of contrast, which bundles of `tafe = "sited"` know; those of
/// `"sited_contrast"` know all.
pub const BEFORE_CONTRAST: usize = 30;

/// Where the measures of the four sequences stand, each block in the input's order: mean in the whole
/// tumour, mean in the core, standard deviation in the whole tumour, presence.
pub const OF_SEQUENCES: [usize; 4] = [14, 18, 22, 26];

/// What the backbone's states may add: 360 numbers at feature size 12 go through so few, since each
/// of a hundred patients would otherwise find its own.
pub const NARROW: usize = 8;

/// No measure counts as further than this from the training cases' mean, in their deviations: an odd
/// case must not outshout everything else.
const FARTHEST: f64 = 4.0;

/// Keeps square roots away from 0, where their slope is infinite.
const TINY: f64 = 1e-6;

/// A voxel takes up contrast where T1ce less T1 is by so much above that of the brain around the tumour,
/// in standard deviations of the brain, give or take the second number: soft, for a gradient.
const UPTAKE: [f64; 2] = [1.0, 0.25];

/// Where T1 and T1ce stand in the input.
const T1_AND_T1CE: [usize; 2] = [1, 2];

const DROPOUT: f64 = 0.5;

/// Scales the measures, and narrows the backbone's own features beside them.
#[derive(Module, Debug)]
pub struct Sited {
    /// Means over the training cases.
    mean: Param<Tensor<1>>,
    /// One over their standard deviations; 0 silences a measure.
    per_deviation: Param<Tensor<1>>,
    narrow: Linear,
    dropout: Dropout,
}

impl Sited {
    /// Reads the first so many measures, beside so many features of the backbone.
    pub fn new(measures: usize, features: usize, device: &Device) -> Self {
        Self {
            mean: Initializer::Zeros.init([measures], device),
            per_deviation: Initializer::Ones.init([measures], device),
            narrow: LinearConfig::new(features, NARROW).init(device),
            dropout: DropoutConfig::new(DROPOUT).init(),
        }
    }

    /// `[batch, measures + 8]` of [`measures`] and of the backbone's features `[batch, features]`.
    pub fn forward(&self, measures: Tensor<2>, features: Tensor<2>) -> Tensor<2> {
        let measures = measures.narrow(1, 0, self.mean.dims()[0]);
        let measures = (measures - self.mean.val().unsqueeze::<2>())
            * self.per_deviation.val().unsqueeze::<2>();
        let narrowed = self.narrow.forward(self.dropout.forward(features)).tanh();
        Tensor::cat(vec![measures.clamp(-FARTHEST, FARTHEST), narrowed], 1)
    }
}

/// The measures `[batch, 31]` of the input `[batch, 4, x, y, z]`, normalised, 0 outside the brain, and
/// the logits of background, core, oedema, enhancing; axes to the right, the front and the head.
///
/// In order: ln(1 + voxels) of whole tumour (WT), core (TC), enhancing (ET); TC, ET and necrosis as
/// parts of WT; faces of WT and ET by volume^⅔; WT's centre from the brain's in the brain's own
/// standard deviations (left-right without sign, front-back, up-down); WT's spread in the same along
/// the three axes; by sequence the four blocks of [`OF_SEQUENCES`]; and the part of WT that takes up
/// contrast ([`UPTAKE`]), 0 without T1 or T1ce, which only the channels' usual order can tell. Where the
/// input is a window on a larger brain, the brain is what is seen of it.
pub fn measures(x: &Tensor<5>, logits: Tensor<5>) -> Tensor<2> {
    let batch = x.dims()[0];
    let there = |x: Tensor<5>| x.greater_elem(0.0).float();
    let brain = there(x.clone().abs().sum_dim(1));
    let kinds = channel_softmax(logits) * brain.clone();
    let necrosis = kinds.clone().narrow(1, 1, 1);
    let et = kinds.clone().narrow(1, 3, 1);
    let tc = necrosis.clone() + et.clone();
    let wt = kinds.narrow(1, 2, 1) + tc.clone();

    let [of_wt, of_tc, of_et, of_necrosis] =
        [&wt, &tc, &et, &necrosis].map(|region| total(region.clone()));
    let wt_and_one = of_wt.clone() + 1.0;
    let part = |of: &Tensor<2>| of.clone() / wt_and_one.clone();
    let faces_share = |region: &Tensor<5>, volume: &Tensor<2>| {
        let area = ((volume.clone() + 1.0).log() * (2.0 / 3.0)).exp();
        faces(region) / area
    };
    let mut out = vec![
        (of_wt.clone() + 1.0).log(),
        (of_tc.clone() + 1.0).log(),
        (of_et.clone() + 1.0).log(),
        part(&of_tc),
        part(&of_et),
        part(&of_necrosis),
        faces_share(&wt, &of_wt),
        faces_share(&et, &of_et),
    ];

    let (mut centres, mut spreads) = (Vec::new(), Vec::new());
    for axis in 0..3 {
        let middle = centre(&brain, axis, None);
        let brain_spread = spread(&brain, axis, &middle);
        let from_middle = centre(&wt, axis, Some(&middle));
        let wt_spread = spread(&wt, axis, &(middle + from_middle.clone()));
        let relative = from_middle / brain_spread.clone();
        centres.push(if axis == 0 { relative.abs() } else { relative });
        spreads.push(wt_spread / brain_spread);
    }
    out.extend(centres);
    out.extend(spreads);

    let mean_in = |region: &Tensor<5>, volume: &Tensor<2>, x: Tensor<5>| {
        total(x * region.clone()) / (volume.clone() + 1.0)
    };
    let mean = mean_in(&wt, &of_wt, x.clone());
    let square = mean_in(&wt, &of_wt, x.clone() * x.clone());
    out.push(mean.clone());
    out.push(mean_in(&tc, &of_tc, x.clone()));
    out.push(((square - mean.clone() * mean).clamp_min(0.0) + TINY).sqrt());
    let present = total(x.clone().abs()).greater_elem(0.0).float();
    out.push(present.clone());

    let of = |channel| x.clone().narrow(1, channel, 1);
    let [before, after] = T1_AND_T1CE;
    let gain = of(after) - of(before);
    let around = brain - wt.clone();
    let usual = total(gain.clone() * around.clone()) / (total(around) + 1.0);
    let [least, width] = UPTAKE;
    let above = gain - usual.reshape([batch, 1, 1, 1, 1]) - least;
    let taken_up = part(&total(sigmoid(above / width) * wt));
    let both = present.clone().narrow(1, before, 1) * present.narrow(1, after, 1);
    out.push(taken_up * both);
    Tensor::cat(out, 1)
}

/// Sum over the voxels, `[batch, channel]`.
fn total(x: Tensor<5>) -> Tensor<2> {
    let [batch, channels, ..] = x.dims();
    voxel_sum(x).reshape([batch, channels])
}

/// Faces between what is in the region `[batch, 1, x, y, z]` and what is not.
fn faces(region: &Tensor<5>) -> Tensor<2> {
    let along = |axis: usize| {
        let edge = region.dims()[axis] - 1;
        let beside = region.clone().narrow(axis, 1, edge) - region.clone().narrow(axis, 0, edge);
        total(beside.abs())
    };
    along(2) + along(3) + along(4)
}

/// What lies at each place of an axis, `[batch, place]`, and the places counted from the middle of it,
/// `[1, place]`.
fn profile(region: &Tensor<5>, axis: usize) -> (Tensor<2>, Tensor<2>) {
    let dims = region.dims();
    let edge = dims[axis + 2];
    let mut sum = region.clone();
    for other in (2..5).rev().filter(|&other| other != axis + 2) {
        sum = sum.sum_dim(other);
    }
    let places: Vec<f32> = (0..edge)
        .map(|place| place as f32 - (edge as f32 - 1.0) / 2.0)
        .collect();
    let places = Tensor::from_data(TensorData::new(places, [1, edge]), &region.device());
    (sum.reshape([dims[0], edge]), places)
}

/// The region's mean place along an axis, `[batch, 1]`, counted from `origin`.
fn centre(region: &Tensor<5>, axis: usize, origin: Option<&Tensor<2>>) -> Tensor<2> {
    let (profile, places) = profile(region, axis);
    let places = match origin {
        Some(origin) => places - origin.clone(),
        None => places,
    };
    (profile.clone() * places).sum_dim(1) / (profile.sum_dim(1) + 1.0)
}

/// The region's standard deviation along an axis about `middle`, `[batch, 1]`.
fn spread(region: &Tensor<5>, axis: usize, middle: &Tensor<2>) -> Tensor<2> {
    let (profile, places) = profile(region, axis);
    let from = places - middle.clone();
    let variance = (profile.clone() * from.clone() * from).sum_dim(1) / (profile.sum_dim(1) + 1.0);
    (variance + TINY).sqrt()
}
