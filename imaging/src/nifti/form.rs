//! Which of the header's forms places a volume, and what there is to say about the others. Methods 1
//! to 3 are those of the standard (`nifti1.h`).

use super::geometry::GeometryHeader;
use super::quaternion::from_quaternion;
use crate::{Affine, AffineSource, Forms, Grid, ImagingError, ItkForm, LengthUnit, RasPoint};

/// Most of the cosine between two axes that still counts as a right angle. ITK opens nothing beyond.
const SQUARE: f64 = 1e-4;
/// Forms that differ by less than this part of the smallest spacing are the same.
const SAME_PLACE: f64 = 0.1;

/// Where a header places its voxels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub(super) affine: Affine,
    pub(super) source: AffineSource,
    pub(super) forms: Forms,
}

/// The affine of a header in mm: the sform if it can be used, else the qform if it can be, and plain
/// spacings where neither has a code.
///
/// Some programs write a code above 0 beside an sform of zeros; the qform, which they left alone, is
/// then the only one that says anything.
pub(super) fn place(geometry: &GeometryHeader, dims: [usize; 3]) -> Result<Placed, ImagingError> {
    let in_mm = geometry.unit().in_mm();
    let scaled = |affine: Affine| Affine(affine.0.map(|row| row.map(|v| v * in_mm)));
    let form = |affine: Affine| match fault(&affine) {
        None => Ok(affine),
        Some(fault) => Err(fault),
    };
    let sform = (geometry.sform_code > 0).then(|| form(scaled(Affine(geometry.srow))));
    let qform = (geometry.qform_code > 0).then(|| form(scaled(by_qform(geometry))));
    let (affine, source) = match (sform, qform) {
        (Some(Ok(affine)), _) => (affine, AffineSource::Sform),
        (_, Some(Ok(affine))) => (affine, AffineSource::Qform),
        (Some(Err(found)), _) => return refuse("sform", found),
        (None, Some(Err(found))) => return refuse("qform", found),
        (None, None) => match form(scaled(by_spacings(geometry))) {
            Ok(affine) => (affine, AffineSource::Neither),
            Err(found) => return refuse("pixdim", found),
        },
    };
    let unusable = |form: Option<Result<Affine, &str>>| form?.err().map(str::to_owned);
    let differ_mm = match (sform, qform) {
        (Some(Ok(sform)), Some(Ok(qform))) => apart(dims, sform, qform),
        _ => None,
    };
    let forms = Forms {
        qform_code: geometry.qform_code,
        sform_code: geometry.sform_code,
        sform_unusable: unusable(sform),
        qform_unusable: unusable(qform),
        differ_mm,
        shear: Some(shear(&affine)).filter(|cosine| *cosine > SQUARE),
        itk: itk(geometry),
        pixdim_mm: Some([1, 2, 3].map(|axis| geometry.pixdim[axis].abs() * in_mm))
            .filter(|spacing| spacing.iter().all(|s| s.is_finite() && *s > 0.0)),
    };
    Ok(Placed {
        affine,
        source,
        forms,
    })
}

fn refuse<T>(field: &'static str, found: &'static str) -> Result<T, ImagingError> {
    Err(ImagingError::Affine { field, found })
}

/// Why an affine places no volume, if so.
pub(super) fn fault(affine: &Affine) -> Option<&'static str> {
    let spacing = affine.spacing_mm();
    if !affine.is_finite() || spacing.iter().any(|s| !s.is_finite()) {
        Some("holds a number that is not finite")
    } else if spacing.contains(&0.0) {
        Some("has a spacing of zero")
    } else if affine.inverse().is_none() {
        Some("flattens the volume")
    } else {
        None
    }
}

/// Method 2.
fn by_qform(geometry: &GeometryHeader) -> Affine {
    from_quaternion(
        geometry.quatern,
        geometry.qoffset,
        spacings(geometry),
        geometry.pixdim[0] < 0.0,
    )
}

/// Method 1.
fn by_spacings(geometry: &GeometryHeader) -> Affine {
    Affine::axis_aligned(spacings(geometry), RasPoint([0.0; 3]))
}

/// Spacings from `pixdim`. Their sign has no meaning (some writers put a flip there), and axes that
/// the header does not have are one unit thick.
fn spacings(geometry: &GeometryHeader) -> [f64; 3] {
    [1, 2, 3].map(|axis| {
        let spacing = geometry.pixdim[axis].abs();
        let absent = axis > geometry.axes;
        if absent && !(spacing.is_finite() && spacing > 0.0) {
            1.0
        } else {
            spacing
        }
    })
}

/// How far apart two forms place a corner, in mm, where that is more than [`SAME_PLACE`].
fn apart(dims: [usize; 3], one: Affine, other: Affine) -> Option<f64> {
    let [a, b] = [one, other].map(|affine| Grid { dims, affine }.corners(0.0));
    let most = (a.iter().zip(b)).fold(0.0_f64, |most, (a, b)| most.max(a.distance_mm(b)));
    let smallest = one.spacing_mm().into_iter().fold(f64::INFINITY, f64::min);
    (most > SAME_PLACE * smallest).then_some(most)
}

/// The largest cosine between two axes, without its sign.
fn shear(affine: &Affine) -> f64 {
    let spacing = affine.spacing_mm();
    let cosine = |(a, b): (usize, usize)| {
        let product: f64 = affine.0.iter().map(|row| row[a] * row[b]).sum();
        (product / (spacing[a] * spacing[b])).abs()
    };
    [(0, 1), (0, 2), (1, 2)]
        .map(cosine)
        .into_iter()
        .fold(0.0, f64::max)
}

/// As ITK 5.4 decides: tried out on SimpleITK 2.5 with every pair of codes from 0 to 3 beside sforms that
/// are square, sheared and zero.
fn itk(geometry: &GeometryHeader) -> ItkForm {
    let sform = Affine(geometry.srow);
    let square = fault(&sform).is_none() && shear(&sform) <= SQUARE;
    let (q, s) = (geometry.qform_code, geometry.sform_code);
    match (q > 0, s > 0) {
        (false, false) => ItkForm::Neither,
        (false, true) if square => ItkForm::Sform,
        (true, true) if square && s == 1 => ItkForm::Sform,
        (true, _) => ItkForm::Qform,
        (false, true) => ItkForm::Refused,
    }
}

/// The unit of lengths in `xyzt_units`.
pub(super) const fn unit(xyzt_units: u8) -> LengthUnit {
    match xyzt_units & 0b111 {
        1 => LengthUnit::Metre,
        2 => LengthUnit::Millimetre,
        3 => LengthUnit::Micrometre,
        _ => LengthUnit::Unknown,
    }
}
