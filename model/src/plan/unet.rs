//! The convolutional part's books: as `network/{unet,cnn,finest}.rs` compute it.

use super::ledger::{Convolved, Kind, Ledger, Volume};
use super::swin;
use crate::kernels::Activations;
use crate::network::Finest;
use crate::network::config::SwinUnetrConfig;
use crate::network::finest::groups;

/// What is alive after a forward.
pub(super) struct Forward {
    /// What the network was given.
    pub(super) x: Volume,
    /// Where they are kept.
    pub(super) hidden: Vec<Volume>,
    pub(super) logits: Volume,
}

/// A forward over a `window` of the backbone. What it is given and what it answers is f32.
pub(super) fn forward(
    ledger: &mut Ledger,
    config: &SwinUnetrConfig,
    window: [usize; 3],
    (finest, activations): (Finest, Activations),
    keeps_hidden: bool,
) -> Forward {
    let mut given = ledger.volume(config.in_channels, window);
    let (hidden, logits) = match activations {
        Activations::Full => backbone(ledger, config, &given, finest, keeps_hidden),
        Activations::Half => ledger.stored(activations, |ledger| {
            let x = ledger.cast(&given);
            if !keeps_hidden {
                ledger.drop(given.held.take());
            }
            let done = backbone(ledger, config, &x, finest, keeps_hidden);
            ledger.drop(x.held);
            done
        }),
    };
    let as_given = |state: Volume| {
        if activations == Activations::Full {
            return state;
        }
        let full = ledger.cast(&state);
        ledger.drop(state.held);
        full
    };
    Forward {
        hidden: hidden.into_iter().map(as_given).collect(),
        x: given,
        logits,
    }
}

/// Hidden states, where they are kept, and logits of `x`, which stays alive.
fn backbone(
    ledger: &mut Ledger,
    config: &SwinUnetrConfig,
    x: &Volume,
    finest: Finest,
    keeps_hidden: bool,
) -> (Vec<Volume>, Volume) {
    let f = config.feature_size;
    let states = swin::encode(ledger, config, x);
    let (hidden, [h0, h1, h2, h3, h4]) = if keeps_hidden {
        let lent = states.each_ref().map(Volume::lent);
        (Vec::from(states), lent)
    } else {
        (Vec::new(), states)
    };
    let mut y = block(ledger, h4, 16 * f);
    y = up(ledger, y, h3, 8 * f);
    for (state, channels) in [(h2, 4 * f), (h1, 2 * f), (h0, f)] {
        let skip = block(ledger, state, channels);
        y = up(ledger, y, skip, channels);
    }
    let logits = match finest {
        Finest::Whole => {
            let skip = block(ledger, x.lent(), f);
            let y = up(ledger, y, skip, f);
            answer(ledger, config, y)
        }
        Finest::Groups(group) => in_groups(ledger, config, x, y, group),
    };
    (hidden, logits)
}

/// As `PointwiseBias::forward`.
fn answer(ledger: &mut Ledger, config: &SwinUnetrConfig, y: Volume) -> Volume {
    let logits = match y.activations {
        Activations::Full => {
            let logits = ledger.conv(&y, config.out_channels, 1);
            // The bias goes onto it in place.
            ledger.launch(Kind::Other, logits.numbers() as u64, 2 * logits.bytes(), 0);
            logits
        }
        Activations::Half => {
            let logits = bias(ledger, config, y.grid);
            ledger.launch(Kind::Other, logits.numbers() as u64, logits.bytes(), 0);
            ledger.conv_onto(&logits, &y, 1);
            logits
        }
    };
    ledger.drop(y.held);
    logits
}

/// The output's bias as a volume to add to.
fn bias(ledger: &mut Ledger, config: &SwinUnetrConfig, grid: [usize; 3]) -> Volume {
    ledger.stored(Activations::Full, |ledger| {
        ledger.volume(config.out_channels, grid)
    })
}

/// As `ResBlock::forward`.
fn block(ledger: &mut Ledger, x: Volume, out: usize) -> Volume {
    let y = ledger.conv_to_norm(&x, out, 3);
    let residual = if x.channels == out {
        x
    } else {
        let residual = ledger.conv_to_norm(&x, out, 1);
        ledger.drop(x.held);
        ledger.norm(residual)
    };
    let y = ledger.norm(y);
    let second = ledger.conv_to_norm(&y, out, 3);
    ledger.drop(y.held);
    let residual = match residual.held {
        Some(_) => residual,
        None => copy(ledger, out, residual.grid),
    };
    ledger.norm_onto(residual, second)
}

