//! Whether scans still have the skull on.
//!
//! A stripped brain floats in zeros. A head does not: air is noisy, the neck leaves the field of
//! view, and what is not zero fills far more of it than a brain does. One exception was learnt from
//! scans: in the common atlas space the brainstem often runs out of the lowest slice (three of nine
//! BraTS cases, up to 23 cm² with the cerebellum), so the lower face must be cut by more than that. Another is the brain
//! cropped to its own box.

use crate::{Mask, Orientation};
use std::fmt;

/// A brainstem with all of the cerebellum beside it has a smaller cross-section than this, and a
/// neck a larger one; heads with the skull on cut the lower face by 220 cm² and more.
const LARGEST_STEM_CM2: f64 = 50.0;

/// A stripped brain fills at most this part of its volume (in the common atlas space about 16 %).
const LARGEST_PART: f64 = 0.35;

/// A stripped brain that was cropped to its box fills half of it (an ellipsoid 52 %) and meets the
/// faces only where it bulges: by volume it is a brain and no head, and of no face does it take more
/// than this part (7 % in six of BraTS 2013).
const LARGEST_TOUCH: f64 = 0.12;

/// The same, of the volume.
const LARGEST_CROPPED_PART: f64 = 0.6;

/// A whole brain, in mL; a head has three times as much.
const BRAIN_ML: std::ops::Range<f64> = 600.0..2100.0;

/// What a mask of [`mask`](super::mask) says about the skull; [`fmt::Display`] gives the reason in
/// plain words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SkullVerdict {
    /// The skull is off.
    Stripped,
    /// Tissue reaches the edge of the volume.
    TouchesBorder {
        /// Voxels of the mask on the volume's faces, a brainstem on the lower one not counted.
        voxels: usize,
    },
    /// More of the volume is filled than a brain would.
    FillsVolume {
        /// Part of the volume, 0 to 1.
        fraction: f64,
    },
}

impl SkullVerdict {
    /// Whether the skull seems to be on.
    #[must_use]
    pub const fn is_on(self) -> bool {
        !matches!(self, Self::Stripped)
    }
}

impl fmt::Display for SkullVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stripped => write!(f, "the skull is off"),
            Self::TouchesBorder { voxels } => write!(
                f,
                "the skull seems to be on: the picture is not empty at its edge ({voxels} voxels)"
            ),
            Self::FillsVolume { fraction } => write!(
                f,
                "the skull seems to be on: {:.0} % of the picture is filled, a brain alone fills at most {:.0} %",
                100.0 * fraction,
                100.0 * LARGEST_PART
            ),
        }
    }
}

/// Judges a mask that [`mask`](super::mask) made.
#[must_use]
pub fn skull(mask: &Mask) -> SkullVerdict {
    let fraction = mask.count() as f64 / mask.data.len().max(1) as f64;
    if fraction <= LARGEST_CROPPED_PART && BRAIN_ML.contains(&mask.volume_ml()) && grazes(mask) {
        return SkullVerdict::Stripped;
    }
    if fraction > LARGEST_PART {
        return SkullVerdict::FillsVolume { fraction };
    }
    match voxels_on_border(mask) {
        0 => SkullVerdict::Stripped,
        voxels => SkullVerdict::TouchesBorder { voxels },
    }
}

/// Whether no face is met by more than a bulge.
fn grazes(mask: &Mask) -> bool {
    let [nx, ny, nz] = mask.grid.dims;
    let areas = [ny * nz, nx * nz, nx * ny];
    let mut faces = voxels_on_faces(mask).into_iter().zip(areas);
    faces.all(|(face, area)| {
        face.into_iter()
            .all(|voxels| voxels as f64 <= LARGEST_TOUCH * area as f64)
    })
}

/// Voxels on the six faces, those on the lower one only where they are more than a brainstem. A
/// voxel on an edge counts on each of its faces.
fn voxels_on_border(mask: &Mask) -> usize {
    let mut faces = voxels_on_faces(mask);
    let spacing = mask.grid.spacing_mm();
    let axes = Orientation::of(&mask.grid.affine);
    let ends = [axes.opposite_letters(), axes.letters()];
    for (axis, face) in faces.iter_mut().enumerate() {
        let voxel_cm2 = spacing[(axis + 1) % 3] * spacing[(axis + 2) % 3] / 100.0;
        for (end, voxels) in face.iter_mut().enumerate() {
            let lower = ends[end][axis] == 'I';
            if lower && *voxels as f64 * voxel_cm2 <= LARGEST_STEM_CM2 {
                *voxels = 0;
            }
        }
    }
    faces.iter().flatten().sum()
}

/// Voxels of the mask on the low and the high face along each axis.
fn voxels_on_faces(mask: &Mask) -> [[usize; 2]; 3] {
    let [nx, ny, nz] = mask.grid.dims;
    let mut faces = [[0; 2]; 3];
    for (row, values) in mask.data.chunks_exact(nx.max(1)).enumerate() {
        let (y, z) = (row % ny, row / ny);
        faces[0][0] += usize::from(values[0]);
        faces[0][1] += usize::from(values[nx - 1]);
        for (axis, (at, size)) in [(1, (y, ny)), (2, (z, nz))] {
            if at == 0 || at + 1 == size {
                let inside = values.iter().filter(|v| **v).count();
                faces[axis][0] += if at == 0 { inside } else { 0 };
                faces[axis][1] += if at + 1 == size { inside } else { 0 };
            }
        }
    }
    faces
}
