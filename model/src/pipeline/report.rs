//! The report of a reading.

use std::collections::BTreeMap;

use imaging::check::{Check, Level, Verdict};
use imaging::{LabelMap, Sequence, measure};

use super::classify::Answer;
use super::{Answers, Reader};
use crate::network::config::Task;
use crate::progress::Stage;
use crate::report::{
    Codeletion, DISCLAIMER, Grade, Idh, Mirrored, Preparation, Report, Standing, UNTRAINED,
    VolumesMl,
};

/// A head is confident from here on; below, nothing is derived from it.
const CONFIDENT: f32 = 0.8;

pub(super) fn compose(
    reader: &Reader,
    labels: &LabelMap,
    answers: &[Answer],
    space: Sequence,
    said: Said,
    mirrored: Option<Mirrored>,
    seconds: BTreeMap<Stage, f64>,
) -> Report {
    let Said {
        mut notes,
        verdicts,
        preparation,
        answers: wanted,
    } = said;
    let withheld = match wanted {
        Answers::WhereSound => withheld(&verdicts),
        Answers::Always => Vec::new(),
    };
    // Nobody is tempted by a number that is not there.
    let answers = if withheld.is_empty() { answers } else { &[] };
    let classes = |task: Task| {
        answers
            .iter()
            .find(|answer| answer.task == task)
            .map(|a| a.probabilities.as_slice())
    };
    let second = |task: Task| classes(task).and_then(|p| p.get(1).copied());
    let measured = reader.manifest.card.auc;
    let standing = |task: Task, established: bool| {
        let surest = classes(task).into_iter().flatten().copied();
        let surest = f64::from(surest.fold(0.0, f32::max));
        Standing {
            established,
            sure: surest >= reader.manifest.sure_from(task.name()),
        }
    };
    let idh = second(Task::Idh).map(|mutant| Idh {
        mutant,
        standing: standing(Task::Idh, measured.idh_established()),
    });
    let codeletion = second(Task::Codeletion1p19q).map(|codeleted| Codeletion {
        codeleted,
        standing: standing(Task::Codeletion1p19q, measured.codeletion_established()),
    });
    let grade = match classes(Task::Grade) {
        Some(&[two, three, four]) => Some(Grade {
            two,
            three,
            four,
            standing: standing(Task::Grade, measured.grade_established()),
        }),
        _ => None,
    };
    let trained = reader.identity.trained;
    if !trained {
        notes.insert(0, UNTRAINED.into());
    }
    Report {
        disclaimer: DISCLAIMER.into(),
        bundle: reader.identity.clone(),
        device: reader.device_words.clone(),
        space,
        checks: verdicts,
        preparation,
        withheld: if reader.manifest.network.heads.is_empty() {
            Vec::new()
        } else {
            withheld
        },
        idh,
        codeletion_1p19q: codeletion,
        grade,
        volumes_ml: volumes(labels),
        mirrored: mirrored.map(|mirrored| without_heads(mirrored, answers.is_empty())),
        derived: trained
            .then(|| derived(idh, codeletion))
            .flatten()
            .map(Into::into),
        measured,
        notes,
        seconds,
    }
}

/// What there is to say beside the answers.
pub(super) struct Said {
    /// How the scans were prepared.
    pub(super) notes: Vec<String>,
    /// What the checks found.
    pub(super) verdicts: Vec<Verdict>,
    /// What was done to the scans.
    pub(super) preparation: Preparation,
    /// Where the heads answer.
    pub(super) answers: Answers,
}

/// More tumour than this is no tumour's, whatever the brain.
const LARGEST_TUMOUR_ML: f64 = 400.0;

/// The same, as a part of the brain.
const LARGEST_PART: f64 = 0.4;

