//! Voxel values on a grid: scans, masks and label maps are one type.

use crate::{Grid, ImagingError, VoxelIndex};

/// Values on a grid, x fastest as in NIfTI; `data.len()` is `grid.voxel_count()`.
#[derive(Debug, Clone, PartialEq)]
pub struct Image<T> {
    /// Where the voxels lie.
    pub grid: Grid,
    /// One value a voxel, x fastest.
    pub data: Vec<T>,
}

/// A scan or a probability map.
pub type Volume = Image<f32>;
/// Inside (`true`) or outside.
pub type Mask = Image<bool>;
/// Labels: 0 background, 1 necrotic or non-enhancing core, 2 oedema or infiltration, 3 enhancing.
pub type LabelMap = Image<u8>;

impl<T: Copy> Image<T> {
    /// An image that holds `value` everywhere.
    #[must_use]
    pub fn filled(grid: Grid, value: T) -> Self {
        let data = vec![value; grid.voxel_count()];
        Self { grid, data }
    }

    /// The value at a voxel; `None` outside the grid.
    #[must_use]
    pub fn get(&self, index: VoxelIndex) -> Option<T> {
        let inside = (0..3).all(|axis| index.0[axis] < self.grid.dims[axis]);
        inside.then(|| self.data[self.grid.offset_of(index)])
    }

    /// `dims` voxels from voxel `start`, which may lie outside; voxels that this image does not
    /// have become `fill`. Every voxel keeps its place in the patient.
    #[must_use]
    pub fn window(&self, start: [isize; 3], dims: [usize; 3], fill: T) -> Self {
        let mut out = Self::filled(self.grid.window(start, dims), fill);
        let [nx, ny, nz] = self.grid.dims;
        // Along each axis: the first voxel of the window that exists, and how many follow.
        let span = |axis: usize, n: usize| {
            let first = (-start[axis]).max(0);
            let end = (n as isize - start[axis]).min(dims[axis] as isize);
            (first, end - first)
        };
        let ((x, width), (y, rows), (z, slices)) = (span(0, nx), span(1, ny), span(2, nz));
        if width <= 0 || rows <= 0 || slices <= 0 {
            return out;
        }
        let width = width as usize;
        for k in z..z + slices {
            for j in y..y + rows {
                let place = |i: isize, j: isize, k: isize| [i as usize, j as usize, k as usize];
                let to = out.grid.offset_of(VoxelIndex(place(x, j, k)));
                let from = self.grid.offset_of(VoxelIndex(place(
                    x + start[0],
                    j + start[1],
                    k + start[2],
                )));
                out.data[to..to + width].copy_from_slice(&self.data[from..from + width]);
            }
        }
        out
    }
}

impl Volume {
    /// The same voxels as labels. A label may be off by 0.02 and 1.5 % of itself, 0.1 at most: numbers
    /// stored as integers with a slope come back as 0.988 or 2.012.
    ///
    /// # Errors
    /// [`ImagingError::NotALabel`] where a value is near no whole number from 0 to 255.
    pub fn to_labels(&self) -> Result<LabelMap, ImagingError> {
        let label = |(offset, &value): (usize, &f32)| {
            let whole = value.round();
            let near = (value - whole).abs() <= label_tolerance(whole);
            if !near || !(0.0..=255.0).contains(&whole) {
                let voxel = self.grid.index_of(offset).0;
                return Err(ImagingError::NotALabel { value, voxel });
            }
            Ok(whole as u8)
        };
        let data = self.data.iter().enumerate().map(label);
        Ok(LabelMap {
            grid: self.grid,
            data: data.collect::<Result<_, _>>()?,
        })
    }
}

/// How far a value may be from a label. An integer times a slope s is within s / 2 of it, and a slope that
/// was rounded is off by a share of it; labels that were interpolated between two others, or are
/// probabilities, are off by more somewhere.
pub(crate) fn label_tolerance(label: f32) -> f32 {
    (0.02 + 0.015 * label).min(0.1)
}

impl Mask {
    /// 1 inside, 0 outside.
    #[must_use]
    pub fn to_labels(&self) -> LabelMap {
        LabelMap {
            grid: self.grid,
            data: self.data.iter().copied().map(u8::from).collect(),
        }
    }

