//! Whether a scan shows anything of the brain that the others show: noise inside the right mask lies in its place by the
//! mask alone.
//!
//! Mutual information, in nats, of the eighths by brightness, at voxels well inside the brain, where no mask's edge helps.

use super::contrast::Inside;
use super::{Check, Level, Verdict};
use crate::Sequence;

/// Of 14 of the 54 BraTS cases every scan shared 0.13 with another at least; noise in the sample's mask shares 0.002.
const LEAST_NATS: f64 = 0.05;

/// Kinds of brightness, each as common as the others.
const KINDS: usize = 8;

/// The first layer, from the surface, that is far enough from it.
const CORE: u8 = 3;

/// A verdict for each scan where there are two at least: what it shares with the one that it shares most with.
pub(crate) fn check(scans: &[(Sequence, &Inside)], layers: &[u8]) -> Vec<Verdict> {
    let core: Vec<usize> = (0..layers.len()).filter(|at| layers[*at] >= CORE).collect();
    let kinds: Vec<Vec<usize>> = scans
        .iter()
        .map(|(_, scan)| core.iter().map(|at| kind(scan.ranks[*at])).collect())
        .collect();
    let verdict = |at: usize| {
        let others = (0..scans.len()).filter(|other| *other != at);
        let shared = others.map(|other| (other, information(&kinds[at], &kinds[other])));
        let (other, nats) = shared.max_by(|a, b| a.1.total_cmp(&b.1))?;
        let (sequence, against) = (scans[at].0, scans[other].0);
        let verdict = if nats < LEAST_NATS {
            let words = format!(
                "{sequence} shows nothing of what the other scans show inside the brain: it is noise, or of something else."
            );
            Verdict::new(Check::Related, Level::Doubtful, words)
        } else {
            Verdict::new(Check::Related, Level::Fine, "")
        };
        Some(
            verdict
                .of(sequence)
                .against(against)
                .measured(nats, LEAST_NATS),
        )
    };
    (0..scans.len()).filter_map(verdict).collect()
}

/// The eighth of a rank from -1 to 1.
fn kind(rank: f32) -> usize {
    (((rank + 1.0) * 0.5 * KINDS as f32) as usize).min(KINDS - 1)
}

/// Nats that two scans tell of each other.
fn information(a: &[usize], b: &[usize]) -> f64 {
    let mut joint = [[0.0_f64; KINDS]; KINDS];
    for (a, b) in a.iter().zip(b) {
        joint[*a][*b] += 1.0;
    }
    let total: f64 = joint.iter().flatten().sum();
    let row = |k: usize| joint[k].iter().sum::<f64>() / total;
    let column = |k: usize| joint.iter().map(|row| row[k]).sum::<f64>() / total;
    let mut nats = 0.0;
    for (i, counts) in joint.iter().enumerate() {
        for (j, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0.0) {
            let p = count / total;
            nats += p * (p / (row(i) * column(j))).ln();
        }
    }
    nats
}
