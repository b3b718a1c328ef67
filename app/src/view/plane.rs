//! Which voxel lies under which pixel of a slice.
//!
//! A displayed volume runs x to the patient's right, y to the front, z to the head. Radiologists
//! look from the feet and from the front: the patient's right is on the screen's left, the front of
//! an axial slice at the top. A sagittal slice looks at the patient's left with the nose to the left.

/// One of the three views.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plane {
    /// Across the body: x by y.
    Axial,
    /// From the front: x by z.
    Coronal,
    /// From the side: y by z.
    Sagittal,
}

/// Which of the patient's sides is on the screen's left in axial and coronal views.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// The patient's right.
    #[default]
    Radiological,
    /// The patient's left.
    Neurological,
}

impl Plane {
    /// All three, in reading order.
    pub const ALL: [Self; 3] = [Self::Axial, Self::Coronal, Self::Sagittal];

    /// As a heading.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Axial => "Axial",
            Self::Coronal => "Coronal",
            Self::Sagittal => "Sagittal",
        }
    }

    /// The volume axis that goes through the slices.
    #[must_use]
    pub const fn through(self) -> usize {
        match self {
            Self::Axial => 2,
            Self::Coronal => 1,
            Self::Sagittal => 0,
        }
    }
}

/// How a slice's columns and rows run over a volume of `dims`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SliceMap {
    dims: [usize; 3],
    across: Run,
    down: Run,
    through: usize,
}

/// A volume axis as it runs over the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    axis: usize,
    reversed: bool,
}

impl Run {
    fn voxel(self, dims: [usize; 3], at: usize) -> usize {
        let at = at.min(dims[self.axis] - 1);
        if self.reversed {
            dims[self.axis] - 1 - at
        } else {
            at
        }
    }

    /// The letters at its start and end.
    fn letters(self) -> (char, char) {
        let (low, high) = [('L', 'R'), ('P', 'A'), ('I', 'S')][self.axis];
        if self.reversed {
            (high, low)
        } else {
            (low, high)
        }
    }
}

impl SliceMap {
    /// The map of one view; `dims` are voxels along x, y, z, none of them 0.
    #[must_use]
    pub fn new(plane: Plane, side: Side, dims: [usize; 3]) -> Self {
        let run = |axis, reversed| Run { axis, reversed };
        // x grows to the patient's right, which the radiological side puts on the left.
        let sideways = run(0, side == Side::Radiological);
        let (across, down) = match plane {
            Plane::Axial => (sideways, run(1, true)),
            Plane::Coronal => (sideways, run(2, true)),
            Plane::Sagittal => (run(1, true), run(2, true)),
        };
        Self {
            dims,
            across,
            down,
            through: plane.through(),
        }
    }

