//! Files that say where they lie in every way that was met.

use crate::support::{File, oblique};

/// A half turn whose quaternion is longer than 1 by rounding.
pub(crate) fn rounded_up() -> File {
    File {
        sform_code: 0,
        qform_code: 1,
        quatern: [0.0, 0.0, 1.000_000_5],
        qoffset: [1.1, 2.2, 3.3],
        ..File::small()
    }
}

/// sforms with a code that place nothing, beside a sound qform.
pub(crate) fn no_sform() -> [File; 2] {
    let base = File {
        qform_code: 1,
        sform_code: 1,
        quatern: [0.0, 0.0, 1.0],
        qoffset: [1.1, 2.2, 3.3],
        ..File::small()
    };
    let mut flat = base.clone();
    flat.srow.iter_mut().for_each(|row| row[2] = 0.0);
    let srow = [[0.0; 4]; 3];
    [File { srow, ..base }, flat]
}

/// Files whose forms say one thing, two, or nothing.
pub(crate) fn files() -> Vec<(&'static str, File)> {
    let small = || File {
        pixdim: [-1.0, 2.0, 3.0, 4.0, 0.0, 7.5, 1.0, 0.0],
        qform_code: 1,
        sform_code: 4,
        quatern: [0.1, -0.2, 0.3],
        qoffset: [1.1, 2.2, 3.3],
        units: 2 | 8,
        ..File::small()
    };
    let with = |change: fn(&mut File)| {
        let mut file = small();
        change(&mut file);
        file
    };
    vec![
        ("forms that differ", small()),
        (
            "sform sheared",
            with(|f| {
                f.srow[0][1] = 0.01;
                f.quatern = [0.0, 0.0, 1.0];
            }),
        ),
        ("no form", with(|f| (f.qform_code, f.sform_code) = (0, 0))),
        (
            "qform no number",
            with(|f| {
                f.quatern = [f64::NAN; 3];
                f.qoffset = [f64::INFINITY; 3];
            }),
        ),
        (
            "qform alone, spacings with signs",
            with(|f| {
                f.sform_code = 0;
                f.srow = oblique().0;
                f.pixdim = [0.0, -2.0, -3.0, 4.0, 1.0, 1.0, 1.0, 1.0];
            }),
        ),
        ("in metres", with(|f| f.units = 1)),
        ("units not said", with(|f| f.units = 0)),
        (
            "a single slice",
            with(|f| {
                f.dim = vec![2, 12, 5];
                f.sform_code = 0;
                f.pixdim[3] = 0.0;
            }),
        ),
    ]
}
