//! What a header's two forms say of a scan's place, where they say different things.

use serde::{Deserialize, Serialize};

/// Facts about a NIfTI header's qform and sform. Both are there where both codes are above 0.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Forms {
    /// `qform_code`.
    pub qform_code: i32,
    /// `sform_code`.
    pub sform_code: i32,
    /// Why an sform with a code above 0 places nothing, such as `has a spacing of zero`; the qform was
    /// taken instead.
    pub sform_unusable: Option<String>,
    /// The same of a qform with a code above 0; the sform was taken, as it would have been anyway.
    pub qform_unusable: Option<String>,
    /// How far apart both forms place a corner of the volume at most, in mm, where both can be used and
    /// that is more than a tenth of the smallest spacing.
    pub differ_mm: Option<f64>,
    /// The largest cosine between two axes of the form that was taken, where above 1e-4: ITK calls no
    /// such sform a place.
    pub shear: Option<f64>,
    /// Which form ITK's programs take.
    pub itk: ItkForm,
    /// The spacings in `pixdim`, in mm without sign, which ITK takes whatever the sform says; `None`
    /// where one is no spacing.
    pub pixdim_mm: Option<[f64; 3]>,
}

/// Which form ITK takes (ITK-SNAP, 3D Slicer, ANTs, c3d, SimpleITK): the qform, unless there is none
/// or the sform's code is 1, and never an sform that is sheared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ItkForm {
    /// The sform.
    Sform,
    /// The qform.
    Qform,
    /// Neither has a code: spacings along LPS from the first voxel, so turned by 180° about the head's
    /// axis against NIfTI's own rule.
    #[default]
    Neither,
    /// None: it refuses the file.
    Refused,
}
