//! Folds and held-out cohorts.

use std::collections::{BTreeMap, HashMap};

use mts_unet::cohort::{CaseRow, folds, leave_out};

/// 103 patients of three cohorts with several labels; every seventh has two cases.
fn rows() -> Vec<CaseRow> {
    let mut rows = Vec::new();
    for i in 0..103_usize {
        let cohort = ["A", "B", "C"][i * i % 7 % 3];
        let mut row = CaseRow::new(format!("case{i}"), format!("patient{i}"), cohort);
        row.idh_mutant = [Some(true), Some(false), None, Some(true)][i % 4];
        row.grade = [Some(2), Some(3), Some(4)][i % 3];
        if i % 7 == 0 {
            let second = CaseRow {
                case: format!("case{i}b"),
                ..row.clone()
            };
            rows.push(second);
        }
        rows.push(row);
    }
    rows
}

#[test]
fn a_patient_is_in_one_fold() {
    let rows = rows();
    let folds = folds(&rows, 5);
    let mut of: HashMap<&str, usize> = HashMap::new();
    for (row, fold) in rows.iter().zip(folds) {
        assert!(fold < 5);
        assert_eq!(*of.entry(&row.patient).or_insert(fold), fold);
    }
}

#[test]
fn every_stratum_is_spread_to_within_one_patient() {
    let rows: Vec<_> = rows()
        .into_iter()
        .filter(|r| !r.case.ends_with('b'))
        .collect();
    let folds = folds(&rows, 5);
    let mut counts: BTreeMap<String, [usize; 5]> = BTreeMap::new();
    for (row, fold) in rows.iter().zip(folds) {
        for key in [
            "all".to_owned(),
            row.cohort.clone(),
            format!("{} {:?}", row.cohort, row.idh_mutant),
            format!("{} {:?} {:?}", row.cohort, row.idh_mutant, row.grade),
        ] {
            counts.entry(key).or_default()[fold] += 1;
        }
    }
    for (key, counts) in counts {
        let (least, most) = (counts.iter().min(), counts.iter().max());
        assert!(most.unwrap() - least.unwrap() <= 1, "{key}: {counts:?}");
    }
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let rows = rows();
    let by_case = |rows: &[CaseRow]| -> BTreeMap<String, usize> {
        rows.iter()
            .map(|r| r.case.clone())
            .zip(folds(rows, 4))
            .collect()
    };
    let mut reversed = rows.clone();
    reversed.reverse();
    assert_eq!(by_case(&rows), by_case(&reversed));
    // And never changes: a fold is part of what was reported.
    assert_eq!(folds(&rows[..8], 3), [0, 0, 0, 2, 2, 0, 1, 1]);
    assert_eq!(folds(&rows[..2], 0), [0, 0]);
}

#[test]
fn a_cohort_is_held_out_with_its_patients_elsewhere() {
    let mut rows = rows();
    rows[3].patient = "shared".into();
    let mut elsewhere = CaseRow::new("again", "shared", "D");
    elsewhere.grade = Some(2);
    rows.push(elsewhere);
    let cohort = rows[3].cohort.clone();
    let left = leave_out(&rows, &cohort).expect("it is there");
    assert!(left.held_out.iter().all(|&i| rows[i].cohort == cohort));
    assert!(left.train.iter().all(|&i| rows[i].cohort != cohort));
    assert!(!left.train.contains(&(rows.len() - 1)));
    assert_eq!(left.train.len() + left.held_out.len() + 1, rows.len());
    let unknown = leave_out(&rows, "Z")
        .expect_err("no such cohort")
        .to_string();
    assert_eq!(
        unknown,
        r#"no case is of the cohort "Z"; there are A, B, C, D"#
    );
}
