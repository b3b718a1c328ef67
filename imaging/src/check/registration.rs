//! Whether the scans' insides lie on each other: moved, mirrored, or of another head.
//!
//! Two scans of one head tell most of each other where they lie on each other (see `likeness`): a few small moves are
//! tried, and how far the best lies is how far they are apart. A mirrored scan tells more once it is mirrored back.
//! Scans of two heads tell nearly as much of each other when moved as when not. Scans that agree make groups; what is
//! outside the largest is named.
//!
//! Bounds come from 30 of 54 BraTS cases: of two scans of one head the nearest pair was 1.8 mm apart at most and kept
//! 0.76 of its likeness when moved; of 27 with another patient's
//! scan 1.9 mm and 0.89 at least; 30 mirrored scans told 1.4 times as much to the mirror image as after any move.

use super::common::{Common, Placed};
use super::likeness::{Moving, Pose, Still, likeness};
use super::{Check, Level, Verdict};
use crate::{Mask, Sequence, parallel};

/// From so many mm on it is noted, and doubted.
const NOTE_MM: f64 = 2.3;
const DOUBT_MM: f64 = 4.0;

/// What is left of the likeness after a move of 4 mm or 4 degrees: above this the two are not of one head.
const DOUBT_KEPT: f64 = 0.90;

/// The likeness to the mirror image against that after the best move.
const DOUBT_MIRRORED: f64 = 1.2;

/// Of scans that hardly lie on each other it cannot be told whether one is mirrored: Dice of the brains.
const LEAST_OVERLAP: f64 = 0.85;

/// T2 and T1 tell little of each other; with thick slices they seem so many mm farther apart.
const POOR_PAIR_MM: f64 = 2.0;

/// How far apart two scans are.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Apart {
    /// At the voxels of the brain, on average.
    mm: f64,
    /// See [`DOUBT_KEPT`].
    kept: f64,
    /// See [`DOUBT_MIRRORED`].
    mirrored: f64,
}

impl Apart {
    fn agrees(self, slack_mm: f64) -> bool {
        self.mm <= NOTE_MM + slack_mm && self.kept <= DOUBT_KEPT && self.mirrored <= 1.0
    }
}

/// The order in which pairs are asked: those that tell most of each other first.
const PAIRS: [[Sequence; 2]; 6] = {
    use Sequence::{Flair, T1, T1ce, T2};
    [
        [T1ce, T1],
        [T1ce, Flair],
        [Flair, T2],
        [T1, Flair],
        [T1ce, T2],
        [T1, T2],
    ]
};

/// A verdict for each scan but the group's first; none where there is one scan alone.
pub(crate) fn check(common: &Common<'_>, brain: &Mask) -> Vec<Verdict> {
    let scans = &common.scans;
    let place = |sequence| scans.iter().position(|scan| scan.sequence == sequence);
    let pairs = PAIRS.map(|[a, b]| Some([place(a)?, place(b)?]));
    let pairs: Vec<[usize; 2]> = pairs.into_iter().flatten().collect();
    let still = parallel::map(scans.iter().collect(), |scan| Still::of(scan, brain));
    let compare = |pair: &[usize; 2]| {
        let found = apart(&still[pair[0]], &scans[pair[1]]);
        (*pair, found)
    };
    // In a sound case the first three pairs join everything.
    let (first, rest) = pairs.split_at(pairs.len().min(3));
    let mut found = parallel::map(first.iter().collect(), compare);
    if groups(scans.len(), &found, scans)
        .iter()
        .any(|group| *group != 0)
    {
        found.extend(parallel::map(rest.iter().collect(), compare));
    }
    let groups = groups(scans.len(), &found, scans);
    let sound = largest(&groups, common.anchor);
    let verdict = |at: usize| judge(at, common, &groups, sound, &found);
    (0..scans.len()).filter_map(verdict).collect()
}

