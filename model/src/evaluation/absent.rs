//! Cases in which a region was not drawn or not found, where Dice and HD95 are agreed upon and not measured.

use serde::{Deserialize, Serialize};

use crate::metrics::{ABSENT_HD95_MM, RegionScore};

/// How many cases lack a region, by whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absent {
    /// Neither the expert nor the network has any: Dice 1, HD95 0.
    pub neither: usize,
    /// The expert has none, the network some: Dice 0, HD95 373.13 mm.
    pub only_found: usize,
    /// The expert has some, the network none: Dice 0, HD95 373.13 mm.
    pub only_truth: usize,
}

impl Absent {
    /// Counts the cases; `None` where all have the region, drawn and found.
    #[must_use]
    pub fn of<'a>(scores: impl Iterator<Item = &'a RegionScore>) -> Option<Self> {
        let mut count = Self::default();
        for score in scores {
            match (score.truth_ml > 0.0, score.found_ml > 0.0) {
                (false, false) => count.neither += 1,
                (false, true) => count.only_found += 1,
                (true, false) => count.only_truth += 1,
                (true, true) => {}
            }
        }
        (count != Self::default()).then_some(count)
    }

    /// What was counted and what it counts for, in words; `name` is the region's.
    #[must_use]
    pub fn words(&self, name: &str) -> String {
        let wrong = format!("counted as Dice 0, HD95 {ABSENT_HD95_MM:.1} mm");
        let parts = [
            (
                self.neither,
                format!("drawn and found without any {name} (counted as Dice 1, HD95 0 mm)"),
            ),
            (
                self.only_found,
                format!("found with {name} where none was drawn ({wrong})"),
            ),
            (
                self.only_truth,
                format!("found without {name} where some was drawn ({wrong})"),
            ),
        ];
        let said = parts.into_iter().filter(|(count, _)| *count > 0);
        let said = said.map(|(count, words)| match count {
            1 => format!("1 case {words}"),
            _ => format!("{count} cases {words}"),
        });
        said.collect::<Vec<_>>().join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_absence_is_counted_and_said() {
        let score = |truth_ml, found_ml| RegionScore {
            dice: 0.0,
            hd95_mm: 0.0,
            truth_ml,
            found_ml,
        };
        let scores = [(0.0, 0.0), (0.0, 0.0), (0.0, 2.0), (3.0, 0.0), (1.0, 1.0)];
        let scores = scores.map(|(truth, found)| score(truth, found));
        let counted = Absent::of(scores.iter()).expect("some lack it");
        assert_eq!(
            counted,
            Absent {
                neither: 2,
                only_found: 1,
                only_truth: 1
            }
        );
        let words = counted.words("ET");
        assert!(
            words.starts_with(
                "2 cases drawn and found without any ET (counted as Dice 1, HD95 0 mm); 1 case found with ET"
            ),
            "{words}"
        );
        assert!(words.contains("373.1 mm"), "{words}");
        assert_eq!(Absent::of([score(1.0, 2.0)].iter()), None);
    }
}