    /// How many voxels are inside.
    #[must_use]
    pub fn count(&self) -> usize {
        self.data.iter().filter(|inside| **inside).count()
    }

    /// The volume inside, in mL.
    #[must_use]
    pub fn volume_ml(&self) -> f64 {
        self.count() as f64 * self.grid.voxel_volume_ml()
    }

    /// The smallest box around what is inside, as its first voxel and its size in voxels; `None`
    /// for an empty mask.
    #[must_use]
    pub fn bounding_box(&self) -> Option<(VoxelIndex, [usize; 3])> {
        let [nx, ny, _] = self.grid.dims;
        let (mut low, mut high) = ([usize::MAX; 3], [0; 3]);
        for (row, values) in self.data.chunks_exact(nx.max(1)).enumerate() {
            let Some(first) = values.iter().position(|v| *v) else {
                continue;
            };
            let last = values.iter().rposition(|v| *v).unwrap_or(first);
            for (axis, (a, b)) in [(first, last), (row % ny, row % ny), (row / ny, row / ny)]
                .into_iter()
                .enumerate()
            {
                low[axis] = low[axis].min(a);
                high[axis] = high[axis].max(b);
            }
        }
        (low[0] != usize::MAX).then(|| {
            let size = [0, 1, 2].map(|axis| high[axis] - low[axis] + 1);
            (VoxelIndex(low), size)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Affine;

    fn counting(dims: [usize; 3]) -> Volume {
        let grid = Grid {
            dims,
            affine: Affine::IDENTITY,
        };
        Volume {
            grid,
            data: (0..grid.voxel_count()).map(|i| i as f32).collect(),
        }
    }

    #[test]
    fn window_crops_pads_and_equals_the_plain_loop() {
        let v = counting([4, 5, 6]);
        for start in [[1isize, 2, 3], [-2, -1, -3], [3, -1, 5], [9, 0, 0]] {
            let w = v.window(start, [3, 4, 2], -1.0);
            for offset in 0..w.data.len() {
                let at = w.grid.index_of(offset).0;
                let from: [isize; 3] = std::array::from_fn(|a| at[a] as isize + start[a]);
                let expected = if from.iter().all(|i| *i >= 0) {
                    v.get(VoxelIndex(from.map(|i| i as usize))).unwrap_or(-1.0)
                } else {
                    -1.0
                };
                assert_eq!(w.data[offset], expected, "{start:?} {at:?}");
            }
        }
    }

    #[test]
    fn bounding_box_is_tight_on_every_side() {
        let grid = counting([6, 7, 8]).grid;
        let mut m = Mask::filled(grid, false);
        assert_eq!(m.bounding_box(), None);
        for at in [[1, 5, 2], [4, 2, 3], [2, 3, 6]] {
            let offset = grid.offset_of(VoxelIndex(at));
            m.data[offset] = true;
        }
        assert_eq!(m.bounding_box(), Some((VoxelIndex([1, 2, 2]), [4, 4, 5])));
    }

    #[test]
    fn only_whole_small_numbers_are_labels() {
        let mut v = counting([2, 2, 2]);
        assert_eq!(v.to_labels().expect("whole").data, [0, 1, 2, 3, 4, 5, 6, 7]);
        v.data[3] = 2.5;
        let error = v.to_labels().expect_err("2.5 is no label");
        assert!(error.to_string().contains("2.5"), "{error}");
        for wrong in [
            256.0,
            -1.0,
            -0.5,
            0.03,
            0.96,
            2.06,
            100.2,
            f32::NAN,
            f32::INFINITY,
        ] {
            v.data[3] = wrong;
            assert!(v.to_labels().is_err(), "{wrong}");
        }
    }

    #[test]
    fn labels_off_by_a_slopes_rounding_are_labels() {
        let mut v = counting([2, 2, 2]);
        v.data = vec![-0.015, 0.0, 0.999, 0.988, 2.012, 2.024, 2.997, 3.996];
        let labels = v.to_labels().expect("labels");
        assert_eq!(labels.data, [0, 0, 1, 1, 2, 2, 3, 4]);
    }
}