/// The group of each scan, by the place of its first.
fn groups(count: usize, found: &[([usize; 2], Option<Apart>)], scans: &[Placed<'_>]) -> Vec<usize> {
    let mut group: Vec<usize> = (0..count).collect();
    for ([a, b], apart) in found {
        let slack = slack_mm(count, [scans[*a].sequence, scans[*b].sequence]);
        if apart.is_some_and(|apart| apart.agrees(slack)) {
            let (keep, give) = (group[*a].min(group[*b]), group[*a].max(group[*b]));
            group
                .iter_mut()
                .filter(|g| **g == give)
                .for_each(|g| *g = keep);
        }
    }
    group
}

/// Where T2 has no FLAIR to be held against, it is judged by T1 more leniently.
fn slack_mm(count: usize, pair: [Sequence; 2]) -> f64 {
    let poor = pair.contains(&Sequence::T2) && !pair.contains(&Sequence::Flair);
    if poor && count == 2 {
        POOR_PAIR_MM
    } else {
        0.0
    }
}

/// The group with the most scans; of equals the one with the anchor.
fn largest(groups: &[usize], anchor: usize) -> usize {
    let size = |group: usize| groups.iter().filter(|g| **g == group).count();
    let best = groups.iter().map(|group| size(*group)).max().unwrap_or(0);
    let of_anchor = groups.get(anchor).copied().unwrap_or(0);
    if size(of_anchor) == best {
        return of_anchor;
    }
    groups
        .iter()
        .copied()
        .find(|group| size(*group) == best)
        .unwrap_or(of_anchor)
}

fn judge(
    at: usize,
    common: &Common<'_>,
    groups: &[usize],
    sound: usize,
    found: &[([usize; 2], Option<Apart>)],
) -> Option<Verdict> {
    let scans = &common.scans;
    let sequence = scans[at].sequence;
    let inside = groups[at] == sound;
    // Of the scans it is held against, the one that it is nearest to.
    let nearest = found
        .iter()
        .filter_map(|([a, b], apart)| {
            let other = if *a == at {
                *b
            } else if *b == at {
                *a
            } else {
                return None;
            };
            (inside || groups[other] == sound).then_some((other, (*apart)?))
        })
        .min_by(|(_, a), (_, b)| a.mm.total_cmp(&b.mm));
    let (other, apart) = nearest?;
    let against = scans[other].sequence;
    let fine = Verdict::new(Check::Registration, Level::Fine, "");
    if inside {
        return Some(
            fine.of(sequence)
                .against(against)
                .measured(apart.mm, NOTE_MM),
        );
    }
    // What every sound scan says.
    let held: Vec<Apart> = found
        .iter()
        .filter(|([a, b], _)| {
            (*a == at && groups[*b] == sound) || (*b == at && groups[*a] == sound)
        })
        .filter_map(|(_, apart)| *apart)
        .collect();
    let mm = apart.mm;
    let kept = held.iter().map(|a| a.kept).fold(f64::INFINITY, f64::min);
    let mirrored = held.iter().map(|a| a.mirrored).fold(0.0, f64::max);
    let in_place = common.overlaps[at][other] >= LEAST_OVERLAP;
    let verdict = if mirrored > DOUBT_MIRRORED && in_place {
        let words = format!(
            "{sequence} lies on the mirror image of {against}: left and right are exchanged in one of them."
        );
        Verdict::new(Check::Mirrored, Level::Doubtful, words).measured(mirrored, DOUBT_MIRRORED)
    } else if kept > DOUBT_KEPT && mm <= 2.0 * DOUBT_MM {
        let words = format!(
            "{sequence} does not fit {against}: what is inside the brain differs, as in scans of two patients or two dates."
        );
        Verdict::new(Check::Registration, Level::Doubtful, words).measured(kept, DOUBT_KEPT)
    } else {
        let level = if mm > DOUBT_MM {
            Level::Doubtful
        } else {
            Level::Note
        };
        let far = if mm > 2.0 * DOUBT_MM {
            "far".to_owned()
        } else {
            format!("about {mm:.0} mm")
        };
        let words = format!(
            "{sequence} and {against} lie {far} apart in the patient: they are not registered, or are of two patients."
        );
        Verdict::new(Check::Registration, level, words).measured(
            mm,
            if level == Level::Doubtful {
                DOUBT_MM
            } else {
                NOTE_MM
            },
        )
    };
    Some(verdict.of(sequence).against(against))
}

/// How far one scan lies from another; `None` where that cannot be asked.
fn apart(still: &Still, scan: &Placed<'_>) -> Option<Apart> {
    let moving = Moving::of(scan)?;
    let at = |pose: Pose| likeness(still, &moving, pose, false);
    let start = at([0.0; 6]);
    let gained = start - 1.0;
    let (mut pose, mut best, mut around) = ([0.0; 6], start, 0.0);
    for (round, step) in [4.0, 3.0, 2.0].into_iter().enumerate() {
        for axis in 0..6 {
            let tried = |by: f64| {
                let mut tried = pose;
                tried[axis] += by;
                (at(tried), tried)
            };
            let ((behind, _), (ahead, _)) = (tried(-step), tried(step));
            if round == 0 {
                around += (behind + ahead) / 12.0;
            }
            // The top of the parabola through the three, or a long step up where there is none.
            let bend = 2.0 * best - behind - ahead;
            let by = if bend > 1e-9 {
                (step * (ahead - behind) / (2.0 * bend)).clamp(-2.0 * step, 2.0 * step)
            } else {
                2.0 * step * (ahead - behind).signum()
            };
            let (found, there) = tried(by);
            if found > best {
                (best, pose) = (found, there);
            }
        }
        // Already on each other: finer steps would change nothing.
        if round == 0 && still.moved_mm(pose) < 1.0 {
            break;
        }
    }
    const SIDEWAYS_MM: [f64; 7] = [-9.0, -6.0, -3.0, 0.0, 3.0, 6.0, 9.0];
    let mirrored =
        SIDEWAYS_MM.map(|mm| likeness(still, &moving, [mm, 0.0, 0.0, 0.0, 0.0, 0.0], true));
    let mirrored = mirrored.into_iter().fold(f64::MIN, f64::max);
    Some(Apart {
        mm: still.moved_mm(pose),
        kept: (around - 1.0) / gained.max(1e-9),
        mirrored: (mirrored - 1.0) / (best - 1.0).max(1e-9),
    })
}
