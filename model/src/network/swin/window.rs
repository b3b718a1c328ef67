//! Where every token goes when a grid is padded, rolled and cut into attention windows, and which
//! of a window's tokens see each other.
//!
//! All of it depends on the grid's shape alone, so it is worked out once a shape and used by every
//! block of a stage.

use burn::tensor::Device;

use crate::kernels::{Place, Windows};
use crate::network::config::ClippedWindow;

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

    /// How many windows cover a `grid`, and whether some reach beyond it.
    #[must_use]
    pub fn cover(&self, grid: [usize; 3]) -> (usize, bool) {
        let windows = (0..3).map(|a| grid[a].div_ceil(self.window[a]));
        let padded = (0..3).any(|a| !grid[a].is_multiple_of(self.window[a]));
        (windows.product(), padded)
    }

    /// The windows of a `grid` (x, y, z, z fastest), for blocks that shift or do not.
    #[must_use]
    pub fn windows(
        self,
        grid: [usize; 3],
        shifted: bool,
        positions: &RelativePositions,
        device: &Device,
    ) -> Windows {
        Windows::new(
            &Layout::new(grid, self, shifted).places(),
            &positions.codes,
            positions.origin,
            grid.iter().product(),
            device,
        )
    }
}

/// How the places of a window reach the rows of the bias table: the row of query q and key k is
/// `origin + codes[q] − codes[k]`, since a row numbers the three differences in base 2w − 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelativePositions {
    /// One a place.
    codes: Vec<u32>,
    /// The row of difference 0 on every axis.
    origin: usize,
}

impl RelativePositions {
    /// Of the places of a window, by the table of the unclipped `window`'s edge. MONAI takes a
    /// clipped window's first rows and columns of the whole window's index, as if its places were
    /// numbered in the whole window.
    #[must_use]
    pub fn new(shape: WindowShape, window: usize, rule: ClippedWindow) -> Self {
        let [_, ey, ez] = match rule {
            ClippedWindow::Monai => [window; 3],
            ClippedWindow::Geometric => shape.window,
        };
        let base = 2 * window - 1;
        let number = |[x, y, z]: [usize; 3]| (x * base + y) * base + z;
        Self {
            codes: (0..shape.tokens())
                .map(|i| number([i / (ey * ez), i / ez % ey, i % ez]) as u32)
                .collect(),
            origin: number([window - 1; 3]),
        }
    }
}

/// Plain index arithmetic behind [`WindowShape::windows`].
struct Layout {
    grid: [usize; 3],
    window: [usize; 3],
    shift: [usize; 3],
    count: [usize; 3],
}

impl Layout {
    fn new(grid: [usize; 3], shape: WindowShape, shifted: bool) -> Self {
        let WindowShape { window, shift } = shape;
        Self {
            grid,
            window,
            shift: if shifted { shift } else { [0; 3] },
            count: std::array::from_fn(|a| grid[a].div_ceil(window[a])),
        }
    }

    /// Window after window, each z fastest, after padding at the far end and rolling by −shift.
    fn places(&self) -> Vec<Place> {
        let triples =
            |[x, y, z]: [usize; 3]| (0..x * y * z).map(move |i| [i / (y * z), i / z % y, i % z]);
        triples(self.count)
            .flat_map(|window| triples(self.window).map(move |within| self.place(window, within)))
            .collect()
    }

