//! What a converted network found of a tumour that is known, and what that tells. Apart from
//! [`foreign`](crate::foreign), so that a page can show it without carrying the network.

use serde::{Deserialize, Serialize};

use crate::merging::Merging;

/// Below this Dice, nothing of the tumour was found: whoever calls the whole window tumour has 0.17.
pub const FOUND: f64 = 0.2;

/// An order of merging has to be better than every other by so much to be taken without asking.
pub const CLEARLY: f64 = 0.05;

/// The result under one order of merging.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// How neighbours were merged.
    pub merging: Merging,
    /// Dice of the whole tumour, 0 to 1.
    pub dice: f64,
}

/// A network tried on one window of 64³ around the sample's tumour, under each order of merging that it
/// may have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// One at least, unless it could not be tried.
    pub tried: Vec<Tried>,
}

impl Trial {
    /// The best one; of equals the first.
    #[must_use]
    pub fn best(&self) -> Option<Tried> {
        let better = |best: Tried, next: &Tried| if next.dice > best.dice { *next } else { best };
        let (first, rest) = self.tried.split_first()?;
        Some(rest.iter().fold(*first, better))
    }

    /// Whether it found something of the tumour under some order.
    #[must_use]
    pub fn found(&self) -> bool {
        self.best().is_some_and(|best| best.dice >= FOUND)
    }

    /// The order that it decides for: the only one, or one that found the tumour clearly better than
    /// every other.
    #[must_use]
    pub fn decides(&self) -> Option<Merging> {
        let best = self.best()?;
        let mut others = self
            .tried
            .iter()
            .filter(|tried| tried.merging != best.merging);
        let is_clear = others.all(|other| best.dice - other.dice >= CLEARLY);
        (self.tried.len() == 1 || is_clear && self.found()).then_some(best.merging)
    }

    /// Each order and its Dice: `legacy 0.82, fixed 0.31`.
    #[must_use]
    pub fn figures(&self) -> String {
        let each = |tried: &Tried| format!("{} {:.2}", tried.merging, tried.dice);
        let all: Vec<String> = self.tried.iter().map(each).collect();
        all.join(", ")
    }

    /// What is to be said of it.
    #[must_use]
    pub fn words(&self) -> String {
        if self.tried.is_empty() {
            return "It was not tried on a tumour that is known.".into();
        }
        let figures = format!(
            "Tried on one window of 64 × 64 × 64 around the sample's tumour: Dice of the whole tumour with \
             merging {}.",
            self.figures()
        );
        match self.found() {
            true => figures,
            false => format!(
                "{figures} It found nothing of this tumour: the order of the sequences, the merging or the file \
                 is not what was said, or the network was never taught this."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(dice: &[f64]) -> Trial {
        let tried = Merging::ALL.into_iter().zip(dice);
        Trial {
            tried: tried
                .map(|(merging, &dice)| Tried { merging, dice })
                .collect(),
        }
    }

    #[test]
    fn an_order_is_taken_only_where_it_is_clearly_the_better() {
        assert_eq!(trial(&[0.2, 0.8, 0.7]).decides(), Some(Merging::Fixed));
        assert_eq!(trial(&[0.79, 0.8, 0.1]).decides(), None);
        assert_eq!(trial(&[0.0, 0.17, 0.0]).decides(), None);
        assert_eq!(trial(&[0.0, 0.0, 0.0]).decides(), None);
        assert_eq!(trial(&[]).decides(), None);
        // Nothing was open.
        assert_eq!(trial(&[0.01]).decides(), Some(Merging::Legacy));
    }

    #[test]
    fn a_network_that_finds_nothing_is_said_to() {
        assert!(!trial(&[0.17]).found());
        assert!(trial(&[0.05]).words().contains("found nothing"));
        let found = trial(&[0.05, 0.42]).words();
        assert!(!found.contains("nothing"));
        assert!(found.contains("legacy 0.05, fixed 0.42"), "{found}");
        assert!(trial(&[]).words().contains("not tried"));
    }
}
