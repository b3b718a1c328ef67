//! Patients dealt out: folds for cross-validation, and a whole cohort held out.

use std::collections::{BTreeMap, BTreeSet};

use super::{CaseRow, CohortError};

/// What makes patients alike, in the order in which they are dealt. Whether core and enhancing tumour
/// are known comes first after the cohort, so that the few cases with expert parts are spread as evenly
/// as the many without.
type Stratum<'a> = (
    &'a str,
    bool,
    Option<bool>,
    Option<u8>,
    Option<bool>,
    u64,
    &'a str,
);

/// The fold of each row, 0 to `k` − 1 (`k` of 0 counts as 1). All rows of a patient are in one fold.
///
/// The same rows give the same folds on every machine, whatever their order: patients are sorted by
/// cohort, by whether their segmentation tells parts, by IDH, grade and 1p/19q and then by a hash of
/// their name, and dealt like cards. So each cohort and each label is spread over the folds to within
/// one patient, and folds differ in size by one patient at most.
#[must_use]
pub fn folds(rows: &[CaseRow], k: usize) -> Vec<usize> {
    let mut patients: BTreeMap<&str, Stratum<'_>> = BTreeMap::new();
    for row in rows {
        let stratum = stratum(row);
        // Of a patient's rows the first in order speaks, so that the order of rows does not matter.
        patients
            .entry(&row.patient)
            .and_modify(|s| *s = (*s).min(stratum))
            .or_insert(stratum);
    }
    let sorted: BTreeMap<Stratum<'_>, &str> = patients.into_iter().map(|(p, s)| (s, p)).collect();
    let dealt = dealt(sorted.into_values(), k);
    rows.iter().map(|row| dealt[row.patient.as_str()]).collect()
}

/// Patients dealt out like cards, in their order: the fold of each, 0 to `k` − 1 (`k` of 0 counts as 1).
pub(crate) fn dealt<'a>(
    patients: impl Iterator<Item = &'a str>,
    k: usize,
) -> BTreeMap<&'a str, usize> {
    let places = patients.enumerate();
    places
        .map(|(place, patient)| (patient, place % k.max(1)))
        .collect()
}

/// Rows by place: what may be learnt from, and what is held out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Rows of other cohorts, without patients of the one held out.
    pub train: Vec<usize>,
    /// Rows of the cohort.
    pub held_out: Vec<usize>,
}

/// Holds a whole cohort out. A patient who is in it is not learnt from elsewhere either.
///
/// # Errors
/// [`CohortError::UnknownCohort`] if no row is of it.
pub fn leave_out(rows: &[CaseRow], cohort: &str) -> Result<LeftOut, CohortError> {
    let of_cohort = rows.iter().filter(|row| row.cohort == cohort);
    let patients: BTreeSet<&str> = of_cohort.map(|row| row.patient.as_str()).collect();
    if patients.is_empty() {
        let cohorts: BTreeSet<&String> = rows.iter().map(|row| &row.cohort).collect();
        return Err(CohortError::UnknownCohort {
            found: cohort.to_owned(),
            cohorts: cohorts.into_iter().cloned().collect(),
        });
    }
    let places = |wanted: &dyn Fn(&CaseRow) -> bool| {
        (0..rows.len())
            .filter(|&place| wanted(&rows[place]))
            .collect()
    };
    Ok(LeftOut {
        train: places(&|row| !patients.contains(row.patient.as_str())),
        held_out: places(&|row| row.cohort == cohort),
    })
}

fn stratum(row: &CaseRow) -> Stratum<'_> {
    (
        &row.cohort,
        row.seg.as_ref().is_some_and(|seg| seg.scheme.tells_parts()),
        row.idh_mutant,
        row.grade,
        row.codeleted_1p19q,
        hash(&row.patient),
        &row.patient,
    )
}

/// FNV-1a, 64 bit: the standard library's hash may change with its version.
pub(crate) fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(hash(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash("foobar"), 0x8594_4171_f739_67e8);
    }
}
