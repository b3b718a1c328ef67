//! What we write, opened by the libraries behind other programs: nibabel (FSL's rule: the sform first) and
//! SimpleITK (ITK-SNAP's, 3D Slicer's and ANTs' rule). Needs a Python that has both: `GLIOSCOPE_PYTHON`
//! names it, else `python3` is tried.

#[path = "support/placed.rs"]
mod placed;
mod support;

use imaging::{ItkForm, LabelMap, nifti};
use std::path::{Path, PathBuf};
use std::process::Command;

/// For each pair of files one line: whether nibabel says the same of both, whether ITK does, and where ITK
/// has the first voxel in RAS (nothing where it refuses). nibabel refuses a scan whose quaternion is too
/// long, and places none whose sform is singular; their labels it has to place.
const SCRIPT: &str = r#"
import sys
import nibabel, numpy
import SimpleITK as itk

numpy.seterr(all="ignore")

def by_nibabel(path):
    try:
        image = nibabel.load(path)
    except ValueError as error:
        assert "w2 should be positive" in str(error) and path.endswith("scan.nii")
        return None
    if abs(numpy.linalg.det(image.affine)) < 1e-6:
        assert path.endswith("scan.nii")
        return None
    fields = ["qform_code", "sform_code", "quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y",
              "qoffset_z", "srow_x", "srow_y", "srow_z", "pixdim", "xyzt_units"]
    placed = [numpy.asarray(image.header[f], numpy.float32).tobytes() for f in fields]
    return [image.affine.tobytes(), image.shape, placed]

def by_itk(path):
    try:
        image = itk.ReadImage(path)
    except RuntimeError:
        return None
    numbers = [*image.GetSize(), *image.GetOrigin(), *image.GetSpacing(), *image.GetDirection()]
    return numpy.array(numbers), image.GetOrigin()

def same(one, other):
    if one is None or other is None:
        return one is other
    return numpy.allclose(one[0], other[0], rtol=0, atol=1e-9, equal_nan=True)

paths = sys.argv[1:]
for scan, labels in zip(paths[::2], paths[1::2]):
    one, other = by_itk(scan), by_itk(labels)
    assert itk.ReadImage(labels).GetPixelID() == itk.sitkUInt8 if other else True
    first = [-one[1][0], -one[1][1], *one[1][2:]] if one else []
    here, there = by_nibabel(scan), by_nibabel(labels)
    print(here is None or here == there, same(one, other), *first)
"#;

/// A Python with both libraries; says so where there is none.
fn python() -> Option<String> {
    let python = std::env::var("GLIOSCOPE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let both = "import nibabel, SimpleITK";
    let found = Command::new(&python).args(["-c", both]).output();
    if found.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    println!("skipped: {python} has no nibabel or no SimpleITK");
    None
}

/// Writes a scan and labels over it, and gives both paths.
fn written(folder: &Path, number: usize, scan: &[u8]) -> [PathBuf; 2] {
    let paths = ["scan.nii", "labels.nii.gz"].map(|name| folder.join(format!("{number}-{name}")));
    let series = nifti::read(scan).expect("valid");
    let labels = LabelMap::filled(series.volume.grid, 1);
    let labels = nifti::write_labels(&labels, &[(1, "core")], "", series.geometry.as_ref());
    std::fs::write(&paths[0], scan).expect("a scan");
    std::fs::write(&paths[1], labels.expect("its own grid")).expect("labels");
    paths
}

#[test]
fn nibabel_and_itk_show_labels_where_they_show_the_scan() {
    let Some(python) = python() else {
        return;
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs");
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut scans = Vec::new();
    for (name, file) in placed::files() {
        scans.push((format!("{name}, big-endian"), file.clone().big_endian()));
        for (q, s) in [(0, 1), (1, 0), (1, 1), (1, 2), (2, 1)] {
            let mut coded = file.clone();
            (coded.qform_code, coded.sform_code) = (q, s);
            scans.push((format!("{name}, codes {q} and {s}"), coded));
        }
        scans.push((name.to_owned(), file));
    }
    scans.push(("rounded up".to_owned(), placed::rounded_up()));
    for file in placed::no_sform() {
        scans.push(("no sform".to_owned(), file));
    }
    // Some have no form left that could be used; those are refused, and tested elsewhere.
    scans.retain(|(_, file)| nifti::read(&file.bytes()).is_ok());
    assert!(scans.len() > 50, "{}", scans.len());
    let paths: Vec<PathBuf> = (scans.iter().enumerate())
        .flat_map(|(number, (_, file))| written(&folder, number, &file.bytes()))
        .collect();
    let output = Command::new(python)
        .args(["-c", SCRIPT])
        .args(&paths)
        .output()
        .expect("it ran before");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{wrong}");
    assert_eq!(said.lines().count(), scans.len(), "{said}");
    for (line, (name, file)) in said.lines().zip(&scans) {
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words[..2], ["True", "True"], "{name}: nibabel, ITK");
        let first: Vec<f64> = (words[2..].iter())
            .map(|word| word.parse().expect("a number"))
            .collect();
        let forms = nifti::read(&file.bytes()).expect("valid").info.forms;
        let in_mm = if file.units == 1 { 1000.0 } else { 1.0 };
        let expected = match forms.itk {
            ItkForm::Sform => [0, 1, 2].map(|row| file.srow[row][3] * in_mm).to_vec(),
            ItkForm::Qform => file.qoffset.map(|v| v * in_mm).to_vec(),
            ItkForm::Neither => vec![0.0; 3],
            ItkForm::Refused => vec![],
        };
        // A picture of two axes has two numbers.
        assert_eq!(first.is_empty(), expected.is_empty(), "{name}: {first:?}");
        for (found, expected) in first.iter().zip(expected).filter(|(_, e)| e.is_finite()) {
            let tolerance = 1e-3 * in_mm;
            assert!((found - expected).abs() < tolerance, "{name}: {first:?}");
        }
    }
}
