//! Scans without names are named by their pictures.

use std::path::Path;

use imaging::check::{self, Coarse, Head};
use imaging::{Sequence, parallel};

use super::case::{Case, files, folders};
use super::support;

/// How many scans of a case are named rightly, and whether that was sure.
fn named(folder: &Path, turn: usize) -> (usize, bool) {
    let names = files(folder);
    let case = Case::open(folder, names.each_ref().map(String::as_str));
    let order = [0, 1, 2, 3].map(|at| Sequence::ALL[(at + turn) % 4]);
    let heads = order.map(|sequence| {
        let series = case.0[sequence.channel()].as_ref().expect("a scan");
        Head::of(Coarse::of(series))
    });
    let heads: Vec<&Head> = heads.iter().collect();
    let (found, margin) = check::naming(&heads).expect("they can be compared");
    let right = found.iter().zip(&order).filter(|(a, b)| a == b).count();
    (right, margin > check::SURE_NAMING)
}

#[test]
fn the_samples_scans_are_told_apart_by_their_pictures_in_any_order() {
    let case = Case::sample();
    for turn in 0..4 {
        let order = [0, 1, 2, 3].map(|at| Sequence::ALL[(at + turn) % 4]);
        let heads = order
            .map(|sequence| Head::of(Coarse::of(case.0[sequence.channel()].as_ref().expect("it"))));
        let heads: Vec<&Head> = heads.iter().collect();
        let (found, margin) = check::naming(&heads).expect("they can be compared");
        assert_eq!(found, order, "by {margin}");
    }
    assert_eq!(check::naming(&[]), None);
}

/// Most of these cases are among those that the weights were fitted to; `weights.rs` has the figure of others.
#[test]
fn of_a_hundred_scans_ninety_five_are_named_rightly() {
    let Some(shared) = support::shared() else {
        return;
    };
    let mut all = folders(&shared.join("dev-cases"));
    all.extend(folders(&shared.join("expert-cases")));
    let numbered = all.into_iter().enumerate().collect();
    let found = parallel::map(numbered, |(turn, folder): (usize, std::path::PathBuf)| {
        (named(&folder, turn), folder)
    });
    let wrong: Vec<_> = found.iter().filter(|((right, _), _)| *right < 4).collect();
    let right: usize = found.iter().map(|((right, _), _)| right).sum();
    let sure_and_wrong = wrong.iter().filter(|((_, sure), _)| *sure).count();
    println!("{right} of {}; {wrong:?}", 4 * found.len());
    assert!(right * 100 >= 95 * 4 * found.len(), "{wrong:?}");
    assert!(sure_and_wrong <= 1, "{wrong:?}");
}
