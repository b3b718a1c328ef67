//! Whose file it is and which study and series it belongs to: told apart, never told.
//!
//! Names, dates and identifiers are hashed on the spot; only the hashes are kept, and they leave this
//! module as *patient 1, 2* and as days between two examinations.

use super::element::DataSet;
use super::tags;
use dicom_core::Tag;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Something that two files share or do not.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key(u64);

impl Key {
    fn of(text: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        Self(hasher.finish())
    }

    fn read(set: &DataSet, tag: Tag) -> Option<Self> {
        // The same name is written in capitals here and with another padding there.
        let text = set.code(tag)?.to_uppercase();
        let text = text.trim_end_matches(['^', ' ', '=']);
        (!text.is_empty()).then(|| Self::of(text))
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

/// Whose file it is, as far as it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Person {
    pub(super) id: Option<Key>,
    pub(super) name: Option<Key>,
    pub(super) family: Option<Key>,
    pub(super) birth: Option<Key>,
}

impl Person {
    fn parts(self) -> [Option<Key>; 3] {
        [self.id, self.name, self.birth]
    }

    /// Whether two spellings of one name would explain what they say differently: the same number, family
    /// name and birth date.
    pub(super) fn is_spelt(self, other: Self) -> bool {
        let same = |a: Option<Key>, b: Option<Key>| a.is_none() || b.is_none() || a == b;
        self.id.is_some()
            && self.id == other.id
            && same(self.family, other.family)
            && same(self.birth, other.birth)
    }

    /// How much it says.
    pub(super) fn says(self) -> usize {
        self.parts().iter().flatten().count()
    }

    /// Whether both say something, and say it differently.
    pub(super) fn differs(self, other: Self) -> bool {
        let mut pairs = self.parts().into_iter().zip(other.parts());
        pairs.any(|(a, b)| a.is_some() && b.is_some() && a != b)
    }

    /// Whether nothing speaks against one person, and something for it.
    pub(super) fn is(self, other: Self) -> bool {
        let mut pairs = self.parts().into_iter().zip(other.parts());
        !self.differs(other) && pairs.any(|(a, b)| a.is_some() && a == b)
    }

    /// What both say together.
    pub(super) fn with(self, other: Self) -> Self {
        Self {
            id: self.id.or(other.id),
            name: self.name.or(other.name),
            family: self.family.or(other.family),
            birth: self.birth.or(other.birth),
        }
    }
}

/// What a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Keys {
    pub(super) person: Person,
    pub(super) study: Option<Key>,
    pub(super) series: Option<Key>,
    /// Where the scanner's origin was: alike within one session.
    pub(super) reference: Option<Key>,
    /// The image itself.
    pub(super) instance: Option<Key>,
    /// Days from the year 0 to the examination.
    pub(super) day: Option<i64>,
    /// The same for the images, which a study's date may lag behind.
    pub(super) image_day: Option<i64>,
    /// The patient's age then.
    pub(super) years: Option<f64>,
}

impl Keys {
    pub(super) fn of(root: &DataSet) -> Self {
        let key = |tag| Key::read(root, tag);
        let day = |tag| days(&root.code(tag)?);
        let study_day = day(tags::STUDY_DATE);
        let image_day = day(tags::ACQUISITION_DATE)
            .or_else(|| day(tags::ACQUISITION_DATE_TIME))
            .or_else(|| day(tags::SERIES_DATE));
        let born = day(tags::PATIENT_BIRTH_DATE);
        let by_birth = study_day
            .or(image_day)
            .zip(born)
            .map(|(now, born)| (now - born) as f64 / 365.2425);
        let said = root.code(tags::PATIENT_AGE).and_then(|age| years(&age));
        Self {
            person: Person {
                id: key(tags::PATIENT_ID),
                name: key(tags::PATIENT_NAME),
                family: root.code(tags::PATIENT_NAME).and_then(|name| family(&name)),
                birth: key(tags::PATIENT_BIRTH_DATE),
            },
            study: key(tags::STUDY_INSTANCE_UID),
            series: key(tags::SERIES_INSTANCE_UID),
            reference: key(tags::FRAME_OF_REFERENCE_UID),
            instance: key(tags::SOP_INSTANCE_UID),
            day: study_day.or(image_day),
            image_day,
            years: said.or(by_birth).filter(|y| (0.0..150.0).contains(y)),
        }
    }
}

/// The family name, which comes first.
fn family(name: &str) -> Option<Key> {
    let capitals = name.to_uppercase();
    let first = capitals.split(['^', ',', ' ', '=']).next()?;
    (!first.is_empty()).then(|| Key::of(first))
}

/// Days from 1 March of the year 0 to a date like `20240229` or, from before 1993, `2024.02.29`.
fn days(text: &str) -> Option<i64> {
    let digits: String = text.chars().filter(|c| *c != '.' && *c != '-').collect();
    let part = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Counted from March, leap days come last.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    Some(365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1)
}

/// An age such as `017Y`, `018M`, `003W` or `012D`.
fn years(text: &str) -> Option<f64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: f64 = number.parse().ok()?;
    match unit {
        "Y" => Some(number),
        "M" => Some(number / 12.0),
        "W" => Some(number / 52.1775),
        "D" => Some(number / 365.2425),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_between_dates_are_those_of_the_calendar() {
        let between = |a: &str, b: &str| days(b).expect("a date") - days(a).expect("a date");
        assert_eq!(between("20240228", "20240301"), 2);
        assert_eq!(between("20230228", "2023.03.01"), 1);
        assert_eq!(between("19991231", "20000101"), 1);
        assert_eq!(between("19000101", "20000101"), 36_524);
        assert_eq!(between("20000101", "20240101"), 8_766);
        assert_eq!(days("2024"), None);
        assert_eq!(days("20241301"), None);
        assert_eq!(days("yesterday"), None);
    }

    #[test]
    fn an_age_has_its_unit_behind_it() {
        assert_eq!(years("017Y"), Some(17.0));
        assert_eq!(years("018M"), Some(1.5));
        assert_eq!(years("17"), None);
        assert_eq!(years(""), None);
    }

    #[test]
    fn no_key_shows_what_it_was_made_of() {
        assert_eq!(format!("{:?}", Key::of("DOE^JANE")), "Key");
    }
}
