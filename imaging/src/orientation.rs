//! Which way a grid's axes run, and the exact turn from one to another.
//!
//! A turn only permutes and flips axes: no value changes, and the affine follows, so every voxel
//! keeps its place in the patient. Oblique grids stay oblique; they are named by the nearest axes.

use crate::{Affine, Grid, Image};
use std::fmt;
use std::str::FromStr;

/// The directions in which x, y, z grow, such as `RAS`: right, anterior, superior.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Orientation([Direction; 3]);

/// A patient axis (0 left-right, 1 posterior-anterior, 2 inferior-superior) and its sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Direction {
    axis: usize,
    positive: bool,
}

const LETTERS: [[char; 2]; 3] = [['L', 'R'], ['P', 'A'], ['I', 'S']];

/// The text is no orientation: it takes one letter each of L/R, P/A and I/S.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no orientation: expected one letter each of L or R, P or A, I or S")]
pub struct UnknownOrientation(pub String);

impl Orientation {
    /// Right, anterior, superior: the project's own.
    pub const RAS: Self = Self(directions([0, 1, 2], [true; 3]));
    /// Left, posterior, superior: what many registered scans come in.
    pub const LPS: Self = Self(directions([0, 1, 2], [false, false, true]));

    /// The nearest axes of an affine: of the six assignments of voxel axes to patient axes, the one
    /// with the largest sum of cosines.
    #[must_use]
    pub fn of(affine: &Affine) -> Self {
        const PERMUTATIONS: [[usize; 3]; 6] = [
            [0, 1, 2],
            [0, 2, 1],
            [1, 0, 2],
            [1, 2, 0],
            [2, 0, 1],
            [2, 1, 0],
        ];
        let spacing = affine.spacing_mm();
        let cosine = |column: usize, row: usize| affine.0[row][column] / spacing[column];
        let mut best = (f64::NEG_INFINITY, PERMUTATIONS[0]);
        for rows in PERMUTATIONS {
            let sum: f64 = (0..3).map(|c| cosine(c, rows[c]).abs()).sum();
            // A margin, so that a grid turned by exactly 45° is named the same everywhere.
            if sum > best.0 + 1e-9 {
                best = (sum, rows);
            }
        }
        Self(std::array::from_fn(|column| Direction {
            axis: best.1[column],
            positive: affine.0[best.1[column]][column] >= 0.0,
        }))
    }

    /// All 48.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..6 * 8).map(|n| {
            let (order, senses) = (n / 8, n % 8);
            let first = order / 2;
            let rest = [(first + 1) % 3, (first + 2) % 3];
            let axes = [first, rest[order % 2], rest[1 - order % 2]];
            let positive = [senses & 1 != 0, senses & 2 != 0, senses & 4 != 0];
            Self(directions(axes, positive))
        })
    }

    /// The letter at the high end of each axis, such as `['R', 'A', 'S']`.
    #[must_use]
    pub fn letters(self) -> [char; 3] {
        self.0.map(|d| LETTERS[d.axis][usize::from(d.positive)])
    }

    /// The letter at the low end of each axis, such as `['L', 'P', 'I']`.
    #[must_use]
    pub fn opposite_letters(self) -> [char; 3] {
        self.0.map(|d| LETTERS[d.axis][usize::from(!d.positive)])
    }
}

/// Pairs axes with senses.
const fn directions(axes: [usize; 3], positive: [bool; 3]) -> [Direction; 3] {
    let mut out = [Direction {
        axis: 0,
        positive: true,
    }; 3];
    let mut i = 0;
    while i < 3 {
        out[i].axis = axes[i];
        out[i].positive = positive[i];
        i += 1;
    }
    out
}

impl fmt::Display for Orientation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.letters().iter().try_for_each(|c| write!(f, "{c}"))
    }
}

impl FromStr for Orientation {
    type Err = UnknownOrientation;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownOrientation(text.to_owned());
        let mut found = [None; 3];
        let mut seen = [false; 3];
        let mut letters = text.chars();
        for slot in &mut found {
            let letter = letters.next().ok_or_else(unknown)?.to_ascii_uppercase();
            let axis = (0..3)
                .find(|axis| LETTERS[*axis].contains(&letter))
                .ok_or_else(unknown)?;
            if std::mem::replace(&mut seen[axis], true) {
                return Err(unknown());
            }
            *slot = Some(Direction {
                axis,
                positive: LETTERS[axis][1] == letter,
            });
        }
        match (found, letters.next()) {
            ([Some(x), Some(y), Some(z)], None) => Ok(Self([x, y, z])),
            _ => Err(unknown()),
        }
    }
}

