//! What files are by their names: models or scans, and which make one scan: a .hdr and an .img of the
//! same name belong together.

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

/// Indices into the names given, one entry a scan; a pair has its header first. Order is kept.
#[must_use]
pub fn scans(names: &[String]) -> Vec<Vec<usize>> {
    let split: Vec<(String, Half)> = names.iter().map(|name| halve(name)).collect();
    let partner = |at: usize, wanted: Half| {
        let stem = &split[at].0;
        (split.iter()).position(|(other, half)| *half == wanted && other == stem)
    };
    let mut scans = Vec::new();
    for (at, (_, half)) in split.iter().enumerate() {
        match half {
            Half::Whole => scans.push(vec![at]),
            Half::Header => match partner(at, Half::Image) {
                Some(image) => scans.push(vec![at, image]),
                None => scans.push(vec![at]),
            },
            Half::Image if partner(at, Half::Header).is_some() => {}
            Half::Image => scans.push(vec![at]),
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

/// The lower-case name without its ending, and which half of a pair it is.
fn halve(name: &str) -> (String, Half) {
    let lower = name.to_lowercase();
    let plain = lower.strip_suffix(".gz").unwrap_or(&lower);
    for (ending, half) in [(".hdr", Half::Header), (".img", Half::Image)] {
        if let Some(stem) = plain.strip_suffix(ending) {
            return (stem.to_owned(), half);
        }
    }
    (plain.to_owned(), Half::Whole)
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
    fn halves_of_different_scans_stay_apart() {
        assert_eq!(scans_of(&["t1.hdr", "t2.img"]), [vec![0], vec![1]]);
        assert_eq!(scans_of(&["a.nii", "a.nii"]), [vec![0], vec![1]]);
    }
}
