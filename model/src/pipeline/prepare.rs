//! From scans as they come to scans that a network can read: checked, laid onto each other, without skull.

use std::collections::BTreeMap;

use imaging::check::Verdict;
use imaging::{Mask, Sequence, Volume};

use super::Case;
use super::align::{Aligned, align};
use super::check::check;
use super::stages::Stages;
use super::strip::strip;
use super::{Observer, check::Checked};
use crate::ModelError;
use crate::intake::Normalisation;
use crate::progress::Stage;
use crate::report::Preparation;

/// A case that was prepared, on one grid.
pub(super) struct Ready<'a> {
    /// Without the scans that show nothing.
    pub(super) case: Case<'a>,
    pub(super) aligned: Aligned<'a>,
    pub(super) brain: Mask,
    pub(super) preparation: Preparation,
    pub(super) verdicts: Vec<Verdict>,
}

/// Checks, aligns and strips; what is sound is left as it is.
///
/// # Errors
/// If the scans do not make a case, or nobody wants it any more.
pub(super) fn ready<'a>(
    case: Case<'a>,
    normalisation: Normalisation,
    as_they_are: bool,
    stages: &mut Stages<'_>,
) -> Result<Ready<'a>, ModelError> {
    stages.enter(Stage::Check)?;
    let checked = check(case, as_they_are)?;

    stages.enter(Stage::Align)?;
    let mut aligned = align(&checked, normalisation, as_they_are, stages)?;

    stages.enter(Stage::Strip)?;
    let on: &[Sequence] = match as_they_are {
        true => &[],
        false => &checked.skull_on,
    };
    let found = strip(&mut aligned, on)?;

    stages.enter(Stage::Check)?;
    let preparation = Preparation {
        moved: aligned.moved.clone(),
        stripped: found.stripped,
    };
    let mut verdicts = match preparation.is_nothing() {
        true => checked.verdicts.clone(),
        false => checked.again(&aligned),
    };
    verdicts.append(&mut aligned.verdicts);
    verdicts.extend(found.verdicts);
    let Checked { case, .. } = checked;
    Ok(Ready {
        case,
        aligned,
        brain: found.brain,
        preparation,
        verdicts,
    })
}

/// A case for other tools: four scans on one grid, without skull.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Whose grid it is, turned to RAS.
    pub reference: Sequence,
    /// In the order of [`Sequence::ALL`], 0 outside the brain.
    pub scans: [Option<Volume>; 4],
    /// On the same grid.
    pub brain: Mask,
    /// What was done.
    pub preparation: Preparation,
    /// What was noticed.
    pub checks: Vec<Verdict>,
    /// Wall seconds of each stage.
    pub seconds: BTreeMap<Stage, f64>,
}

/// Prepares a case without reading it; intensities stay as they are.
///
/// # Errors
/// If the scans do not make a case, or the observer has cancelled.
pub fn prepare(case: Case<'_>, observer: &mut dyn Observer) -> Result<Prepared, ModelError> {
    let mut stages = Stages::new(observer);
    let mut ready = ready(case, Normalisation::ZScoreBrain, false, &mut stages)?;
    for sequence in Sequence::ALL {
        ready.aligned.cut(sequence, &ready.brain);
    }
    Ok(Prepared {
        reference: ready.aligned.reference,
        scans: ready
            .aligned
            .volumes
            .map(|volume| volume.map(std::borrow::Cow::into_owned)),
        brain: ready.brain,
        preparation: ready.preparation,
        checks: ready.verdicts,
        seconds: stages.finish(),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use imaging::check::{Check, Level};
    use imaging::register::Rigid;
    use imaging::{Series, nifti};

    use super::*;
    use crate::progress::Silent;

    /// A case that ships with the page.
    fn open(sample: &str) -> [Series; 4] {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../www/samples");
        ["flair", "t1", "t1ce", "t2"].map(|name| {
            let bytes = std::fs::read(samples.join(sample).join(format!("{name}.nii.gz"))).unwrap();
            nifti::read(&bytes).unwrap()
        })
    }

    fn case(series: &[Series; 4]) -> Case<'_> {
        Case::new(series.each_ref().map(Some))
    }

    /// Means over the brain of how far two scans differ, by the first one's own mean.
    fn differ(a: &Volume, b: &Volume, brain: &Mask) -> f64 {
        let inside = (0..brain.data.len()).filter(|at| brain.data[*at]);
        let (mut apart, mut all) = (0.0, 0.0);
        for at in inside {
            apart += f64::from((a.data[at] - b.data[at]).abs());
            all += f64::from(a.data[at].abs());
        }
        apart / all
    }

    #[test]
    fn a_scan_whose_header_puts_it_elsewhere_is_laid_back_and_one_in_place_is_left_alone() {
        let sound = open("TCGA-DU-7294");
        let before = prepare(case(&sound), &mut Silent).unwrap();
        assert!(before.preparation.is_nothing(), "{:?}", before.preparation);

        let t2 = Sequence::T2.channel();
        let mut moved = sound.clone();
        let middle = moved[t2].volume.grid.centre();
        let away = Rigid::about(middle, [4.0, -6.0, 9.0], [11.0, -7.0, 5.0]).affine();
        let grid = &mut moved[t2].volume.grid;
        grid.affine = away.compose(&grid.affine);
        let after = prepare(case(&moved), &mut Silent).unwrap();
        let [one] = after.preparation.moved[..] else {
            panic!("{:?}", after.preparation);
        };
        assert_eq!((one.sequence, one.onto), (Sequence::T2, Sequence::T1ce));
        assert!((8.0..25.0).contains(&one.mm), "{one:?}");
        assert!(after.preparation.stripped.is_none());
        let doubts = after.checks.iter().filter(|v| v.level == Level::Doubtful);
        assert_eq!(doubts.count(), 0, "{:#?}", after.checks);
        let [a, b] = [&before, &after].map(|p| p.scans[t2].as_ref().unwrap());
        let far = differ(a, b, &before.brain);
        // Of interpolation alone about a twentieth is left.
        assert!(far < 0.08, "{far}");
        // And a T1 in place is the same to the last voxel.
        let t1 = Sequence::T1.channel();
        assert_eq!(before.scans[t1], after.scans[t1]);

        let mut silent = Silent;
        let mut stages = Stages::new(&mut silent);
        let left = ready(case(&moved), Normalisation::ZScoreBrain, true, &mut stages).unwrap();
        assert!(left.preparation.is_nothing());
        assert!(left.verdicts.iter().any(|v| v.level == Level::Doubtful));
    }

    #[test]
    fn raw_scans_are_moved_and_stripped_and_then_doubted_by_nobody() {
        let raw = open("TCGA-FG-6692");
        let prepared = prepare(case(&raw), &mut Silent).unwrap();
        // Found by elastix: 20, 10 and 18 mm.
        let moved: Vec<Sequence> = prepared
            .preparation
            .moved
            .iter()
            .map(|m| m.sequence)
            .collect();
        assert_eq!(moved, [Sequence::Flair, Sequence::T1, Sequence::T2]);
        let stripped = prepared.preparation.stripped.unwrap();
        assert_eq!(stripped.sequences.len(), 4);
        assert!(
            (1300.0..2000.0).contains(&stripped.brain_ml),
            "{stripped:?}"
        );
        let doubts = prepared
            .checks
            .iter()
            .filter(|v| v.level == Level::Doubtful);
        assert_eq!(doubts.count(), 0, "{:#?}", prepared.checks);
        let on = |v: &&Verdict| v.check == Check::Skull && v.matters();
        assert_eq!(prepared.checks.iter().filter(on).count(), 0);
    }
}
