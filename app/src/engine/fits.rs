//! Whether scans that joined an open case fit it: two patients must not become one case.

use imaging::Sequence;
use imaging::check::{self, Check, Head, Level, Verdict};

use crate::protocol::SeriesId;

/// Of the scans that `came`, those that do not lie on the others of the case, and why, each once.
#[must_use]
pub fn misfits(
    mut case: Vec<(Sequence, SeriesId, &Head)>,
    came: &[SeriesId],
) -> Vec<(SeriesId, String)> {
    // The first are trusted first.
    case.sort_by_key(|(_, id, _)| came.contains(id));
    let ids: Vec<(Sequence, SeriesId)> = case.iter().map(|(s, id, _)| (*s, *id)).collect();
    let heads: Vec<(Sequence, &Head)> = case.into_iter().map(|(s, _, head)| (s, head)).collect();
    let is_of_place = |verdict: &Verdict| {
        verdict.level == Level::Doubtful
            && matches!(
                verdict.check,
                Check::Overlap | Check::Registration | Check::Mirrored
            )
    };
    let mut misfits: Vec<(SeriesId, String)> = Vec::new();
    for verdict in check::case(&heads).into_iter().filter(is_of_place) {
        let named = [verdict.sequence, verdict.against].into_iter().flatten();
        let found = named
            .filter_map(|named| ids.iter().find(|(sequence, _)| *sequence == named))
            .find(|(_, id)| came.contains(id) && misfits.iter().all(|(known, _)| known != id));
        if let Some((_, id)) = found {
            misfits.push((*id, verdict.words));
        }
    }
    misfits
}

#[cfg(test)]
mod tests {
    use super::*;
    use imaging::check::Coarse;
    use imaging::{Affine, Grid, RasPoint, Volume, nifti};

    /// A head-sized ellipsoid of 3 mm voxels with a texture of its own, `off_mm` to the right.
    fn scan(texture: f64, off_mm: f64) -> Head {
        let affine = Affine::axis_aligned([3.0; 3], RasPoint([-120.0; 3]));
        let dims = [80, 80, 80];
        let grid = Grid { dims, affine };
        let value = |at: usize| {
            let RasPoint([x, y, z]) = affine.apply(grid.index_of(at).into());
            let x = x - off_mm;
            let r = (x / 65.0).powi(2) + (y / 82.0).powi(2) + (z / 62.0).powi(2);
            let inside = 400.0
                + 60.0 * (x / texture).sin()
                + 50.0 * (y / 9.0).sin()
                + 40.0 * (z / 11.0).cos();
            if r < 1.0 { inside as f32 } else { 0.0 }
        };
        let data = (0..grid.voxel_count()).map(value).collect();
        let file = nifti::write_volume(&Volume { grid, data }, None).expect("a file");
        Head::of(Coarse::of(&nifti::read(&file).expect("a scan")))
    }

    #[test]
    fn a_scan_beside_the_others_is_named_and_one_upon_them_is_not() {
        let (t1, flair) = (scan(7.0, 0.0), scan(8.0, 0.0));
        let (on, off) = (scan(9.0, 0.0), scan(9.0, 40.0));
        let of = |t2| {
            let case = vec![
                (Sequence::T2, SeriesId(3), t2),
                (Sequence::T1, SeriesId(1), &t1),
                (Sequence::Flair, SeriesId(2), &flair),
            ];
            misfits(case, &[SeriesId(3)])
        };
        assert_eq!(of(&on), []);
        let found = of(&off);
        assert!(found.len() == 1 && found[0].0 == SeriesId(3), "{found:?}");
        assert!(found[0].1.contains("T2"), "{found:?}");
    }
}