/// Of what somebody else holds, to write into.
fn copy(ledger: &mut Ledger, channels: usize, grid: [usize; 3]) -> Volume {
    let copy = ledger.volume(channels, grid);
    ledger.launch(Kind::Other, 0, 2 * copy.bytes(), 0);
    copy
}

/// As `UpBlock::forward`.
fn up(ledger: &mut Ledger, low: Volume, skip: Volume, out: usize) -> Volume {
    let y = ledger.conv(&skip, out, 3);
    let residual = ledger.conv(&skip, out, 1);
    ledger.drop(skip.held);
    let a = ledger.upsample(&low, out);
    ledger.drop(low.held);
    let y = ledger.conv_onto_to_norm(y, &a, 3);
    let residual = ledger.conv_onto_to_norm(residual, &a, 1);
    ledger.drop(a.held);
    let residual = ledger.norm(residual);
    let y = ledger.norm(y);
    let second = ledger.conv_to_norm(&y, out, 3);
    ledger.drop(y.held);
    ledger.norm_onto(residual, second)
}

/// As `finest::skip` and `finest::logits`.
fn in_groups(
    ledger: &mut Ledger,
    config: &SwinUnetrConfig,
    x: &Volume,
    low: Volume,
    group: usize,
) -> Volume {
    let f = config.feature_size;
    let sizes: Vec<usize> = groups(f, group).map(|group| group.len()).collect();
    let mut y = Vec::new();
    for &out in &sizes {
        let convolved = ledger.conv_to_norm(x, out, 3);
        y.push(ledger.norm(convolved));
    }
    let mut skip = Vec::new();
    for &out in &sizes {
        let residual = if config.in_channels == f {
            copy(ledger, out, x.grid)
        } else {
            let residual = ledger.conv_to_norm(x, out, 1);
            ledger.norm(residual)
        };
        let second = sum_to_norm(ledger, None, &y, out, 3);
        skip.push(ledger.norm_onto(residual, second));
    }
    drop_all(ledger, y);

    let mut y: Vec<Convolved> = sizes
        .iter()
        .map(|&out| sum(ledger, &skip, out, 3).into())
        .collect();
    for (place, &raised) in sizes.iter().enumerate() {
        let weight = ledger.constant(low.channels * raised * 8);
        let a = ledger.upsample(&low, raised);
        ledger.drop(weight);
        let is_last = place + 1 == sizes.len();
        let onto = |y: Convolved| match is_last {
            true => ledger.conv_onto_to_norm(y.volume, &a, 3),
            false => {
                ledger.conv_onto(&y.volume, &a, 3);
                y
            }
        };
        y = y.into_iter().map(onto).collect();
        ledger.drop(a.held);
    }
    let y: Vec<Volume> = y.into_iter().map(|y| ledger.norm(y)).collect();
    let mut logits = None;
    for &out in &sizes {
        let weight = ledger.constant(low.channels * out * 8);
        let residual = ledger.upsample(&low, out);
        ledger.drop(weight);
        let residual = sum_to_norm(ledger, Some(residual), &skip, out, 1);
        let residual = ledger.norm(residual);
        let second = sum_to_norm(ledger, None, &y, out, 3);
        let finished = ledger.norm_onto(residual, second);
        // The bias, until now one number a class, as the sum that groups are added to.
        let sum = logits.get_or_insert_with(|| bias(ledger, config, x.grid));
        ledger.conv_onto(sum, &finished, 1);
        ledger.drop(finished.held);
    }
    drop_all(ledger, y);
    drop_all(ledger, skip);
    ledger.drop(low.held);
    logits.unwrap_or_else(|| bias(ledger, config, x.grid))
}

/// The convolution of all `inputs` to a group of `out` channels.
fn sum(ledger: &mut Ledger, inputs: &[Volume], out: usize, edge: usize) -> Volume {
    let sum = ledger.conv(&inputs[0], out, edge);
    for input in &inputs[1..] {
        ledger.conv_onto(&sum, input, edge);
    }
    sum
}

/// As `finest::to_norm`: the last launch leaves the moments.
fn sum_to_norm(
    ledger: &mut Ledger,
    onto: Option<Volume>,
    inputs: &[Volume],
    out: usize,
    edge: usize,
) -> Convolved {
    let (last, before) = inputs.split_last().expect("a convolution has an input");
    let sum = match (onto, before) {
        (None, []) => return ledger.conv_to_norm(last, out, edge),
        (None, _) => sum(ledger, before, out, edge),
        (Some(onto), _) => {
            before.iter().for_each(|x| ledger.conv_onto(&onto, x, edge));
            onto
        }
    };
    ledger.conv_onto_to_norm(sum, last, edge)
}

fn drop_all(ledger: &mut Ledger, volumes: Vec<Volume>) {
    for volume in volumes {
        ledger.drop(volume.held);
    }
}
