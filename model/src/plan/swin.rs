//! The transformer's books: as `network/swin` computes it.

use super::ledger::{Held, Ledger, Volume};
use crate::network::WindowShape;
use crate::network::config::{Merging, SwinUnetrConfig};

/// Hidden states h0 to h4 of `x`, which stays alive.
pub(super) fn encode(ledger: &mut Ledger, config: &SwinUnetrConfig, x: &Volume) -> [Volume; 5] {
    let mut grid = x.grid.map(|edge| edge / 2);
    let mut tokens = embed(ledger, config, x);
    let h0 = ledger.token_norm(grid, config.channels(0));
    let [h1, h2, h3, h4] = [0, 1, 2, 3].map(|index| {
        tokens = stage(ledger, config, index, std::mem::take(&mut tokens), grid);
        grid = grid.map(|edge| edge / 2);
        let state = ledger.token_norm(grid, config.channels(index + 1));
        if index == 3 {
            ledger.drop(std::mem::take(&mut tokens));
        }
        state
    });
    [h0, h1, h2, h3, h4]
}

fn count(grid: [usize; 3]) -> usize {
    grid.iter().product()
}

fn embed(ledger: &mut Ledger, config: &SwinUnetrConfig, x: &Volume) -> Held {
    let (rows, width) = (x.voxels() / 8, 8 * x.channels);
    let blocks = ledger.other(rows * width);
    let weight = ledger.constant(width * config.feature_size);
    let tokens = ledger.linear(rows, width, config.feature_size);
    ledger.drop(weight);
    ledger.drop(blocks);
    tokens
}

fn stage(
    ledger: &mut Ledger,
    config: &SwinUnetrConfig,
    index: usize,
    tokens: Held,
    grid: [usize; 3],
) -> Held {
    let (channels, heads) = (config.channels(index), config.num_heads[index]);
    let rows = count(grid);
    let shape = WindowShape::clipped(grid, config.window);
    let (places, (windows, padded)) = (shape.tokens(), shape.cover(grid));
    let both = config.depths[index] > 1 && shape.shift != [0; 3];
    let tables =
        |ledger: &mut Ledger| [windows * places, places].map(|numbers| ledger.constant(numbers));
    let mut held = Vec::from(tables(ledger));
    if both {
        held.extend(tables(ledger));
    }
    for _ in 0..config.depths[index] {
        let mut qkv = ledger.linear(rows, channels, 3 * channels);
        if padded {
            let row_more = ledger.other((rows + 1) * 3 * channels);
            ledger.drop(std::mem::replace(&mut qkv, row_more));
        }
        let attended = ledger.attention((windows, places), rows, (channels, heads));
        ledger.drop(qkv);
        ledger.linear_onto(rows, channels, channels, true);
        ledger.drop(attended);
        let inner = ledger.linear(rows, channels, 4 * channels);
        ledger.linear_onto(rows, 4 * channels, channels, true);
        ledger.drop(inner);
    }
    let merged = merge(ledger, config, (rows, channels), tokens);
    for table in held {
        ledger.drop(table);
    }
    merged
}

/// Axes are even: those of a window are multiples of 32.
fn merge(
    ledger: &mut Ledger,
    config: &SwinUnetrConfig,
    (rows, channels): (usize, usize),
    tokens: Held,
) -> Held {
    let mut blocks = ledger.other(rows * channels);
    ledger.drop(tokens);
    if config.merging != Merging::V2 {
        let chosen = ledger.other(rows * channels);
        ledger.drop(std::mem::replace(&mut blocks, chosen));
    }
    let merged = ledger.linear(rows / 8, 8 * channels, 2 * channels);
    ledger.drop(blocks);
    merged
}