    fn place(&self, window: [usize; 3], within: [usize; 3]) -> Place {
        let at: [usize; 3] = std::array::from_fn(|a| {
            let rolled = window[a] * self.window[a] + within[a];
            (rolled + self.shift[a]) % (self.count[a] * self.window[a])
        });
        let [_, ny, nz] = self.grid;
        let inside = (0..3).all(|a| at[a] < self.grid[a]);
        // Only the last window of a shifted axis holds what the roll brought from the other end;
        // that is no neighbour of the rest.
        let brought = |a: usize| {
            self.shift[a] > 0
                && window[a] + 1 == self.count[a]
                && within[a] >= self.window[a] - self.shift[a]
        };
        Place {
            token: if inside {
                (at[0] * ny + at[1]) * nz + at[2]
            } else {
                self.grid.iter().product()
            },
            region: (0..3).fold(0, |region, a| region << 1 | u8::from(brought(a))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(edge: usize) -> WindowShape {
        WindowShape::clipped([edge; 3], 7)
    }

    fn rows(positions: &RelativePositions) -> Vec<usize> {
        let row = |q: u32, k: u32| positions.origin + q as usize - k as usize;
        let codes = &positions.codes;
        codes
            .iter()
            .flat_map(|&q| codes.iter().map(move |&k| row(q, k)))
            .collect()
    }

    #[test]
    fn rows_have_the_published_entries() {
        let rows = rows(&RelativePositions::new(whole(14), 7, ClippedWindow::Monai));
        let at = |q: usize, k: usize| rows[q * 343 + k];
        assert_eq!(
            [at(0, 0), at(0, 1), at(1, 0), at(0, 7), at(0, 49)],
            [1098, 1097, 1099, 1085, 929]
        );
        assert_eq!([at(0, 342), at(342, 0)], [0, 2196]);
    }

    #[test]
    fn clipping_rules_differ_as_published() {
        for (edge, percent) in [(2, 78.0), (3, 90.0), (4, 94.9), (5, 96.9), (6, 98.0)] {
            let by = |rule| rows(&RelativePositions::new(whole(edge), 7, rule));
            let (monai, geometric) = (by(ClippedWindow::Monai), by(ClippedWindow::Geometric));
            let differ = monai.iter().zip(&geometric).filter(|(a, b)| a != b).count();
            let found = 100.0 * differ as f64 / monai.len() as f64;
            assert!((found - percent).abs() < 0.6, "{edge}: {found}");
        }
    }

    /// Windows, windows with a mask, and the part of all pairs that see each other, of a cubic grid
    /// of this edge; straight from MONAI's procedure: number the padded grid's regions, cut, compare.
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
        let windows = (0..count.pow(3)).map(|w| {
            let origin = [
                w / (count * count) * 7,
                w / count % count * 7,
                w % count * 7,
            ];
            (0..343)
                .map(|t| {
                    let at = [t / 49, t / 7 % 7, t % 7];
                    (0..3).fold(0, |region, a| region * 3 + id(origin[a] + at[a]))
                })
                .collect()
        });
        statistics(windows)
    }

    fn statistics(windows: impl Iterator<Item = Vec<usize>>) -> (usize, usize, f64) {
        let (mut count, mut masked, mut equal) = (0, 0, 0);
        for regions in windows {
            let same = |a: &usize| regions.iter().filter(|b| *b == a).count();
            let pairs: usize = regions.iter().map(same).sum();
            count += 1;
            masked += usize::from(pairs < 343 * 343);
            equal += pairs;
        }
        (count, masked, equal as f64 / (count * 343 * 343) as f64)
    }

    fn ours(edge: usize) -> (usize, usize, f64) {
        let places = Layout::new([edge; 3], whole(edge), true).places();
        statistics(
            places
                .chunks(343)
                .map(|window| window.iter().map(|p| usize::from(p.region)).collect()),
        )
    }

    #[test]
    fn regions_have_the_published_statistics() {
        for (edge, windows, masked, seen) in [(32, 125, 61, 0.734), (48, 343, 127, 0.804)] {
            let found = ours(edge);
            assert_eq!((found.0, found.1), (windows, masked));
            assert!((found.2 - seen).abs() < 5e-4, "{}", found.2);
            assert_eq!(found, monai_mask_statistics(edge));
        }
    }

    #[test]
    fn every_token_stands_in_one_window() {
        for (grid, shifted) in [([16, 9, 8], true), ([8, 12, 4], true), ([5, 7, 14], false)] {
            let places = Layout::new(grid, WindowShape::clipped(grid, 7), shifted).places();
            let tokens: usize = grid.iter().product();
            let mut seen = vec![0; tokens + 1];
            for place in &places {
                seen[place.token] += 1;
            }
            assert!(seen[..tokens].iter().all(|&times| times == 1));
            assert_eq!(seen[tokens], places.len() - tokens);
        }
    }

    #[test]
    fn a_roll_moves_the_third_token_to_the_first_place() {
        let places = Layout::new([14; 3], whole(14), true).places();
        assert_eq!(places[0].token, (3 * 14 + 3) * 14 + 3);
        let last = places[places.len() - 1];
        assert_eq!(last.token, (2 * 14 + 2) * 14 + 2);
        assert_eq!((places[0].region, last.region), (0, 7));
    }
}