    /// Pixels across the slice.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.dims[self.across.axis]
    }

    /// Pixels down the slice.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.dims[self.down.axis]
    }

    /// The voxel at a pixel of slice `slice`; past an edge, the nearest.
    #[must_use]
    pub fn voxel(&self, column: usize, row: usize, slice: usize) -> [usize; 3] {
        let mut voxel = [0; 3];
        voxel[self.across.axis] = self.across.voxel(self.dims, column);
        voxel[self.down.axis] = self.down.voxel(self.dims, row);
        voxel[self.through] = slice.min(self.dims[self.through] - 1);
        voxel
    }

    /// Column and row of a voxel.
    #[must_use]
    pub fn pixel(&self, voxel: [usize; 3]) -> (usize, usize) {
        (
            self.across.voxel(self.dims, voxel[self.across.axis]),
            self.down.voxel(self.dims, voxel[self.down.axis]),
        )
    }

    /// Offsets into the volume's data: of pixel (0, 0), for one column on, for one row on.
    #[must_use]
    pub fn strides(&self, slice: usize) -> (isize, isize, isize) {
        let by_axis = [1, self.dims[0], self.dims[0] * self.dims[1]];
        let [x, y, z] = self.voxel(0, 0, slice);
        let start = x + y * by_axis[1] + z * by_axis[2];
        let step = |run: Run| {
            let step = by_axis[run.axis] as isize;
            if run.reversed { -step } else { step }
        };
        (start as isize, step(self.across), step(self.down))
    }

    /// Width and height in millimetres.
    #[must_use]
    pub fn size_mm(&self, spacing_mm: [f64; 3]) -> (f64, f64) {
        (
            self.columns() as f64 * spacing_mm[self.across.axis],
            self.rows() as f64 * spacing_mm[self.down.axis],
        )
    }

    /// Orientation letters at the left, right, top and bottom edge.
    #[must_use]
    pub fn letters(&self) -> [char; 4] {
        let ((left, right), (top, bottom)) = (self.across.letters(), self.down.letters());
        [left, right, top, bottom]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIMS: [usize; 3] = [3, 4, 5];
    const RIGHT_FRONT_HEAD: [usize; 3] = [2, 3, 4];
    const LEFT_BACK_FEET: [usize; 3] = [0, 0, 0];

    fn map(plane: Plane, side: Side) -> SliceMap {
        SliceMap::new(plane, side, DIMS)
    }

    #[test]
    fn radiological_axial_has_the_patients_right_on_the_left_and_the_front_on_top() {
        let m = map(Plane::Axial, Side::Radiological);
        assert_eq!(m.voxel(0, 0, 4), RIGHT_FRONT_HEAD);
        assert_eq!(m.voxel(2, 3, 0), LEFT_BACK_FEET);
        assert_eq!(m.letters(), ['R', 'L', 'A', 'P']);
        assert_eq!((m.columns(), m.rows()), (3, 4));
    }

    #[test]
    fn radiological_coronal_has_the_patients_right_on_the_left_and_the_head_on_top() {
        let m = map(Plane::Coronal, Side::Radiological);
        assert_eq!(m.voxel(0, 0, 3), RIGHT_FRONT_HEAD);
        assert_eq!(m.voxel(2, 4, 0), LEFT_BACK_FEET);
        assert_eq!(m.letters(), ['R', 'L', 'S', 'I']);
        assert_eq!((m.columns(), m.rows()), (3, 5));
    }

    #[test]
    fn sagittal_has_the_front_on_the_left_and_the_head_on_top_on_either_side() {
        for side in [Side::Radiological, Side::Neurological] {
            let m = map(Plane::Sagittal, side);
            assert_eq!(m.voxel(0, 0, 2), RIGHT_FRONT_HEAD);
            assert_eq!(m.voxel(3, 4, 0), LEFT_BACK_FEET);
            assert_eq!(m.letters(), ['A', 'P', 'S', 'I']);
            assert_eq!((m.columns(), m.rows()), (4, 5));
        }
    }

    #[test]
    fn the_neurological_side_mirrors_axial_and_coronal_only() {
        let axial = map(Plane::Axial, Side::Neurological);
        assert_eq!(axial.voxel(0, 0, 4), [0, 3, 4]);
        assert_eq!(axial.letters(), ['L', 'R', 'A', 'P']);
        let coronal = map(Plane::Coronal, Side::Neurological);
        assert_eq!(coronal.voxel(0, 0, 3), [0, 3, 4]);
        assert_eq!(coronal.letters(), ['L', 'R', 'S', 'I']);
    }

    #[test]
    fn pixels_voxels_and_strides_agree_everywhere() {
        for plane in Plane::ALL {
            for side in [Side::Radiological, Side::Neurological] {
                let m = map(plane, side);
                for slice in 0..DIMS[plane.through()] {
                    let (start, across, down) = m.strides(slice);
                    for row in 0..m.rows() {
                        for column in 0..m.columns() {
                            let [x, y, z] = m.voxel(column, row, slice);
                            assert_eq!(m.pixel([x, y, z]), (column, row));
                            let offset = start + column as isize * across + row as isize * down;
                            assert_eq!(offset as usize, x + 3 * y + 12 * z);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn millimetres_follow_the_axes_shown() {
        let m = map(Plane::Sagittal, Side::Radiological);
        assert_eq!(m.size_mm([1.0, 0.5, 6.0]), (2.0, 30.0));
    }
}
