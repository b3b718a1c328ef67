//! dcm2niix writes a series with uneven gaps between its slices twice: as it is, and again with even ones, named `_Eq`. In the
//! first, slices lie where its header does not say.

/// Places of the files that a file of the same name with `_Eq` (or `_Eq_1`) stands beside, in the same folder.
#[must_use]
pub fn uneven_twins(paths: &[String]) -> Vec<usize> {
    let stems: Vec<String> = paths.iter().map(|path| stem(path)).collect();
    let evened: Vec<&str> = stems.iter().filter_map(|stem| even(stem)).collect();
    (0..paths.len())
        .filter(|at| evened.contains(&stems[*at].as_str()))
        .collect()
}

/// A path without its endings.
fn stem(path: &str) -> String {
    let lower = path.to_lowercase();
    let endings = [".gz", ".nii", ".hdr", ".img"];
    let mut end = path.len();
    for ending in endings {
        if lower.get(..end).is_some_and(|rest| rest.ends_with(ending)) {
            end -= ending.len();
        }
    }
    path.get(..end).unwrap_or(path).to_owned()
}

/// What an evened file is called beside its mark.
fn even(stem: &str) -> Option<&str> {
    let plain = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let plain = if plain.len() < stem.len() {
        plain.strip_suffix('_').unwrap_or(stem)
    } else {
        stem
    };
    plain.strip_suffix("_Eq").or(stem.strip_suffix("_Eq"))
}

#[cfg(test)]
mod tests {
    use super::uneven_twins;

    #[test]
    fn the_uneven_one_of_two_is_found() {
        let of = |paths: &[&str]| {
            uneven_twins(&paths.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(
            of(&["a/4_t2.nii.gz", "a/4_t2_Eq.nii.gz", "a/5_t1.nii"]),
            [0]
        );
        assert_eq!(of(&["4_t2_Eq_1.nii", "4_t2.nii"]), [1]);
        assert_eq!(of(&["a/4_t2.nii", "b/4_t2_Eq.nii"]), [0_usize; 0]);
        assert_eq!(of(&["t2_Eq.nii", "t1_12.nii", "t1.nii"]), [0_usize; 0]);
    }
}
