//! A fold on the command line: `I/K`, I from 0.

/// One fold of several.
#[derive(Clone, Copy)]
pub(crate) struct Fold {
    pub(crate) place: usize,
    pub(crate) of: usize,
}

impl std::str::FromStr for Fold {
    type Err = String;

    fn from_str(words: &str) -> Result<Self, String> {
        let parsed = words
            .split_once('/')
            .and_then(|(place, of)| Some((place.parse().ok()?, of.parse().ok()?)));
        match parsed {
            Some((place, of)) if place < of => Ok(Self { place, of }),
            _ => Err(format!("found {words:?}, expected one of 0/5 to 4/5")),
        }
    }
}