/// What is to be said of a tumour of this volume in a brain of `brain_ml`. Measure: mL.
pub(super) fn tumour(volumes: &VolumesMl, brain_ml: f64) -> Verdict {
    let most = LARGEST_TUMOUR_ML.min(LARGEST_PART * brain_ml);
    let found = volumes.wt;
    let verdict = if found == 0.0 {
        Verdict::new(Check::Tumour, Level::Note, NOTHING_FOUND)
    } else if found > most {
        let words = format!(
            "The tumour that was found has {found:.0} mL, {:.0} % of the brain: that is hardly possible.",
            100.0 * found / brain_ml.max(1e-9)
        );
        Verdict::new(Check::Tumour, Level::Doubtful, words)
    } else {
        Verdict::new(Check::Tumour, Level::Fine, "")
    };
    verdict.measured(found, most)
}

/// What is said where there is nothing to predict from.
const NOTHING_FOUND: &str = "No tumour was found.";

/// Why no head answers; empty where they do.
fn withheld(verdicts: &[Verdict]) -> Vec<String> {
    let silencing = |verdict: &&Verdict| {
        verdict.level == Level::Doubtful
            || (verdict.check == Check::Tumour && verdict.level == Level::Note)
    };
    let found = verdicts.iter().filter(silencing);
    found.map(|verdict| verdict.words.clone()).collect()
}

/// The volumes' spread alone, where no head answers.
fn without_heads(mirrored: Mirrored, silent: bool) -> Mirrored {
    if silent {
        Mirrored {
            volumes_ml: mirrored.volumes_ml,
            ..Mirrored::default()
        }
    } else {
        mirrored
    }
}

/// Volumes of a segmentation.
pub(super) fn volumes(labels: &LabelMap) -> VolumesMl {
    let volumes = measure::TumourVolumes::of(labels);
    VolumesMl {
        wt: volumes.wt,
        tc: volumes.tc,
        et: volumes.et,
    }
}

/// How far both looks lie apart.
pub(super) fn mirrored(answers: &[Answer], [one, other]: [VolumesMl; 2]) -> Mirrored {
    let of = |task: Task| {
        let answer = answers.iter().find(|answer| answer.task == task);
        answer.map(|answer| answer.spread)
    };
    let half = |a: f64, b: f64| 0.5 * (a - b).abs();
    Mirrored {
        idh: of(Task::Idh),
        codeletion_1p19q: of(Task::Codeletion1p19q),
        grade: of(Task::Grade),
        volumes_ml: VolumesMl {
            wt: half(one.wt, other.wt),
            tc: half(one.tc, other.tc),
            et: half(one.et, other.et),
        },
    }
}

/// The WHO 2021 pattern, only where the heads that it rests on are established and confident.
fn derived(idh: Option<Idh>, codeletion: Option<Codeletion>) -> Option<&'static str> {
    let idh = idh.filter(|idh| idh.standing.holds());
    let codeletion = codeletion.filter(|codeletion| codeletion.standing.holds());
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

    const HOLDS: Standing = Standing {
        established: true,
        sure: true,
    };

    fn of(mutant: f32, codeleted: f32, standings: [Standing; 2]) -> Option<&'static str> {
        let [standing, other] = standings;
        derived(
            Some(Idh { mutant, standing }),
            Some(Codeletion {
                codeleted,
                standing: other,
            }),
        )
    }

    #[test]
    fn nothing_is_derived_from_an_unsure_head() {
        let of = |mutant, codeleted| of(mutant, codeleted, [HOLDS; 2]);
        assert!(of(0.1, 0.5).is_some_and(|d| d.contains("glioblastoma")));
        assert!(of(0.9, 0.9).is_some_and(|d| d.contains("oligodendroglioma")));
        assert!(of(0.9, 0.1).is_some_and(|d| d.contains("astrocytoma")));
        assert_eq!([of(0.5, 0.9), of(0.9, 0.5)], [None, None]);
        let idh = Idh {
            mutant: 0.9,
            standing: HOLDS,
        };
        assert_eq!(derived(Some(idh), None), None);
    }

    #[test]
    fn nothing_is_derived_from_a_head_that_is_not_established() {
        let not = Standing {
            established: false,
            sure: true,
        };
        assert_eq!(of(0.1, 0.5, [not, HOLDS]), None);
        assert_eq!(of(0.9, 0.9, [HOLDS, not]), None);
        assert!(of(0.1, 0.5, [HOLDS, not]).is_some());
    }
}
