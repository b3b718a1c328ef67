//! Where the file says that the scan lies, and whether other programs place it elsewhere.

use super::{Check, Coarse, Level, Verdict};
use crate::{AffineSource, ItkForm, Sequence};

/// A verdict on each scan's header. Measure: how far apart its two forms place a corner, in mm.
pub(crate) fn check(scans: &[(Sequence, &Coarse)]) -> Vec<Verdict> {
    let lost = |scan: &Coarse| scan.info.affine_source == AffineSource::Neither;
    // One that does not say where it lies, among others that do, lies where it happens to.
    let some_only = scans.iter().any(|(_, scan)| !lost(scan));
    scans
        .iter()
        .map(|(sequence, scan)| header(*sequence, scan, some_only).of(*sequence))
        .collect()
}

fn header(sequence: Sequence, scan: &Coarse, others_say: bool) -> Verdict {
    let forms = &scan.info.forms;
    let source = scan.info.affine_source;
    if source == AffineSource::Neither {
        let level = if others_say {
            Level::Doubtful
        } else {
            Level::Note
        };
        let words = format!(
            "The header of {sequence} does not say where the scan lies: its orientation, and so left and right, are a guess."
        );
        return Verdict::new(Check::Geometry, level, words);
    }
    let note = |words: String| Verdict::new(Check::Geometry, Level::Note, words);
    if let Some(mm) = forms.differ_mm {
        let taken = name(source);
        let elsewhere = match (source, forms.itk) {
            (AffineSource::Sform, ItkForm::Qform) => {
                " ITK-SNAP and 3D Slicer place it by its qform."
            }
            (AffineSource::Qform, ItkForm::Sform) => {
                " ITK-SNAP and 3D Slicer place it by its sform."
            }
            _ => "",
        };
        return note(format!(
            "The header of {sequence} says twice where the scan lies, {mm:.1} mm apart; its {taken} was taken.{elsewhere}"
        ))
        .measured(mm, 0.0);
    }
    if let Some(why) = &forms.sform_unusable {
        return note(format!(
            "The sform in the header of {sequence} {why}; the scan was placed by its qform."
        ));
    }
    if let Some(why) = &forms.qform_unusable {
        return note(format!(
            "The qform in the header of {sequence} {why}; the scan was placed by its sform."
        ));
    }
    if let Some(cosine) = forms.shear {
        return note(format!(
            "The header of {sequence} shears the scan (a cosine of {cosine:.4} between its axes); it is placed so."
        ));
    }
    Verdict::new(Check::Geometry, Level::Fine, "")
}

fn name(source: AffineSource) -> &'static str {
    match source {
        AffineSource::Sform => "sform",
        AffineSource::Qform => "qform",
        AffineSource::Neither => "spacing",
        AffineSource::Dicom => "slices",
    }
}
