//! Where every token goes when a grid is padded, rolled and cut into attention windows.
//!
//! All of it depends on the grid's shape alone, so it is worked out once a shape and used by every
//! block of a stage. Padding, roll, partition and reversal become two gathers. Windows that share a
//! shift mask stand together, so that eight small masks serve instead of one per window (at a 48³
//! grid that is 2 MB instead of 161 MB), and a group is cut into chunks that bound the score
//! tensor.

use burn::tensor::{Device, Int, Tensor, TensorData};

/// Scores of one chunk, over all heads, stay below this many values (64 MiB of f32): the score
/// tensor of a whole 48³ grid with three heads would be 462 MiB.
const CHUNK_SCORES: usize = 16 << 20;

/// MONAI's additive mask value.
const MASKED: f32 = -100.0;

/// The part of the attention geometry that does not depend on whether the block is shifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowShape {
    /// Edges of the window after clipping, in tokens.
    pub window: [usize; 3],
    /// Shift of odd blocks; 0 on an axis that is no longer than the window.
    pub shift: [usize; 3],
}

impl WindowShape {
    /// MONAI's `get_window_size`: an axis that is no longer than the window has one window of its
    /// own length, and no shift.
    #[must_use]
    pub fn clipped(grid: [usize; 3], window: usize) -> Self {
        let fits = |axis: usize| grid[axis] <= window;
        Self {
            window: std::array::from_fn(|a| if fits(a) { grid[a] } else { window }),
            shift: std::array::from_fn(|a| if fits(a) { 0 } else { window / 2 }),
        }
    }

    /// Tokens in a window.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.window.iter().product()
    }
}

/// Windows that are attended to together: they share one mask.
#[derive(Clone, Debug)]
pub struct WindowChunk {
    /// For each token of each window, its place in the grid; the grid's size for a padded token.
    pub tokens: Tensor<1, Int>,
    /// Number of windows.
    pub windows: usize,
    /// `[1, 1, tokens, tokens]`, 0 or −100; absent where nothing is masked.
    pub mask: Option<Tensor<4>>,
}

/// The way of every token into its window and back.
#[derive(Clone, Debug)]
pub struct WindowPlan {
    /// The windows, in the order in which their results are concatenated.
    pub chunks: Vec<WindowChunk>,
    /// For each token of the grid, its place in the concatenated results.
    pub back: Tensor<1, Int>,
    /// Whether any window holds padded tokens.
    pub padded: bool,
}

impl WindowPlan {
    /// The plan of a `grid` (x, y, z, z fastest) for blocks with `heads` heads.
    #[must_use]
    pub fn new(
        grid: [usize; 3],
        shape: WindowShape,
        shifted: bool,
        heads: usize,
        device: &Device,
    ) -> Self {
        let shift = if shifted { shape.shift } else { [0; 3] };
        let n = shape.tokens();
        let layout = Layout::new(grid, shape.window, shift);
        let per_chunk = (CHUNK_SCORES / (n * n * heads)).max(1);

        let mut back = vec![0_i32; grid.iter().product()];
        let mut chunks = Vec::new();
        let mut placed = 0;
        for (pattern, windows) in layout.windows_by_pattern() {
            let mask = layout
                .mask(pattern)
                .map(|mask| Tensor::from_data(TensorData::new(mask, [1, 1, n, n]), device));
            for windows in windows.chunks(per_chunk) {
                let tokens: Vec<i32> = windows
                    .iter()
                    .flat_map(|&window| layout.tokens(window))
                    .collect();
                for (place, &token) in tokens.iter().enumerate() {
                    if let Some(slot) = back.get_mut(token as usize) {
                        *slot = (placed + place) as i32;
                    }
                }
                placed += tokens.len();
                chunks.push(WindowChunk {
                    tokens: ints(tokens, device),
                    windows: windows.len(),
                    mask: mask.clone(),
                });
            }
        }
        Self {
            chunks,
            padded: placed > back.len(),
            back: ints(back, device),
        }
    }
}

fn ints(values: Vec<i32>, device: &Device) -> Tensor<1, Int> {
    let len = values.len();
    Tensor::from_data(TensorData::new(values, [len]), device)
}

/// Plain index arithmetic behind [`WindowPlan`].
struct Layout {
    grid: [usize; 3],
    window: [usize; 3],
    shift: [usize; 3],
    /// Windows per axis.
    count: [usize; 3],
}

impl Layout {
    fn new(grid: [usize; 3], window: [usize; 3], shift: [usize; 3]) -> Self {
        Self {
            grid,
            window,
            shift,
            count: std::array::from_fn(|a| grid[a].div_ceil(window[a])),
        }
    }

    /// A window is masked on an axis only where it is the last one and the axis was shifted, which
    /// gives eight patterns. In the order of the patterns, those that occur with their windows.
    fn windows_by_pattern(&self) -> Vec<([bool; 3], Vec<[usize; 3]>)> {
        let mut groups = vec![Vec::new(); 8];
        for x in 0..self.count[0] {
            for y in 0..self.count[1] {
                for z in 0..self.count[2] {
                    let window = [x, y, z];
                    let wraps = |a: usize| self.shift[a] > 0 && window[a] + 1 == self.count[a];
                    groups[usize::from(wraps(0)) << 2
                        | usize::from(wraps(1)) << 1
                        | usize::from(wraps(2))]
                    .push(window);
                }
            }
        }
        let pattern = |i: usize| [i & 4 != 0, i & 2 != 0, i & 1 != 0];
        groups
            .into_iter()
            .enumerate()
            .filter(|(_, w)| !w.is_empty())
            .map(|(i, w)| (pattern(i), w))
            .collect()
    }

