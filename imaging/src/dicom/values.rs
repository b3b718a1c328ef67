//! Elements as numbers and words.

use super::element::{DataSet, Value};
use super::tags;
use dicom_core::Tag;
use dicom_encoding::text::{SpecificCharacterSet, TextCodec};

impl DataSet {
    /// The bytes of an element; `None` where it is absent, empty or a sequence.
    pub(super) fn bytes(&self, tag: Tag) -> Option<&[u8]> {
        self.elements.iter().find_map(|(t, value)| match value {
            Value::Bytes(bytes) if *t == tag && !bytes.is_empty() => Some(bytes.as_slice()),
            _ => None,
        })
    }

    /// The items of a sequence; none where it is absent.
    pub(super) fn items(&self, tag: Tag) -> &[DataSet] {
        let found = self.elements.iter().find_map(|(t, value)| match value {
            Value::Items(items) if *t == tag => Some(items.as_slice()),
            _ => None,
        });
        found.unwrap_or(&[])
    }

    /// The bytes without padding, as ASCII.
    pub(super) fn code(&self, tag: Tag) -> Option<String> {
        let text = String::from_utf8_lossy(self.bytes(tag)?);
        let text = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Numbers in text; what is none is left out.
    pub(super) fn decimals(&self, tag: Tag) -> Vec<f64> {
        let text = self.code(tag).unwrap_or_default();
        text.split('\\')
            .filter_map(|part| part.trim().parse().ok())
            .filter(|n: &f64| n.is_finite())
            .collect()
    }

    /// The first number in text.
    pub(super) fn decimal(&self, tag: Tag) -> Option<f64> {
        self.decimals(tag).first().copied()
    }

    /// The first whole number in text.
    pub(super) fn integer(&self, tag: Tag) -> Option<i64> {
        self.decimal(tag).map(|n| n as i64)
    }

    /// Exactly so many numbers in text.
    pub(super) fn exactly<const N: usize>(&self, tag: Tag) -> Option<[f64; N]> {
        self.decimals(tag).try_into().ok()
    }

    /// A 16-bit number.
    pub(super) fn u16(&self, tag: Tag) -> Option<u16> {
        let bytes = *self.bytes(tag)?.first_chunk()?;
        Some(if self.big {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        })
    }

    /// A 32-bit number.
    pub(super) fn u32(&self, tag: Tag) -> Option<u32> {
        let bytes = *self.bytes(tag)?.first_chunk()?;
        Some(if self.big {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        })
    }

    /// Numbers of 8 or 4 bytes, told apart by how many bytes there are where `count` numbers are due.
    pub(super) fn floats(&self, tag: Tag, count: usize) -> Option<Vec<f64>> {
        let bytes = self.bytes(tag)?;
        let order = |part: &[u8]| {
            let mut part = part.to_vec();
            if self.big {
                part.reverse();
            }
            part
        };
        let numbers: Vec<f64> = if bytes.len() == 8 * count {
            let one = |part: &[u8]| Some(f64::from_le_bytes(order(part).try_into().ok()?));
            bytes.chunks_exact(8).filter_map(one).collect()
        } else if bytes.len() == 4 * count {
            let one = |part: &[u8]| Some(f32::from_le_bytes(order(part).try_into().ok()?).into());
            bytes.chunks_exact(4).filter_map(one).collect()
        } else {
            return None;
        };
        (numbers.len() == count && numbers.iter().all(|n| n.is_finite())).then_some(numbers)
    }

    /// One such number.
    pub(super) fn float(&self, tag: Tag) -> Option<f64> {
        self.floats(tag, 1).map(|numbers| numbers[0])
    }

    /// Words that a person wrote, in the file's character set; at most 128 letters of them.
    pub(super) fn words(&self, tag: Tag, charset: &Charset) -> Option<String> {
        let text = charset.decode(self.bytes(tag)?);
        let text = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
        let text: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(128)
            .collect();
        (!text.is_empty()).then_some(text)
    }
}

/// How words are written in a file.
pub(super) struct Charset(Option<SpecificCharacterSet>);

impl Charset {
    /// The first one that the file names.
    pub(super) fn of(root: &DataSet) -> Self {
        let names = root.code(tags::SPECIFIC_CHARACTER_SET).unwrap_or_default();
        let named = names.split('\\').map(str::trim).find(|n| !n.is_empty());
        Self(named.and_then(SpecificCharacterSet::from_code))
    }

    /// Words, also where the file names no character set or the wrong one.
    pub(super) fn decode(&self, bytes: &[u8]) -> String {
        if let Ok(text) = std::str::from_utf8(bytes) {
            let has_escapes = bytes.contains(&0x1b);
            if !has_escapes {
                return text.to_owned();
            }
        }
        let decoded = self.0.as_ref().and_then(|set| set.decode(bytes).ok());
        // Without a name, what is no UTF-8 was most often written on a Western European machine.
        decoded.unwrap_or_else(|| bytes.iter().map(|b| char::from(*b)).collect())
    }
}
