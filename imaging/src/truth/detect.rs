//! Which scheme a mask follows, as far as its numbers tell.

use super::numbers::found;
use super::{Scheme, TruthError};
use crate::LabelMap;

/// What a mask's numbers tell of its scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detected {
    /// This one, or others that mean the same by these numbers.
    Scheme(Scheme),
    /// One of these: a person has to say which ([`Scheme::meaning`] has the words for the question).
    Ask(Vec<Scheme>),
}

/// Which scheme a mask follows, from its numbers as stored ([`numbers`](super::numbers)).
///
/// 3 without 4 is read as enhancing, and so is 4 without 3, as nearly all published maps have it. Both
/// together are asked about, since 4 is enhancing tumour in BraTS until 2016 and a resection cavity from
/// 2024 on. So is a lone 1, which is a core or a whole tumour.
///
/// # Errors
/// [`TruthError::ManyValues`] and [`TruthError::Foreign`] where it follows none.
pub fn detect(map: &LabelMap) -> Result<Detected, TruthError> {
    let found = found(map)?;
    let has = |number| found.contains(&number);
    Ok(match found[..] {
        [1] => Detected::Ask(vec![Scheme::WtOnly, Scheme::Brats2023]),
        // A mask saved as a picture: 255 for tumour.
        [number] if number > 4 => Detected::Scheme(Scheme::WtOnly),
        [.., number] if number > 4 => {
            return Err(TruthError::Foreign {
                found,
                scheme: Scheme::Brats2023,
            });
        }
        _ if has(3) && has(4) => Detected::Ask(vec![Scheme::Brats2024, Scheme::Brats2015]),
        _ if has(4) => Detected::Scheme(Scheme::Brats2021),
        _ => Detected::Scheme(Scheme::Brats2023),
    })
}
