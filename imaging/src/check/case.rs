//! All checks of a case, in the order in which a person should hear of them.

use super::common::Common;
use super::contrast::{Inside, layers};
use super::{
    Check, Head, Level, Verdict, content, geometry, overlap, registration, same, sequence, size,
    skull, upright,
};
use crate::{Mask, Sequence, parallel};

/// Looks at the scans of a case, those first that are trusted first, alone and beside each other.
#[must_use]
pub fn case(heads: &[(Sequence, &Head)]) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = heads
        .iter()
        .map(|(sequence, head)| size::check(*sequence, head))
        .collect();
    let scans: Vec<_> = heads
        .iter()
        .map(|(sequence, head)| (*sequence, &head.coarse))
        .collect();
    for (sequence, scan) in &scans {
        verdicts.extend(content::check(*sequence, scan));
    }
    verdicts.extend(geometry::check(&scans));

    // What is no scan, or of no person's size, is compared with nothing.
    let unfit = |verdict: &Verdict| {
        matches!(verdict.check, Check::Empty | Check::LabelMap) && verdict.matters()
    };
    let fit: Vec<(Sequence, &Head)> = heads
        .iter()
        .filter(|(sequence, _)| {
            !verdicts
                .iter()
                .any(|verdict| verdict.sequence == Some(*sequence) && unfit(verdict))
        })
        .copied()
        .collect();
    verdicts.extend(skulls(&fit));
    let of_size = |sequence: Sequence| {
        let sound = |verdict: &&Verdict| {
            verdict.sequence == Some(sequence) && verdict.level < Level::Doubtful
        };
        let of = |check: Check| {
            verdicts
                .iter()
                .filter(sound)
                .any(|verdict| verdict.check == check)
        };
        of(Check::Size) && of(Check::Skull)
    };
    if let Some((sequence, head)) = fit.iter().find(|(sequence, _)| of_size(*sequence)) {
        verdicts.extend(upright::check(*sequence, head));
    }
    if let Some(common) = Common::of(&fit) {
        verdicts.extend(compared(&common));
    }
    verdicts
}

fn skulls(fit: &[(Sequence, &Head)]) -> Vec<Verdict> {
    let verdict = |(sequence, head): &(Sequence, &Head)| {
        let mut others: Vec<f64> = fit
            .iter()
            .filter(|(other, _)| other != sequence)
            .map(|(_, head)| head.volume_ml)
            .collect();
        others.sort_unstable_by(f64::total_cmp);
        skull::check(*sequence, head, others.get(others.len() / 2).copied())
    };
    fit.iter().map(verdict).collect()
}

fn compared(common: &Common<'_>) -> Vec<Verdict> {
    let mut verdicts = overlap::check(common);
    let brain = brain(common);
    verdicts.extend(registration::check(common, &brain));
    let layers = layers(&brain);
    let inside = parallel::map(common.scans.iter().collect(), |scan| {
        let values = scan.values.data.iter().zip(&brain.data);
        let values: Vec<f32> = values
            .filter(|(_, inside)| **inside)
            .map(|(v, _)| *v)
            .collect();
        Inside::of(&values)
    });
    let scans: Vec<(Sequence, &Inside)> = common
        .scans
        .iter()
        .zip(&inside)
        .map(|(scan, inside)| (scan.sequence, inside))
        .collect();
    verdicts.extend(same::check(&scans));
    verdicts.extend(sequence::check(&scans, &layers));
    verdicts
}

/// The measures that the sequence check weighs, as JSON, to fit its weights by: for each scan what it says alone and of
/// each other.
#[doc(hidden)]
#[must_use]
pub fn contrasts(heads: &[(Sequence, &Head)]) -> String {
    let Some(common) = Common::of(heads) else {
        return "{}".into();
    };
    let brain = brain(&common);
    let layers = layers(&brain);
    let inside: Vec<Inside> = common
        .scans
        .iter()
        .map(|scan| {
            let values = scan.values.data.iter().zip(&brain.data);
            let values: Vec<f32> = values
                .filter(|(_, inside)| **inside)
                .map(|(v, _)| *v)
                .collect();
            Inside::of(&values)
        })
        .collect();
    let names: Vec<&str> = common
        .scans
        .iter()
        .map(|scan| scan.sequence.key())
        .collect();
    let alone: Vec<_> = inside
        .iter()
        .map(|scan| super::contrast::alone(scan, &layers))
        .collect();
    let between: Vec<Vec<_>> = inside
        .iter()
        .map(|one| {
            inside
                .iter()
                .map(|other| super::contrast::between(one, other))
                .collect()
        })
        .collect();
    format!("{{\"seqs\":{names:?},\"alone\":{alone:?},\"between\":{between:?}}}")
}

/// What at least half of the scans that could show it show, where all have voxels if that is much of it.
fn brain(common: &Common<'_>) -> Mask {
    let mut brain = common.scans[common.anchor].mask.clone();
    let mut everywhere = brain.clone();
    for at in 0..brain.data.len() {
        let asked = common.scans.iter().filter(|scan| scan.field.data[at]);
        let (mut count, mut shown) = (0, 0);
        for scan in asked {
            count += 1;
            shown += usize::from(scan.mask.data[at]);
        }
        brain.data[at] = shown > 0 && 2 * shown >= count;
        everywhere.data[at] = brain.data[at] && count == common.scans.len();
    }
    if 2 * everywhere.count() >= brain.count() {
        everywhere
    } else {
        brain
    }
}
