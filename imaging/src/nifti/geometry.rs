//! Where a scan lies in its file's own words, kept so that an answer can be written in the same ones.
//!
//! Programs choose differently between qform and sform. Labels lie where the scan lies in all of them
//! only if both forms, both codes and the spacings stand in the labels' header as they do in the scan's.

use super::form;
use crate::{Affine, Grid, LengthUnit};

/// The header fields that place a volume, unchecked, under NIfTI's names. Read from NIfTI-1 (whose
/// `f32` are kept exactly) or NIfTI-2, in any byte order; written as NIfTI-1.
#[derive(Debug, Clone)]
pub struct GeometryHeader {
    /// `dim[0]`, at most 3.
    pub(super) axes: usize,
    /// `pixdim`, qfac first.
    pub(super) pixdim: [f64; 8],
    pub(super) xyzt_units: u8,
    pub(super) qform_code: i32,
    pub(super) sform_code: i32,
    /// `quatern_b`, `quatern_c`, `quatern_d`.
    pub(super) quatern: [f64; 3],
    /// `qoffset_x`, `qoffset_y`, `qoffset_z`.
    pub(super) qoffset: [f64; 3],
    /// `srow_x`, `srow_y`, `srow_z`.
    pub(super) srow: [[f64; 4]; 3],
}

impl GeometryHeader {
    /// Whether these fields place a volume on just this grid, as our reader takes them.
    #[must_use]
    pub fn places(&self, grid: &Grid) -> bool {
        form::place(self, grid.dims).is_ok_and(|placed| {
            let affine = placed.affine;
            let dims = grid.dims;
            Grid { dims, affine }.is_close(grid)
        })
    }

    /// The code that stands over the sform where these fields are written: 0 where it places nothing, so
    /// that whoever takes the sform first (nibabel, FSL, FreeSurfer) comes to the qform, as we did.
    pub(super) fn sform_code_to_write(&self) -> i32 {
        match form::fault(&Affine(self.srow)) {
            None => self.sform_code,
            Some(_) => self.sform_code.min(0),
        }
    }

    pub(super) const fn unit(&self) -> LengthUnit {
        form::unit(self.xyzt_units)
    }

    /// Every number's bits, since a form that nobody uses may hold NaN.
    fn bits(&self) -> impl Iterator<Item = u64> {
        let numbers = self.pixdim.into_iter().chain(self.quatern);
        let numbers = numbers
            .chain(self.qoffset)
            .chain(self.srow.into_iter().flatten());
        numbers.map(f64::to_bits)
    }
}

impl PartialEq for GeometryHeader {
    fn eq(&self, other: &Self) -> bool {
        let whole = |g: &Self| (g.axes, g.xyzt_units, g.qform_code, g.sform_code);
        whole(self) == whole(other) && self.bits().eq(other.bits())
    }
}
