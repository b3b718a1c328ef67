//! The report of a reading.

use std::collections::BTreeMap;

use imaging::{LabelMap, Sequence, measure};

use super::Reader;
use super::classify::Answer;
use crate::network::config::Task;
use crate::progress::Stage;
use crate::report::{Codeletion, DISCLAIMER, Grade, Idh, Report, UNTRAINED, VolumesMl};

/// A head is confident from here on; below, nothing is derived from it.
const CONFIDENT: f32 = 0.8;

pub(super) fn compose(
    reader: &Reader,
    labels: &LabelMap,
    answers: &[Answer],
    space: Sequence,
    mut notes: Vec<String>,
    seconds: BTreeMap<Stage, f64>,
) -> Report {
    let classes = |task: Task| {
        answers
            .iter()
            .find(|answer| answer.task == task)
            .map(|a| a.probabilities.as_slice())
    };
    let second = |task: Task| classes(task).and_then(|p| p.get(1).copied());
    let idh = second(Task::Idh).map(|mutant| Idh { mutant });
    let codeletion = second(Task::Codeletion1p19q).map(|codeleted| Codeletion { codeleted });
    let grade = match classes(Task::Grade) {
        Some(&[two, three, four]) => Some(Grade { two, three, four }),
        _ => None,
    };
    let trained = reader.identity.trained;
    if !trained {
        notes.insert(0, UNTRAINED.into());
    }
    let volumes = measure::TumourVolumes::of(labels);
    Report {
        disclaimer: DISCLAIMER.into(),
        bundle: reader.identity.clone(),
        device: reader.device_words.clone(),
        space,
        idh,
        codeletion_1p19q: codeletion,
        grade,
        volumes_ml: VolumesMl {
            wt: volumes.wt,
            tc: volumes.tc,
            et: volumes.et,
        },
        derived: trained
            .then(|| derived(idh, codeletion))
            .flatten()
            .map(Into::into),
        measured: reader.manifest.card.auc,
        notes,
        seconds,
    }
}

/// The WHO 2021 pattern, only where the heads that it rests on are confident.
fn derived(idh: Option<Idh>, codeletion: Option<Codeletion>) -> Option<&'static str> {
    let mutant = idh?.mutant;
    if mutant <= 1.0 - CONFIDENT {
        return Some("IDH-wildtype: glioblastoma pattern");
    }
    if mutant < CONFIDENT {
        return None;
    }
    match codeletion?.codeleted {
        p if p >= CONFIDENT => Some("IDH-mutant and 1p/19q-codeleted: oligodendroglioma pattern"),
        p if p <= 1.0 - CONFIDENT => Some("IDH-mutant and 1p/19q-intact: astrocytoma pattern"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_derived_from_an_unsure_head() {
        let of = |mutant, codeleted| derived(Some(Idh { mutant }), Some(Codeletion { codeleted }));
        assert!(of(0.1, 0.5).is_some_and(|d| d.contains("glioblastoma")));
        assert!(of(0.9, 0.9).is_some_and(|d| d.contains("oligodendroglioma")));
        assert!(of(0.9, 0.1).is_some_and(|d| d.contains("astrocytoma")));
        assert_eq!([of(0.5, 0.9), of(0.9, 0.5)], [None, None]);
        assert_eq!(derived(Some(Idh { mutant: 0.9 }), None), None);
    }
}
