//! The heads' books: as `network/{gate,tafe,cmd,sited}.rs` compute them, out of Burn's own operations.

use super::ledger::{Ledger, Volume};
use super::unet::Forward;
use crate::network::config::{CmdVariant, HeadInput, MtsUnetConfig, Segmentation, TafeVariant};

/// Channels of a stream of CMD.
const STREAM: usize = 64;

/// Channels of what the sited measures have alive at once: the kinds, the brain, core and whole tumour, and
/// two products of all sequences.
const SITED: [usize; 6] = [4, 1, 1, 1, 4, 4];

/// Gate, pooling and comparison after the backbone's `forward`.
pub(super) fn finish(ledger: &mut Ledger, config: &MtsUnetConfig, forward: Forward) {
    let Forward { x, hidden, logits } = forward;
    let grid = x.grid;
    let gate = gate(ledger, config, &logits);
    if !config.heads.is_empty() && config.tafe != TafeVariant::Pooled {
        for state in &hidden[1..] {
            let weighted = ledger.other(state.numbers());
            ledger.drop(weighted);
        }
        if config.tafe.measures().is_some() {
            for held in SITED.map(|channels| ledger.other(channels * x.voxels())) {
                ledger.drop(held);
            }
        }
    }
    if config.heads.iter().any(|head| head.input == HeadInput::Dsf) {
        compare(ledger, config, grid);
    }
    for volume in hidden.into_iter().chain([x, logits, gate]) {
        ledger.drop(volume.held);
    }
}

fn gate(ledger: &mut Ledger, config: &MtsUnetConfig, logits: &Volume) -> Volume {
    let voxels = logits.voxels();
    if config.segmentation != Segmentation::Sigmoid3 {
        let (largest, exponential) = (ledger.other(voxels), ledger.other(logits.numbers()));
        ledger.drop(largest);
        let total = ledger.other(voxels);
        ledger.drop(total);
        ledger.drop(exponential);
    }
    let held = ledger.other(voxels);
    Volume {
        channels: 1,
        grid: logits.grid,
        held: Some(held),
    }
}

fn compare(ledger: &mut Ledger, config: &MtsUnetConfig, grid: [usize; 3]) {
    let voxels: usize = grid.iter().product();
    let streams = [(); 2].map(|()| {
        let gated = ledger.volume(1, grid);
        let stream = ledger.strided_conv(&gated, STREAM, 7, 2);
        ledger.drop(gated.held);
        stream
    });
    let numbers = streams[0].numbers();
    let difference = ledger.other(numbers);
    let maps = ledger.other(2 * voxels / 8);
    ledger.drop(difference);
    ledger.drop(maps);
    // Version 1 has one map for all channels.
    let attention = match config.cmd {
        CmdVariant::V1 => voxels / 8,
        CmdVariant::V2 => numbers,
    };
    let attention = ledger.other(attention);
    for stream in streams {
        let and_one = ledger.other(numbers);
        ledger.drop(and_one);
        ledger.drop(stream.held);
    }
    ledger.drop(attention);
}