/// The same voxels with axes running as `target` says; exact, for scans, masks and labels alike.
#[must_use]
pub fn reorient<T: Copy>(image: &Image<T>, target: Orientation) -> Image<T> {
    let turn = Turn::between(&image.grid, target);
    if turn.is_none() {
        return image.clone();
    }
    let [nx, ny, nz] = turn.grid.dims;
    let mut data = Vec::with_capacity(image.data.len());
    for z in 0..nz {
        for y in 0..ny {
            let row = turn.start + z as isize * turn.stride[2] + y as isize * turn.stride[1];
            let source = |x: usize| (row + x as isize * turn.stride[0]) as usize;
            data.extend((0..nx).map(|x| image.data[source(x)]));
        }
    }
    Image {
        grid: turn.grid,
        data,
    }
}

/// Where each voxel of the turned grid comes from, as offsets in the old data.
struct Turn {
    grid: Grid,
    start: isize,
    stride: [isize; 3],
}

impl Turn {
    fn between(grid: &Grid, target: Orientation) -> Self {
        let from = Orientation::of(&grid.affine);
        let old_stride = [1, grid.dims[0], grid.dims[0] * grid.dims[1]].map(|s| s as isize);
        let mut dims = [0; 3];
        let mut stride = [0; 3];
        let mut start = 0;
        // New voxel coordinates to old ones.
        let mut back = Affine([[0.0; 4]; 3]);
        for (new, want) in target.0.into_iter().enumerate() {
            let old = from
                .0
                .iter()
                .position(|d| d.axis == want.axis)
                .unwrap_or(new);
            let last = grid.dims[old] - 1;
            dims[new] = grid.dims[old];
            if from.0[old].positive == want.positive {
                stride[new] = old_stride[old];
                back.0[old][new] = 1.0;
            } else {
                stride[new] = -old_stride[old];
                start += last as isize * old_stride[old];
                back.0[old][new] = -1.0;
                back.0[old][3] = last as f64;
            }
        }
        Self {
            grid: Grid {
                dims,
                affine: grid.affine.compose(&back),
            },
            start,
            stride,
        }
    }

    /// Whether it leaves everything as it is.
    fn is_none(&self) -> bool {
        let [nx, ny, _] = self.grid.dims;
        self.start == 0 && self.stride == [1, nx, nx * ny].map(|s| s as isize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn there_are_48_and_each_reads_back_from_its_name() {
        let names: HashSet<String> = Orientation::all().map(|o| o.to_string()).collect();
        assert_eq!(names.len(), 48);
        for orientation in Orientation::all() {
            assert_eq!(orientation.to_string().parse(), Ok(orientation));
        }
        assert_eq!("ras".parse(), Ok(Orientation::RAS));
        assert_eq!(Orientation::LPS.to_string(), "LPS");
        assert_eq!(Orientation::LPS.opposite_letters(), ['R', 'A', 'I']);
    }

    #[test]
    fn nonsense_is_no_orientation() {
        for text in ["", "RA", "RAR", "RASI", "RLS", "XYZ", "R\u{e4}S"] {
            assert!(text.parse::<Orientation>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_oblique_affine_has_the_nearest_name_and_never_repeats_an_axis() {
        // Both x and y point mostly to the right; the larger sum of cosines decides.
        let affine = Affine([
            [0.8, 0.75, 0.0, 0.0],
            [-0.3, 0.6, 0.5, 0.0],
            [0.5, -0.2, 0.85, 0.0],
        ]);
        assert_eq!(Orientation::of(&affine).to_string(), "RAS");
        let slices_backwards = Affine([
            [0.0, 0.1, -5.0, 0.0],
            [-0.9, 0.0, 0.3, 0.0],
            [0.1, -0.9, 0.0, 0.0],
        ]);
        assert_eq!(Orientation::of(&slices_backwards).to_string(), "PIL");
    }
}
