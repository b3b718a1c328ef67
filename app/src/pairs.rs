//! What files are by their names: models or scans, and which make one scan: a .hdr and an .img of the
//! same name in the same folder belong together.

/// Endings of bundles and of checkpoints. No scan has one of these.
const MODELS: [&str; 7] = [
    ".safetensors",
    ".pt",
    ".pth",
    ".bin",
    ".ckpt",
    ".pt.tar",
    ".pth.tar",
];

/// Whether a file is a model by its name.
#[must_use]
pub fn is_model(name: &str) -> bool {
    let lower = name.to_lowercase();
    MODELS.iter().any(|ending| lower.ends_with(ending))
}

/// Whether a file is an archive of files by its name.
#[must_use]
pub fn is_archive(path: &str) -> bool {
    path.to_lowercase().ends_with(".zip")
}

/// Whether a file may be a scan by its name.
#[must_use]
pub fn is_scan(name: &str) -> bool {
    let lower = name.to_lowercase();
    let plain = lower.strip_suffix(".gz").unwrap_or(&lower);
    [".nii", ".hdr", ".img"]
        .iter()
        .any(|ending| plain.ends_with(ending))
}

/// Endings of what lies beside scans and is none.
const NEVER_SCANS: [&str; 27] = [
    "json", "txt", "csv", "tsv", "xml", "html", "htm", "pdf", "doc", "docx", "xls", "xlsx", "md",
    "log", "bval", "bvec", "mat", "jpg", "jpeg", "png", "gif", "bmp", "exe", "inf", "ini", "js",
    "css",
];

/// Whether a file may be DICOM: its name says little, and most have no telling ending.
#[must_use]
pub fn may_be_dicom(path: &str) -> bool {
    let name = split(path).1.to_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    !is_scan(path)
        && !is_model(path)
        && !is_archive(path)
        && !NEVER_SCANS.contains(&ending)
        && name != "dicomdir"
}

/// A path's folder, empty where it has none, and its name.
#[must_use]
pub fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Indices into the paths given, one entry a scan; a pair has its header first, and both lie in one folder.
/// Order is kept.
#[must_use]
pub fn scans(paths: &[String]) -> Vec<Vec<usize>> {
    let halves: Vec<_> = paths.iter().map(|path| halve(path)).collect();
    let mut partners = vec![None; paths.len()];
    for (header, stem) in of(&halves, Half::Header) {
        // Two pairs of one name, from folders that the browser does not tell: each image is taken once.
        let free = |image: &usize| partners[*image].is_none();
        let images = of(&halves, Half::Image).filter(|(_, other)| *other == stem);
        if let Some(image) = images.map(|(image, _)| image).find(free) {
            partners[header] = Some(image);
            partners[image] = Some(header);
        }
    }
    let mut scans = Vec::new();
    for (at, partner) in partners.into_iter().enumerate() {
        match (halves[at].1, partner) {
            (Half::Image, Some(_)) => {}
            (_, partner) => scans.push([Some(at), partner].into_iter().flatten().collect()),
        }
    }
    scans
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Whole,
    Header,
    Image,
}

/// The folder, and the lower-case name without its ending.
type Stem = (String, String);

/// The places and stems of all of one kind.
fn of(halves: &[(Stem, Half)], wanted: Half) -> impl Iterator<Item = (usize, &Stem)> {
    let all = halves.iter().enumerate();
    all.filter(move |(_, (_, half))| *half == wanted)
        .map(|(at, (stem, _))| (at, stem))
}

/// The stem, and which half of a pair it is.
fn halve(path: &str) -> (Stem, Half) {
    let (folder, name) = split(path);
    let lower = name.to_lowercase();
    let plain = lower.strip_suffix(".gz").unwrap_or(&lower);
    let halves = [(".hdr", Half::Header), (".img", Half::Image)];
    let found = halves
        .iter()
        .find_map(|(ending, half)| Some((plain.strip_suffix(ending)?, *half)));
    let (stem, half) = found.unwrap_or((plain, Half::Whole));
    ((folder.to_owned(), stem.to_owned()), half)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scans_of(names: &[&str]) -> Vec<Vec<usize>> {
        scans(&names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn header_and_image_of_one_name_are_one_scan_whatever_their_order() {
        assert_eq!(
            scans_of(&["t2.img", "flair.nii.gz", "T2.HDR", "t1.hdr.gz", "t1.img.gz"]),
            [vec![1], vec![2, 0], vec![3, 4]]
        );
    }

    #[test]
    fn models_are_told_from_scans_by_their_ending() {
        for model in [
            "a.mts.safetensors",
            "Model.PT",
            "b.pth",
            "pytorch_model.bin",
            "c.pt.tar",
        ] {
            assert!(is_model(model), "{model}");
        }
        for scan in [
            "t1.nii.gz",
            "t1.hdr",
            "t1.img",
            "model.nii",
            "pt",
            "t1.tar.gz",
        ] {
            assert!(!is_model(scan), "{scan}");
        }
    }

    #[test]
    fn what_has_no_telling_name_may_be_dicom() {
        for path in [
            "a/IM0001",
            "b/1.2.840.113619.2",
            "x.dcm",
            "y.IMA",
            "z/00000012",
        ] {
            assert!(may_be_dicom(path), "{path}");
        }
        for path in [
            "a/t1.nii.gz",
            "b/DICOMDIR",
            "c/report.PDF",
            "d/t1.json",
            "e/m.pth",
        ] {
            assert!(!may_be_dicom(path), "{path}");
        }
    }

    #[test]
    fn halves_are_matched_within_their_folder() {
        let paths = ["a/t1.hdr", "b/t1.img", "b/t1.hdr", "a/t1.img"];
        assert_eq!(scans_of(&paths), [vec![0, 3], vec![2, 1]]);
        assert_eq!(scans_of(&["a/t1.hdr", "b/t1.img"]), [vec![0], vec![1]]);
        // Without folders, each image goes with one header.
        let bare = ["t1.hdr", "t1.img", "t1.hdr", "t1.img"];
        assert_eq!(scans_of(&bare), [vec![0, 1], vec![2, 3]]);
    }

    #[test]
    fn scans_are_told_from_other_files_by_their_ending() {
        for scan in ["t1.nii", "T1.NII.GZ", "a.hdr", "a.img.gz"] {
            assert!(is_scan(scan), "{scan}");
        }
        for other in ["readme.txt", "t1.dcm", "nii", "t1.nii.bak", "t1.tar.gz"] {
            assert!(!is_scan(other), "{other}");
        }
    }

    #[test]
    fn halves_of_different_scans_stay_apart() {
        assert_eq!(scans_of(&["t1.hdr", "t2.img"]), [vec![0], vec![1]]);
        assert_eq!(scans_of(&["a.nii", "a.nii"]), [vec![0], vec![1]]);
    }
}
