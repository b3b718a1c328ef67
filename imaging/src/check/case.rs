//! All checks of a case, in the order in which a person should hear of them.

use super::common::Common;
use super::contrast::{Inside, layers};
use super::typical::Looks;
use super::{
    Check, Head, Level, Verdict, content, geometry, overlap, registration, related, same, sequence,
    size, skull, typical, upright,
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

    // What is no scan is compared with nothing.
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
    let inside = inside(common, &brain);
    let scans: Vec<(Sequence, &Inside)> = named(common, &inside).collect();
    let layers = layers(&brain);
    verdicts.extend(same::check(common, &inside, &brain, &layers));
    verdicts.extend(related::check(&scans, &layers));
    let looks = Looks::of(&scans, &brain, &layers);
    let named = sequence::check(&looks.contrasts);
    // Of scans under wrong names none looks like its own.
    let exchanged = named.iter().any(Verdict::matters);
    verdicts.extend(named);
    if !exchanged {
        verdicts.extend(typical::check(&looks));
    }
    verdicts
}

/// What the checks of the sequence measure, to fit their tables by; `None` where nothing is shown.
#[must_use]
pub fn looks(heads: &[(Sequence, &Head)]) -> Option<Looks> {
    let common = Common::of(heads)?;
    let brain = brain(&common);
    let inside = inside(&common, &brain);
    let scans: Vec<(Sequence, &Inside)> = named(&common, &inside).collect();
    Some(Looks::of(&scans, &brain, &layers(&brain)))
}

/// Names that [`naming`] finds likelier than any others by so much are sure enough to be offered.
pub const SURE_NAMING: f64 = 1.2;

/// The likeliest names of scans of one case that have none, by their pictures alone, and by how much (a logit) they are
/// likelier than the next. `None` of none or more than four, and where they cannot be compared.
#[must_use]
pub fn naming(heads: &[&Head]) -> Option<(Vec<Sequence>, f64)> {
    if heads.len() > Sequence::ALL.len() || heads.iter().any(|head| head.volume_ml == 0.0) {
        return None;
    }
    let named: Vec<(Sequence, &Head)> = Sequence::ALL
        .into_iter()
        .zip(heads.iter().copied())
        .collect();
    let common = Common::of(&named)?;
    let brain = brain(&common);
    let inside = inside(&common, &brain);
    let scans: Vec<&Inside> = inside.iter().collect();
    sequence::likeliest(&scans, &layers(&brain))
}

/// Each scan at the voxels of the brain.
fn inside(common: &Common<'_>, brain: &Mask) -> Vec<Inside> {
    parallel::map(common.scans.iter().collect(), |scan| {
        let values = scan.values.data.iter().zip(&brain.data);
        let values: Vec<f32> = values
            .filter(|(_, inside)| **inside)
            .map(|(v, _)| *v)
            .collect();
        Inside::of(&values)
    })
}

fn named<'a>(
    common: &'a Common<'_>,
    inside: &'a [Inside],
) -> impl Iterator<Item = (Sequence, &'a Inside)> {
    let scans = common.scans.iter().zip(inside);
    scans.map(|(scan, inside)| (scan.sequence, inside))
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
