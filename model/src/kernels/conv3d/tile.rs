//! How the shader of the convolution shares the work: what a thread makes, what a workgroup leaves.

use super::Taps;
use crate::kernels::{WORKGROUP, pace};

/// How much one thread makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Tile {
    /// Outputs along x. More than one, and all taps along x are written out.
    pub(super) planes: usize,
    /// Outputs along y.
    pub(super) rows: usize,
    /// Channels, a multiple of four.
    pub(super) channels: usize,
}

impl Tile {
    /// As much as fits the registers and is not wasted on what lies beyond the output.
    ///
    /// Of 96 sums a thread, 3 planes × 8 rows × 4 channels need the fewest loads: 86 numbers for 864 products,
    /// where 8 rows × 12 channels need 46 for 288; on SwiftShader it takes 0.76 of the time.
    pub(super) fn of(channels_out: usize, [x, y]: [usize; 2], taps: Taps) -> Self {
        if (taps.edge, taps.stride) == (3, 1) && x > 2 && y > 4 {
            return Self {
                planes: 3,
                rows: 8,
                channels: 4,
            };
        }
        let channels = match channels_out {
            0..=4 => 4,
            out if out % 12 == 0 => 12,
            _ => 8,
        };
        Self {
            planes: 1,
            // A program for each height below would take longer to compile than the rows beyond it cost.
            rows: if y > 4 { 8 } else { 4 },
            channels,
        }
    }

    /// Vectors of four channels.
    #[cfg(feature = "gpu")]
    pub(super) fn vectors(self) -> usize {
        self.channels / 4
    }

    /// Threads for all outputs of a block of channels.
    pub(super) fn positions(self, [x, y, z]: [usize; 3]) -> usize {
        x.div_ceil(self.planes) * y.div_ceil(self.rows) * z
    }
}

/// Channels of the weights of a convolution to `out` channels over `grid`: whole blocks.
pub(crate) fn packed_channels(out: usize, grid: [usize; 3], taps: Taps) -> usize {
    out.next_multiple_of(Tile::of(out, [grid[0], grid[1]], taps).channels)
}

/// Parts in which a convolution to `out` channels over `grid` leaves each channel's moments for the norm. None
/// where the norm looks for itself: a workgroup keeps to one block of channels for the moments, a small volume
/// would leave most of it idle, and it has little for the norm to read; nor where [`pace`] found a GPU too slow.
pub(crate) fn moment_parts(out: usize, grid: [usize; 3], taps: Taps) -> Option<usize> {
    const LEAST_VOXELS: usize = 4096;
    let tile = Tile::of(out, [grid[0], grid[1]], taps);
    let groups = tile.positions(grid).div_ceil(WORKGROUP as usize);
    (pace::moments_pay() && grid.iter().product::<usize>() >= LEAST_VOXELS).then_some(groups)
}