    /// The grid's tokens that stand in a window after padding at the far end and rolling by −shift.
    fn tokens(&self, window: [usize; 3]) -> impl Iterator<Item = i32> {
        let [wx, wy, wz] = self.window;
        let outside: usize = self.grid.iter().product();
        let place = move |axis: usize,
                          within: usize,
                          grid: [usize; 3],
                          shift: [usize; 3],
                          w: usize,
                          count: usize| {
            let rolled = window[axis] * w + within;
            let at = (rolled + shift[axis]) % (count * w);
            (at < grid[axis]).then_some(at)
        };
        let (grid, shift, count) = (self.grid, self.shift, self.count);
        (0..wx * wy * wz).map(move |i| {
            let x = place(0, i / (wy * wz), grid, shift, wx, count[0]);
            let y = place(1, i / wz % wy, grid, shift, wy, count[1]);
            let z = place(2, i % wz, grid, shift, wz, count[2]);
            match (x, y, z) {
                (Some(x), Some(y), Some(z)) => ((x * grid[1] + y) * grid[2] + z) as i32,
                _ => outside as i32,
            }
        })
    }

    /// The mask `[tokens, tokens]` of windows with this pattern: tokens that were neighbours only
    /// because of the roll do not see each other.
    fn mask(&self, pattern: [bool; 3]) -> Option<Vec<f32>> {
        if pattern == [false; 3] {
            return None;
        }
        let [_, wy, wz] = self.window;
        let n: usize = self.window.iter().product();
        let side = |axis: usize, within: usize| {
            pattern[axis] && within >= self.window[axis] - self.shift[axis]
        };
        let region = |i: usize| {
            [
                side(0, i / (wy * wz)),
                side(1, i / wz % wy),
                side(2, i % wz),
            ]
        };
        let regions: Vec<_> = (0..n).map(region).collect();
        let masked = |i: usize, j: usize| {
            if regions[i] == regions[j] {
                0.0
            } else {
                MASKED
            }
        };
        Some(
            (0..n)
                .flat_map(|i| (0..n).map(move |j| (i, j)))
                .map(|(i, j)| masked(i, j))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MONAI's `compute_mask`, written out on the padded volume: region ids by slices, then windows.
    fn monai_mask_statistics(edge: usize) -> (usize, usize, f64) {
        let padded = edge.div_ceil(7) * 7;
        let id = |v: usize| {
            if v < padded - 7 {
                0
            } else {
                1 + usize::from(v >= padded - 3)
            }
        };
        let count = padded / 7;
        let (mut masked_windows, mut zeros) = (0, 0_usize);
        for w in 0..count.pow(3) {
            let origin = [
                w / (count * count) * 7,
                w / count % count * 7,
                w % count * 7,
            ];
            let ids: Vec<_> = (0..343)
                .map(|t| {
                    (
                        id(origin[0] + t / 49),
                        id(origin[1] + t / 7 % 7),
                        id(origin[2] + t % 7),
                    )
                })
                .collect();
            let equal = ids
                .iter()
                .map(|a| ids.iter().filter(|b| a == *b).count())
                .sum::<usize>();
            masked_windows += usize::from(equal < 343 * 343);
            zeros += equal;
        }
        (
            count.pow(3),
            masked_windows,
            zeros as f64 / (count.pow(3) * 343 * 343) as f64,
        )
    }

    fn ours(edge: usize) -> (usize, usize, f64) {
        let layout = Layout::new([edge; 3], [7; 3], [3; 3]);
        let (mut windows, mut masked, mut zeros) = (0, 0, 0_usize);
        for (pattern, group) in layout.windows_by_pattern() {
            windows += group.len();
            let mask = layout.mask(pattern);
            masked += if mask.is_some() { group.len() } else { 0 };
            zeros +=
                group.len() * mask.map_or(343 * 343, |m| m.iter().filter(|v| **v == 0.0).count());
        }
        (windows, masked, zeros as f64 / (windows * 343 * 343) as f64)
    }

    #[test]
    fn masks_have_the_published_statistics() {
        for (edge, windows, masked, zeros) in [(32, 125, 61, 0.734), (48, 343, 127, 0.804)] {
            let found = ours(edge);
            assert_eq!((found.0, found.1), (windows, masked));
            assert!((found.2 - zeros).abs() < 5e-4, "{}", found.2);
            assert_eq!(found, monai_mask_statistics(edge));
        }
    }

    #[test]
    fn every_token_comes_back_to_its_own_place() {
        let device = Device::flex();
        for (grid, shifted) in [([16, 9, 8], true), ([8, 12, 4], true), ([5, 7, 14], false)] {
            let shape = WindowShape::clipped(grid, 7);
            let plan = WindowPlan::new(grid, shape, shifted, 3, &device);
            let forward: Vec<i32> = plan
                .chunks
                .iter()
                .flat_map(|c| c.tokens.clone().into_data().try_to_vec::<i32>().unwrap())
                .collect();
            let back = plan.back.clone().into_data().try_to_vec::<i32>().unwrap();
            for (token, &place) in back.iter().enumerate() {
                assert_eq!(forward[place as usize], token as i32);
            }
            assert_eq!(plan.padded, forward.len() > back.len());
        }
    }

    #[test]
    fn a_roll_moves_the_third_token_to_the_first_place() {
        let layout = Layout::new([14, 14, 14], [7; 3], [3; 3]);
        let first = layout.tokens([0, 0, 0]).next();
        assert_eq!(first, Some((3 * 14 + 3) * 14 + 3));
        let last = layout.tokens([1, 1, 1]).last();
        assert_eq!(last, Some((2 * 14 + 2) * 14 + 2));
    }
}
