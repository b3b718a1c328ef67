//! From stored numbers to values: bits, sign, slope and intercept, for each frame by its own.
//!
//! Bits above the stored ones can hold an overlay, and a sign ends at the highest stored bit, not at the
//! highest allocated one. Each frame is scaled in f64 and rounded once, whatever others of its series are
//! scaled by.

use super::header::Image;

/// The numbers of a frame as they are stored, with anything in their unused bits.
#[derive(Debug, Clone, Copy)]
pub(super) enum Raw<'a> {
    /// Of 8 bits.
    Bytes(&'a [u8]),
    /// Of 16 bits.
    Little16(&'a [u8]),
    /// Of 16 bits, most significant byte first.
    Big16(&'a [u8]),
    /// Of 32 bits.
    Little32(&'a [u8]),
    /// Of 32 bits, most significant byte first.
    Big32(&'a [u8]),
    /// As a decoder gave them.
    Decoded(&'a [u32]),
}

/// How a frame's numbers become values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    shift: u32,
    bits: u32,
    signed: bool,
    inverted: bool,
    slope: f64,
    intercept: f64,
}

/// What was met among stored numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Met {
    pub(super) least: i64,
    pub(super) most: i64,
    pub(super) non_finite: usize,
}

impl Met {
    pub(super) const NOTHING: Self = Self {
        least: i64::MAX,
        most: i64::MIN,
        non_finite: 0,
    };

    pub(super) fn stored_range(self) -> Option<[f64; 2]> {
        (self.least <= self.most).then_some([self.least as f64, self.most as f64])
    }
}

impl Scale {
    /// `None` where the header says of bits what cannot be.
    pub(super) fn new(image: &Image, slope: f64, intercept: f64) -> Option<Self> {
        let (allocated, stored, high) = (image.allocated, image.stored, image.high);
        let sound = matches!(allocated, 8 | 16 | 32)
            && (1..=allocated).contains(&stored)
            && (stored - 1..allocated).contains(&high);
        sound.then_some(Self {
            shift: u32::from(high + 1 - stored),
            bits: u32::from(stored),
            signed: image.signed,
            inverted: image.photometric == "MONOCHROME1",
            slope,
            intercept,
        })
    }

    /// The stored number, with its sign and without what else is in its bits.
    fn stored(self, raw: u32) -> i64 {
        let mask = (1_u64 << self.bits) - 1;
        let bits = u64::from(raw >> self.shift) & mask;
        let negative = self.signed && bits >> (self.bits - 1) & 1 == 1;
        let number = bits as i64;
        if negative {
            number - (1_i64 << self.bits)
        } else {
            number
        }
    }

    /// The value of one stored number.
    fn value(self, stored: i64) -> f32 {
        // Turned round within all that its bits can hold: the least becomes the greatest.
        let number = if !self.inverted {
            stored
        } else if self.signed {
            -1 - stored
        } else {
            (1_i64 << self.bits) - 1 - stored
        };
        (self.slope * number as f64 + self.intercept) as f32
    }

    /// The values of a frame.
    pub(super) fn values(self, raw: Raw<'_>, out: &mut [f32], met: &mut Met) {
        match raw {
            Raw::Bytes(bytes) => self.each(bytes.iter().map(|b| (*b).into()), out, met),
            Raw::Little16(bytes) => self.words(bytes, |w| u16::from_le_bytes(w).into(), out, met),
            Raw::Big16(bytes) => self.words(bytes, |w| u16::from_be_bytes(w).into(), out, met),
            Raw::Little32(bytes) => self.words(bytes, u32::from_le_bytes, out, met),
            Raw::Big32(bytes) => self.words(bytes, u32::from_be_bytes, out, met),
            Raw::Decoded(numbers) => self.each(numbers.iter().copied(), out, met),
        }
    }

    fn words<const N: usize>(
        self,
        bytes: &[u8],
        number: impl Fn([u8; N]) -> u32,
        out: &mut [f32],
        met: &mut Met,
    ) {
        let (words, _) = bytes.as_chunks::<N>();
        self.each(words.iter().map(|word| number(*word)), out, met);
    }

    fn each(self, raw: impl Iterator<Item = u32>, out: &mut [f32], met: &mut Met) {
        for (raw, out) in raw.zip(out) {
            let stored = self.stored(raw);
            met.least = met.least.min(stored);
            met.most = met.most.max(stored);
            let value = self.value(stored);
            *out = if value.is_finite() {
                value
            } else {
                met.non_finite += 1;
                0.0
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::header::tests::image;
    use super::*;

    fn values(image: &Image, raw: &[u32], slope: f64, intercept: f64) -> Vec<f32> {
        let scale = Scale::new(image, slope, intercept).expect("sound bits");
        let mut out = vec![f32::NAN; raw.len()];
        scale.values(Raw::Decoded(raw), &mut out, &mut Met::NOTHING.clone());
        out
    }

    #[test]
    fn a_sign_ends_at_the_highest_stored_bit_and_an_overlay_above_is_masked() {
        let mut image = image([16, 12, 11]);
        image.signed = true;
        let raw = [0x0fff, 0x0800, 0x07ff, 0xffff, 0x1005, 0x8800];
        assert_eq!(
            values(&image, &raw, 1.0, 0.0),
            [-1.0, -2048.0, 2047.0, -1.0, 5.0, -2048.0]
        );
        image.signed = false;
        assert_eq!(values(&image, &[0xf123], 0.5, -1.0), [144.5]);
    }

    #[test]
    fn bits_that_do_not_begin_at_the_lowest_are_shifted_down() {
        assert_eq!(values(&image([16, 12, 15]), &[0x123f], 1.0, 0.0), [291.0]);
    }

    #[test]
    fn monochrome1_is_turned_round_within_its_bits() {
        let mut image = image([16, 12, 11]);
        image.photometric = "MONOCHROME1".to_owned();
        assert_eq!(
            values(&image, &[0, 4095, 95], 2.0, 1.0),
            [8191.0, 1.0, 8001.0]
        );
        image.signed = true;
        assert_eq!(values(&image, &[0x800, 0x7ff], 1.0, 0.0), [2047.0, -2048.0]);
    }

    #[test]
    fn the_largest_numbers_of_32_bits_are_kept() {
        assert_eq!(
            values(&image([32, 32, 31]), &[u32::MAX], 1.0, 0.0),
            [u32::MAX as f32]
        );
    }

    #[test]
    fn bits_that_cannot_be_are_refused() {
        for bits in [
            [16, 0, 0],
            [16, 17, 16],
            [12, 12, 11],
            [16, 12, 10],
            [16, 12, 16],
            [64, 64, 63],
        ] {
            assert!(Scale::new(&image(bits), 1.0, 0.0).is_none(), "{bits:?}");
        }
    }
}
