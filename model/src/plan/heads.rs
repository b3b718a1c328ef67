//! The books of what the heads leave on the device: CMD and the gate that it looks through, as
//! `network/{gate,cmd}.rs` compute them, out of Burn's own operations. The rest of the heads is on the CPU.

use super::ledger::{Held, Kind, Ledger, Volume};
use super::unet::Forward;
use crate::network::config::{CmdVariant, MtsUnetConfig, Segmentation};

/// Channels of a stream of CMD.
const STREAM: usize = 64;

/// Gate and comparison after the backbone's `forward`.
pub(super) fn finish(ledger: &mut Ledger, config: &MtsUnetConfig, forward: Forward) {
    let Forward { x, hidden, logits } = forward;
    if config.compares() {
        let grid = x.grid;
        let gate = gate(ledger, config, &logits);
        // Maps and means, which the output keeps.
        let mut kept = Vec::new();
        compare(ledger, config, grid, &mut kept);
        for held in kept {
            ledger.drop(held);
        }
        ledger.drop(gate.held);
    }
    for volume in hidden.into_iter().chain([x, logits]) {
        ledger.drop(volume.held);
    }
}

fn gate(ledger: &mut Ledger, config: &MtsUnetConfig, logits: &Volume) -> Volume {
    let voxels = logits.voxels();
    let exponential = (config.segmentation != Segmentation::Sigmoid3).then(|| {
        let (largest, exponential) = (ledger.other(voxels), ledger.other(logits.numbers()));
        ledger.drop(largest);
        let total = ledger.other(voxels);
        ledger.drop(total);
        exponential
    });
    let gate = ledger.other(voxels);
    ledger.drop(exponential);
    Volume {
        held: Some(gate),
        ..Volume::lent_of(1, logits.grid)
    }
}

/// As `Cmd::forward`.
fn compare(ledger: &mut Ledger, config: &MtsUnetConfig, grid: [usize; 3], kept: &mut Vec<Held>) {
    let half = grid.map(|edge| edge / 2);
    let voxels: usize = half.iter().product();
    let numbers = STREAM * voxels;
    let streams = match config.cmd {
        CmdVariant::V1 => Vec::from([(); 2].map(|()| {
            let gated = ledger.other(grid.iter().product());
            let stream = ledger.strided_conv(&Volume::lent_of(1, grid), STREAM, 7, 2);
            ledger.drop(gated);
            stream
        })),
        CmdVariant::V2 => vec![both_streams(ledger, grid)],
    };
    let difference = ledger.other(numbers);
    if config.cmd == CmdVariant::V2 {
        kept.push(ledger.make(STREAM));
    }
    let maps = ledger.volume(2, half);
    ledger.drop(difference);
    let spatial = ledger.conv(&maps, 1, 3);
    ledger.drop(maps.held);
    // Version 1 has one map for all channels.
    let (attention, of_attention) = match config.cmd {
        CmdVariant::V1 => (None, voxels),
        CmdVariant::V2 => (Some(ledger.other(numbers)), numbers),
    };
    for _ in 0..2 {
        let and_one = ledger.other(of_attention);
        // Times a stream, in place of whichever nobody else holds.
        let moved = ledger.bytes(2 * numbers + of_attention);
        ledger.launch(Kind::Other, numbers as u64, moved, 0);
        ledger.drop(and_one);
    }
    for stream in streams {
        ledger.drop(stream.held);
    }
    ledger.drop(attention);
    kept.extend(spatial.held);
}

/// Both streams stacked along the batch, of both gated sequences: one buffer.
fn both_streams(ledger: &mut Ledger, grid: [usize; 3]) -> Volume {
    let voxels = grid.iter().product();
    let gated = [(); 2].map(|()| ledger.other(voxels));
    ledger.stacked(2, |ledger| {
        let both = ledger.other(voxels);
        for one in gated {
            ledger.drop(one);
        }
        let streams = ledger.strided_conv(&Volume::lent_of(1, grid), STREAM, 7, 2);
        ledger.drop(both);
        streams
    })
}
