//! Which series is which sequence, and what is still missing before a case can be read.

use imaging::Sequence;
use imaging::recognise::Kind;

use crate::protocol::SeriesId;

/// A series for each sequence, or none yet. No series ever stands for two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assignment([Option<SeriesId>; 4]);

impl Assignment {
    /// The series of a sequence.
    #[must_use]
    pub fn get(&self, sequence: Sequence) -> Option<SeriesId> {
        self.0[sequence.channel()]
    }

    /// The sequence of a series.
    #[must_use]
    pub fn sequence_of(&self, id: SeriesId) -> Option<Sequence> {
        (Sequence::ALL.into_iter()).find(|sequence| self.get(*sequence) == Some(id))
    }

    /// Gives `sequence` a series. A series that stood elsewhere changes places with the one it
    /// replaces, so that correcting one mistake corrects both.
    pub fn set(&mut self, sequence: Sequence, id: Option<SeriesId>) {
        let before = self.get(sequence);
        if let Some(other) = id.and_then(|id| self.sequence_of(id)) {
            self.0[other.channel()] = before;
        }
        self.0[sequence.channel()] = id;
    }

    /// Takes a guess where nothing stands in its way.
    pub fn suggest(&mut self, sequence: Sequence, id: SeriesId) {
        if self.get(sequence).is_none() && self.sequence_of(id).is_none() {
            self.set(sequence, Some(id));
        }
    }

    /// Forgets a series.
    pub fn forget(&mut self, id: SeriesId) {
        for slot in &mut self.0 {
            if *slot == Some(id) {
                *slot = None;
            }
        }
    }

    /// With one sequence and one series left over, they belong together; a series that is of another kind is
    /// never taken for it.
    pub fn fill_last(&mut self, series: &[(SeriesId, Option<Kind>)]) {
        let free: Vec<SeriesId> = (series.iter())
            .filter(|(id, kind)| kind.is_none() && self.sequence_of(*id).is_none())
            .map(|(id, _)| *id)
            .collect();
        if let ([sequence], [id]) = (self.missing().as_slice(), free.as_slice()) {
            self.set(*sequence, Some(*id));
        }
    }

    /// Sequences without a series.
    #[must_use]
    pub fn missing(&self) -> Vec<Sequence> {
        (Sequence::ALL.into_iter())
            .filter(|sequence| self.get(*sequence).is_none())
            .collect()
    }

    /// The series in the order of [`Sequence::ALL`].
    #[must_use]
    pub fn series(&self) -> [Option<SeriesId>; 4] {
        self.0
    }

    /// Whether none is missing.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.0.iter().all(Option::is_some)
    }

    /// Whether it can be read as it is: whole, or [without](Self::without) a part.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.missing().len() <= 2
    }

    /// What would be done without, if it were read as it is; `None` where nothing is missing, or more
    /// than a reading should do without: two of the four.
    #[must_use]
    pub fn without(&self) -> Option<String> {
        let missing = self.missing();
        matches!(missing.len(), 1 | 2).then(|| list(&missing))
    }

    /// What is missing of so many scans that may be one of the four, as a sentence and what to do; `None` once
    /// complete.
    #[must_use]
    pub fn gap(&self, loaded: usize) -> Option<(String, String)> {
        let missing = self.missing();
        if missing.is_empty() {
            return None;
        }
        let names = list(&missing);
        let verb = if missing.len() == 1 { "is" } else { "are" };
        Some(if loaded < 4 {
            (
                format!("{loaded} of 4 scans loaded: {names} {verb} missing."),
                if missing.len() <= 2 {
                    "Add what is missing, or read without; what is here stays.".to_owned()
                } else {
                    "Add what is missing; what is here stays.".to_owned()
                },
            )
        } else {
            (
                format!("{names} {verb} not chosen yet."),
                "Choose the scan in the list under each picture.".to_owned(),
            )
        })
    }
}

/// `T1, T1ce and T2`.
fn list(sequences: &[Sequence]) -> String {
    let names: Vec<String> = sequences.iter().map(ToString::to_string).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: [SeriesId; 4] = [SeriesId(10), SeriesId(11), SeriesId(12), SeriesId(13)];

    const SERIES: [(SeriesId, Option<Kind>); 4] = [
        (IDS[0], None),
        (IDS[1], None),
        (IDS[2], None),
        (IDS[3], None),
    ];

    fn full() -> Assignment {
        let mut all = Assignment::default();
        for (sequence, id) in Sequence::ALL.into_iter().zip(IDS) {
            all.suggest(sequence, id);
        }
        all
    }

    #[test]
    fn choosing_a_taken_series_swaps_the_two() {
        let mut a = full();
        let (t1, t2) = (a.get(Sequence::T1), a.get(Sequence::T2));
        a.set(Sequence::T1, t2);
        assert_eq!((a.get(Sequence::T1), a.get(Sequence::T2)), (t2, t1));
        assert!(a.is_complete() && a.is_readable());
    }

    #[test]
    fn a_second_guess_of_the_same_kind_displaces_nothing() {
        let mut a = Assignment::default();
        a.suggest(Sequence::T1, IDS[0]);
        a.suggest(Sequence::T1, IDS[1]);
        assert_eq!(a.get(Sequence::T1), Some(IDS[0]));
        a.suggest(Sequence::T2, IDS[0]);
        assert_eq!(a.get(Sequence::T2), None);
    }

    #[test]
    fn the_last_one_left_over_is_filled_in() {
        let mut a = full();
        a.set(Sequence::T2, None);
        a.fill_last(&SERIES);
        assert_eq!(a.get(Sequence::T2), Some(IDS[3]));
        let mut two = full();
        two.set(Sequence::T2, None);
        two.set(Sequence::T1, None);
        two.fill_last(&SERIES);
        assert_eq!(two.missing(), [Sequence::T1, Sequence::T2]);
    }

    #[test]
    fn a_mask_or_a_diffusion_picture_is_not_made_the_fourth() {
        for kind in [Kind::Mask, Kind::Diffusion] {
            let mut a = full();
            a.set(Sequence::T2, None);
            let mut series = SERIES;
            series[3].1 = Some(kind);
            a.fill_last(&series);
            assert_eq!(a.missing(), [Sequence::T2], "{kind:?}");
            // Beside it, one that nothing is known of is still the last.
            let mut five = series.to_vec();
            five.push((SeriesId(99), None));
            a.fill_last(&five);
            assert_eq!(a.get(Sequence::T2), Some(SeriesId(99)));
        }
    }

    #[test]
    fn a_reading_may_do_without_two_but_not_three() {
        let mut a = full();
        assert_eq!(a.without(), None);
        a.set(Sequence::T2, None);
        assert_eq!(a.without().as_deref(), Some("T2"));
        a.set(Sequence::T1, None);
        assert_eq!(a.without().as_deref(), Some("T1 and T2"));
        assert!(a.is_readable() && !a.is_complete());
        a.set(Sequence::Flair, None);
        assert!(a.without().is_none() && !a.is_readable());
    }

    #[test]
    fn the_gap_names_what_is_missing() {
        let mut a = full();
        assert_eq!(a.gap(4), None);
        a.set(Sequence::T1ce, None);
        let (happened, _) = a.gap(3).expect("a gap");
        assert_eq!(happened, "3 of 4 scans loaded: T1ce is missing.");
        a.forget(IDS[0]);
        let (happened, mend) = a.gap(4).expect("a gap");
        assert_eq!(happened, "FLAIR and T1ce are not chosen yet.");
        assert!(mend.starts_with("Choose"), "{mend}");
    }
}
